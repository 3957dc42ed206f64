#define _GNU_SOURCE
#include "CFlomSystem.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int flom_pidfd_open(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

static void say(int descriptor, const char *text) {
    ssize_t ignored = write(descriptor, text, strlen(text));
    (void)ignored;
}

static void become_daemon(
    const char *path, char *const argv[], char *const envp[], int ready, int record, int handoff, int configuration) {
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
    signal(SIGHUP, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);

    // The daemon may open as many descriptors as the caller, from now on.
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < files.rlim_max) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }

    // First above all numbers that are about to be replaced, then down to 3 and the next ones.
    int high_ready = fcntl(ready, F_DUPFD, 16);
    int high_record = fcntl(record, F_DUPFD, 16);
    int high_handoff = handoff < 0 ? -1 : fcntl(handoff, F_DUPFD, 16);
    int high_configuration = configuration < 0 ? -1 : fcntl(configuration, F_DUPFD, 16);
    int null = open("/dev/null", O_RDWR);
    if (high_ready < 0 || high_record < 0 || (handoff >= 0 && high_handoff < 0) ||
        (configuration >= 0 && high_configuration < 0) || null < 0) {
        say(ready, "no descriptor could be opened for the daemon: raise the limit on open files (ulimit -n)");
        _exit(127);
    }
    for (int descriptor = 0; descriptor <= 2; descriptor++) dup2(null, descriptor);
    dup2(high_ready, 3);
    dup2(high_record, 4);
    int next = 5;
    if (handoff >= 0) dup2(high_handoff, next++);
    if (configuration >= 0) dup2(high_configuration, next++);
    flom_close_from(next);
    execve(path, argv, envp);
    say(3, "the flom program could not be executed again: ");
    say(3, strerrorname_np(errno));
    _exit(127);
}

int flom_start_daemon(
    const char *path, char *const argv[], char *const envp[], int ready, int record, int handoff, int configuration) {
    pid_t first = fork();
    if (first < 0) return errno;
    if (first == 0) {
        setsid();
        pid_t second = fork();
        if (second == 0) become_daemon(path, argv, envp, ready, record, handoff, configuration);
        _exit(second < 0 ? 1 : 0);
    }
    int status = 0;
    while (waitpid(first, &status, 0) < 0) {
        // The result is not known here: `ready` tells, by its content or its end.
        if (errno != EINTR) return 0;
    }
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : EAGAIN;
}

// Whether flom's starter ignores the ends of its children.
static int ignores_children;

void flom_hear_of_children(void) {
    struct sigaction previous, standard = {.sa_handler = SIG_DFL};
    if (sigaction(SIGCHLD, &standard, &previous) == 0) ignores_children = previous.sa_handler == SIG_IGN;
}

int flom_wait_has_exited(int status) { return WIFEXITED(status); }
int flom_wait_exit_status(int status) { return WEXITSTATUS(status); }
int flom_wait_signal(int status) { return WTERMSIG(status); }
int flom_wait_stop_signal(int status) { return WIFSTOPPED(status) ? WSTOPSIG(status) : 0; }

void flom_stop(int signal) {
    sigset_t set, previous;
    sigemptyset(&set);
    sigaddset(&set, signal);
    kill(getpid(), signal);
    sigprocmask(SIG_UNBLOCK, &set, &previous);
    sigprocmask(SIG_SETMASK, &previous, NULL);
}

const char *flom_executed_path(void) { return (const char *)getauxval(AT_EXECFN); }

void flom_set_process_name(const char *name) { prctl(PR_SET_NAME, name, 0, 0, 0); }

int flom_is_privileged(void) { return getauxval(AT_SECURE) != 0; }

void flom_hide_memory(void) { prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); }

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define VFORK_IS_FORK
#endif
#endif

int flom_spawn(pid_t *pid, const char *file, char *const argv[], char *const envp[], const void *mask) {
    volatile int failure = 0;
#ifdef VFORK_IS_FORK
    // A sanitizer makes vfork a fork: then the errno comes through a pipe, or the pipe ends.
    int reason[2];
    if (pipe2(reason, O_CLOEXEC) != 0) return errno;
#endif
    // The child runs in this process's memory until it executes, and this process waits for that. No signal has a handler here, so
    // nothing has to be reset; posix_spawn would ask for each of 64 signals whether it has one.
    pid_t child = vfork();
    if (child == 0) {
        // This changes only the child: signal settings are not memory.
        if (ignores_children) signal(SIGCHLD, SIG_IGN);
        // The kernel's own call: the library's ignores the two signals that it keeps for itself.
        if (mask != NULL) syscall(SYS_rt_sigprocmask, SIG_SETMASK, mask, NULL, (_NSIG - 1) / 8);
        execvpe(file, argv, envp);
        failure = errno;
#ifdef VFORK_IS_FORK
        if (write(reason[1], (const void *)&failure, sizeof failure) < 0) _exit(126);
#endif
        _exit(127);
    }
    int error = child < 0 ? errno : 0;
#ifdef VFORK_IS_FORK
    close(reason[1]);
    if (child > 0 && read(reason[0], (void *)&failure, sizeof failure) != sizeof failure) failure = 0;
    close(reason[0]);
#endif
    if (child < 0) return error;
    if (failure != 0) {
        while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {}
        return failure;
    }
    *pid = child;
    return 0;
}
