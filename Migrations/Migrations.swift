package enum Migrations { package static let all: [(Int32, [UInt8])] = [(1, PackageResources.V0001_journal_sql)] }
