// Programs that a library starts in somebody's process.
#define _GNU_SOURCE
#include "CFlomSystem.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

struct order {
    const char *file;
    char *const *argv;
    char *const *envp;
    int output, errors, leads;
    int failure;
};

// Runs in its starter's memory, on a stack of its own, while its starter waits. Signal settings are not memory.
static int become_helper(void *argument) {
    struct order *order = argument;
    // The kernel's own call: the library's refuses the two signals that it keeps for itself, and these may have handlers.
    struct { void *handler; unsigned long flags; void *restorer; uint64_t mask; } plain = {0};
    for (int number = 1; number < _NSIG; number++) syscall(SYS_rt_sigaction, number, &plain, NULL, (_NSIG - 1) / 8);
    uint64_t none = 0;
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, NULL, (_NSIG - 1) / 8);
    if (order->leads) setsid();
    // First above all numbers that are about to be replaced.
    int output = order->output < 0 ? open("/dev/null", O_WRONLY) : order->output;
    int high_output = fcntl(output, F_DUPFD, 16);
    int errors = order->errors < 0 ? open("/dev/null", O_WRONLY) : order->errors;
    int high_errors = fcntl(errors, F_DUPFD, 16);
    int input = open("/dev/null", O_RDONLY);
    if (high_output < 0 || high_errors < 0 || input < 0) {
        order->failure = errno;
        _exit(127);
    }
    dup2(input, 0);
    dup2(high_output, 1);
    dup2(high_errors, 2);
    flom_close_from(3);
    execvpe(order->file, order->argv, order->envp);
    order->failure = errno;
    _exit(127);
}

// execvp's search needs room for a path.
#define STACK_SIZE (256 * 1024)

int flom_start_helper(
    pid_t *pid, const char *file, char *const argv[], char *const envp[], int output, int errors, int leads) {
    char *stack = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (stack == MAP_FAILED) return errno;
    struct order order = {
        .file = file, .argv = argv, .envp = envp, .output = output, .errors = errors, .leads = leads, .failure = 0};
    // A handler of the program must not run in the child, which has its memory. A cancelled thread would leave the child its stack.
    uint64_t all = ~UINT64_C(0), before = 0;
    int state = 0;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, &before, (_NSIG - 1) / 8);
    // No signal at its end, and no part in `wait` for any child.
    pid_t child = clone(become_helper, stack + STACK_SIZE, CLONE_VM | CLONE_VFORK, &order);
    int error = child < 0 ? errno : order.failure;
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &before, NULL, (_NSIG - 1) / 8);
    pthread_setcancelstate(state, NULL);
    munmap(stack, STACK_SIZE);
    if (child > 0 && error != 0) flom_await_helper(child);
    if (error == 0) *pid = child;
    return error;
}

int flom_await_helper(pid_t pid) {
    int status = 0;
    while (waitpid(pid, &status, __WALL) < 0) {
        if (errno != EINTR) return -1;
    }
    return status;
}
