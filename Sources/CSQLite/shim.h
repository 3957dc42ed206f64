#include <sqlite3.h>

/// SQLite counts what it allocates, behind a lock of its own; nobody asks. To be called before anything else of SQLite.
static inline int flom_sqlite_without_statistics(void) { return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); }
