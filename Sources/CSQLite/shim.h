#include <sqlite3.h>

/// Turns off SQLite's memory statistics, which cost a lock for each allocation and are not used. Must be called before any other function
/// of SQLite.
static inline int flom_sqlite_without_statistics(void) { return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); }
