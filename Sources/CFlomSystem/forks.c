// What a program's child must not have: the descriptors of its parent's locks. With them the child would keep a connection open that only
// its parent may use, and a lock of a parent that is gone would be held for as long as the child lives.
#define _GNU_SOURCE
#include "CFlomSystem.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

// One bit for each descriptor. Pages that nobody needs cost nothing.
#define MOST_DESCRIPTORS (1 << 20)
static _Atomic uint64_t own[MOST_DESCRIPTORS / 64];
static _Atomic int highest = -1;

// Held while a descriptor exists that is not marked yet.
static pthread_mutex_t making = PTHREAD_MUTEX_INITIALIZER;

static void mark(int descriptor) {
    if (descriptor < 0 || descriptor >= MOST_DESCRIPTORS) return;
    atomic_fetch_or(&own[descriptor / 64], UINT64_C(1) << descriptor % 64);
    int known = atomic_load(&highest);
    while (known < descriptor && !atomic_compare_exchange_weak(&highest, &known, descriptor)) {}
}

static void unmark(int descriptor) {
    if (descriptor < 0 || descriptor >= MOST_DESCRIPTORS) return;
    atomic_fetch_and(&own[descriptor / 64], ~(UINT64_C(1) << descriptor % 64));
}

void flom_keep_from_children(int descriptor) { mark(descriptor); }
void flom_forget_before_close(int descriptor) { unmark(descriptor); }

int flom_own_socket(int family, int type, int lowest) {
    pthread_mutex_lock(&making);
    int found = socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (found >= 0 && found < lowest) {
        int moved = fcntl(found, F_DUPFD_CLOEXEC, lowest);
        if (moved >= 0) {
            close(found);
            found = moved;
        }
    }
    int reason = errno;
    mark(found);
    pthread_mutex_unlock(&making);
    errno = reason;
    return found;
}

ssize_t flom_receive_own_descriptor(int socket, void *bytes, size_t capacity, int *descriptor) {
    pthread_mutex_lock(&making);
    ssize_t count = flom_receive_descriptor(socket, bytes, capacity, descriptor);
    int reason = errno;
    mark(*descriptor);
    pthread_mutex_unlock(&making);
    errno = reason;
    return count;
}

// The lock of what a process has once. Swift's own locks do not outlive fork.
static pthread_mutex_t once = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;

void flom_process_lock(void) { pthread_mutex_lock(&once); }
void flom_process_unlock(void) { pthread_mutex_unlock(&once); }

// Which process of a family this one is: on a page of its own, which the kernel empties in every child, also in one that was not made by fork().
static _Atomic uint32_t *generation;
static _Atomic uint32_t latest;

static void before_fork(void) {
    pthread_mutex_lock(&once);
    pthread_mutex_lock(&making);
}

static void in_parent(void) {
    pthread_mutex_unlock(&making);
    pthread_mutex_unlock(&once);
}

// Each number stays taken, by a descriptor that leads nowhere: the objects of the parent still have it, and may close it.
static void in_child(void) {
    int reason = errno, nothing = -1, last = atomic_load(&highest);
    for (int word = 0; word <= last / 64 && last >= 0; word++) {
        uint64_t left = atomic_load(&own[word]);
        while (left != 0) {
            int descriptor = word * 64 + __builtin_ctzll(left);
            left &= left - 1;
            if (nothing < 0) {
                // There may be no room for one more. There is no second thread here that could take this one's.
                close(descriptor);
                nothing = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
                if (nothing == descriptor) nothing = fcntl(nothing, F_DUPFD_CLOEXEC, 0);
                if (nothing < 0) nothing = descriptor;
            }
            if (nothing != descriptor) dup3(nothing, descriptor, O_CLOEXEC);
        }
    }
    if (nothing >= 0 && !(nothing < MOST_DESCRIPTORS && atomic_load(&own[nothing / 64]) >> nothing % 64 & 1)) close(nothing);
    atomic_store(generation, 0);
    pthread_mutex_unlock(&making);
    // It belongs to a thread of the parent's, by number.
    pthread_mutex_t fresh = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
    once = fresh;
    errno = reason;
}

static void guard(void) {
    static _Atomic uint32_t plain;
    size_t size = (size_t)sysconf(_SC_PAGESIZE);
    void *page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    generation = page == MAP_FAILED ? &plain : page;
    // Kernels before 4.14 cannot do it; then in_child alone does.
    if (page != MAP_FAILED) madvise(page, size, MADV_WIPEONFORK);
    pthread_atfork(before_fork, in_parent, in_child);
}

static void guard_forks(void) {
    static pthread_once_t guarded = PTHREAD_ONCE_INIT;
    pthread_once(&guarded, guard);
}

uint32_t flom_process_generation(void) {
    guard_forks();
    uint32_t known = atomic_load(generation);
    if (known != 0) return known;
    uint32_t next = atomic_load(&latest) + 1;
    // Before it is used: a child that is forked in between must not use it again.
    atomic_store(&latest, next);
    return atomic_compare_exchange_strong(generation, &known, next) ? next : known;
}
