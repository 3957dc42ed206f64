internal import CSQLite
internal import Migrations
package func v() -> Int32 { sqlite3_libversion_number() + Int32(Migrations.all.count) }
