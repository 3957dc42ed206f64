/* SOCKET THREADS LOCKS: each thread locks one of three resources so many times; somebody kills the daemon meanwhile. While a thread
   holds a lock it has a number in `holders` to itself. */
#include <dirent.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <unistd.h>

#include "flom.h"

#define RESOURCES 3
static const char *const names[RESOURCES] = {"R1", "R2", "R3"};
static const char *socket_name;
static int locks, overlaps, failures;
static int holders[RESOURCES];

static int count_descriptors(void) {
    DIR *directory = opendir("/proc/self/fd");
    int count = 0;
    while (readdir(directory)) count++;
    closedir(directory);
    return count;
}

static void *lock_and_unlock(void *argument) {
    long number = (long)argument;
    flom_handle_t handle;
    int i;
    if (flom_handle_init(&handle)) return __atomic_add_fetch(&failures, 1, __ATOMIC_SEQ_CST), NULL;
    flom_handle_set_socket_name(&handle, socket_name);
    flom_handle_set_start_daemon(&handle, 1);
    for (i = 0; i < locks; i++) {
        int which = (int)((number + i) % RESOURCES), code, held;
        flom_handle_set_resource_name(&handle, names[which]);
        code = flom_handle_lock(&handle);
        if (code) {
            __atomic_add_fetch(&failures, 1, __ATOMIC_SEQ_CST);
            fprintf(stderr, "lock: %d %s\n", code, flom_handle_get_error(&handle));
            flom_handle_unlock(&handle);
            continue;
        }
        held = __atomic_add_fetch(&holders[which], 1, __ATOMIC_SEQ_CST);
        if (held != 1) __atomic_add_fetch(&overlaps, 1, __ATOMIC_SEQ_CST);
        usleep(500);
        if (flom_handle_is_lost(&handle)) {
            __atomic_add_fetch(&failures, 1, __ATOMIC_SEQ_CST);
            fprintf(stderr, "lost\n");
        }
        __atomic_add_fetch(&holders[which], -1, __ATOMIC_SEQ_CST);
        code = flom_handle_unlock(&handle);
        if (code) {
            __atomic_add_fetch(&failures, 1, __ATOMIC_SEQ_CST);
            fprintf(stderr, "unlock: %d %s\n", code, flom_handle_get_error(&handle));
        }
    }
    flom_handle_clean(&handle);
    return NULL;
}

int main(int count, char **words) {
    pthread_t threads[64];
    flom_handle_t first;
    int number = count > 3 ? atoi(words[2]) : 0, before, left, i;
    if (number < 1 || number > 64) return 2;
    socket_name = words[1];
    locks = atoi(words[3]);
    /* What the library opens once for a process. */
    flom_handle_init(&first);
    flom_handle_set_socket_name(&first, socket_name);
    flom_handle_set_resource_name(&first, "first");
    flom_handle_set_start_daemon(&first, 1);
    flom_handle_lock(&first);
    flom_handle_clean(&first);
    before = count_descriptors();
    for (i = 0; i < number; i++) pthread_create(&threads[i], NULL, lock_and_unlock, (void *)(long)i);
    for (i = 0; i < number; i++) pthread_join(threads[i], NULL);
    /* Connections are kept for a second. The one of the first lock may be among them, before and now. */
    for (i = 0; i < 500 && count_descriptors() > before; i++) usleep(10000);
    left = count_descriptors() - before;
    printf("%d threads, %d locks, overlaps %d, failures %d, descriptors %d\n", number, number * locks, overlaps, failures,
        left > 0 ? left : 0);
    return overlaps || failures || left > 0;
}
