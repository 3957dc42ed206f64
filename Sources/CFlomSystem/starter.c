// Attributes that a process inherits from its starter and keeps until they are changed: scheduling, and the stack size of its threads.
#define _GNU_SOURCE
#include "CFlomSystem.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

// From <linux/ioprio.h>, which not every system has.
#define WHO_PROCESS 1
#define CLASS_OF(priority) ((priority) >> 13)

int flom_default_scheduling(void) {
    int policy = sched_getscheduler(0);
    if (policy < 0 || (policy & ~SCHED_RESET_ON_FORK) == SCHED_OTHER) return 0;
    struct sched_param ordinary = {.sched_priority = 0};
    return sched_setscheduler(0, SCHED_OTHER, &ordinary) == 0 ? 0 : -1;
}

int flom_default_io_priority(void) {
    long priority = syscall(SYS_ioprio_get, WHO_PROCESS, 0);
    // Without a class of its own, the process's I/O priority follows its processor priority.
    if (priority < 0 || CLASS_OF(priority) == 0) return 0;
    return syscall(SYS_ioprio_set, WHO_PROCESS, 0, 0) == 0 ? 0 : -1;
}

int flom_default_affinity(void) {
    // A set of 8192 processors.
    unsigned char own[1024] = {0}, wanted[1024] = {0};
    if (sched_getaffinity(0, sizeof own, (cpu_set_t *)own) != 0) return 0;
    // The processors with which the machine or the container was started, without isolated ones.
    if (sched_getaffinity(1, sizeof wanted, (cpu_set_t *)wanted) != 0) return 0;
    int is_wider = 0;
    for (size_t i = 0; i < sizeof own; i++) {
        if (own[i] & ~wanted[i]) return 0;
        if (wanted[i] & ~own[i]) is_wider = 1;
    }
    if (!is_wider) return 0;
    return sched_setaffinity(0, sizeof wanted, (cpu_set_t *)wanted) == 0 ? 0 : -1;
}

void flom_default_memory_policy(void) {
    // MPOL_DEFAULT, and the kernel's default timer slack in nanoseconds.
    syscall(SYS_set_mempolicy, 0, NULL, 0);
    prctl(PR_SET_TIMERSLACK, 50000UL, 0, 0, 0);
}

void flom_set_thread_stack(size_t bytes) {
    pthread_attr_t attributes;
    if (pthread_attr_init(&attributes) != 0) return;
    if (pthread_attr_setstacksize(&attributes, bytes) == 0) pthread_setattr_default_np(&attributes);
    pthread_attr_destroy(&attributes);
}
