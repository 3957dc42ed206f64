/// One step of the journal's schema.
package struct Migration: Sendable {
    /// The `user_version` of a journal after this step; steps are numbered from 1 without gaps.
    package let version: Int32
    /// The name of the file in this folder, for messages and for the test that compares the folder with the table below.
    package let fileName: String
    /// The SQL statements as UTF-8, without a transaction of their own.
    package let sql: [UInt8]
}

/// All changes of the schema, in order. A released file is never edited: the next change is a new file.
package enum Migrations {
    package static let all: [Migration] = [
        Migration(version: 1, fileName: "V0001_journal.sql", sql: PackageResources.V0001_journal_sql),
        Migration(version: 2, fileName: "V0002_kinds.sql", sql: PackageResources.V0002_kinds_sql),
        Migration(version: 3, fileName: "V0003_groups.sql", sql: PackageResources.V0003_groups_sql),
        Migration(version: 4, fileName: "V0004_sessions.sql", sql: PackageResources.V0004_sessions_sql),
        Migration(version: 5, fileName: "V0005_absence.sql", sql: PackageResources.V0005_absence_sql),
        Migration(version: 6, fileName: "V0006_blocks.sql", sql: PackageResources.V0006_blocks_sql),
        Migration(version: 7, fileName: "V0007_pruning.sql", sql: PackageResources.V0007_pruning_sql),
        Migration(version: 8, fileName: "V0008_identity.sql", sql: PackageResources.V0008_identity_sql),
        Migration(version: 9, fileName: "V0009_lingering.sql", sql: PackageResources.V0009_lingering_sql),
        Migration(version: 10, fileName: "V0010_untold.sql", sql: PackageResources.V0010_untold_sql),
        Migration(version: 11, fileName: "V0011_views.sql", sql: PackageResources.V0011_views_sql),
    ]
}
