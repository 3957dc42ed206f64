// The lock of the library's table of handles, and which process of a family this one is. Both outlive fork, which Swift's own locks do not.
#include "CFlomSystem.h"

#include <pthread.h>

static pthread_mutex_t table = PTHREAD_MUTEX_INITIALIZER;
static uint32_t forks;

static void in_child(void) {
    forks++;
    pthread_mutex_unlock(&table);
}

static void guard(void) { pthread_atfork(flom_table_lock, flom_table_unlock, in_child); }

void flom_table_lock(void) { pthread_mutex_lock(&table); }
void flom_table_unlock(void) { pthread_mutex_unlock(&table); }

uint32_t flom_fork_count(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, guard);
    return forks;
}
