#define _GNU_SOURCE
#include "CFlomSystem.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// The name contains neither "flom" nor the words of this command, so that pkill and pkill -f by those do not find the witness.
static const char title[] = "signal-witness";

static void take_title(char **words, int count) {
    if (words == NULL || count < 1) return;
    char *end = words[count - 1] + strlen(words[count - 1]);
    size_t room = (size_t)(end - words[0]);
    memset(words[0], 0, room);
    strncpy(words[0], title, room);
}

pid_t flom_start_witness(char **words, int count) {
    pid_t starter = getpid();
    // Like fork, but without a signal at its end: flom waits for it.
    pid_t witness = (pid_t)syscall(SYS_clone, 0, NULL, NULL, NULL, NULL);
    if (witness != 0) return witness;
    // The witness must not outlive flom, which may have ended already.
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 || getppid() != starter) _exit(0);
    // Above all the connection to the daemon, which would otherwise outlive flom.
    flom_close_from(0);
    prctl(PR_SET_NAME, title, 0, 0, 0);
    take_title(words, count);
    for (;;) pause();
}

void flom_end_witness(pid_t witness) {
    while (waitpid(witness, NULL, __WALL) < 0 && errno == EINTR) {}
}

// MARK: - The first process of a container

static int is_passed_on(const siginfo_t *info) {
    // Signals of the terminal reach the whole group anyway.
    if (info->si_code <= 0) return 1;
    if (info->si_signo == SIGHUP) return getsid(0) == getpid();
    return info->si_signo == SIGALRM || info->si_signo == SIGPWR;
}

static void look_after(pid_t child, const sigset_t *all) {
    for (;;) {
        int status;
        pid_t ended;
        while ((ended = waitpid(-1, &status, WNOHANG)) > 0) {
            if (ended == child) _exit(WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
        }
        siginfo_t info;
        int number = sigwaitinfo(all, &info);
        if (number <= 0 || number == SIGCHLD || !is_passed_on(&info)) continue;
        struct flom_signal found = {
            .number = number,
            .has_value = info.si_code == SI_QUEUE,
            .sender = info.si_pid,
            .sender_user = info.si_uid,
            .value = (uint64_t)(uintptr_t)info.si_value.sival_ptr,
        };
        flom_pass_signal(child, &found);
    }
}

void flom_leave_first_place(void) {
    if (getpid() != 1) return;
    sigset_t all, previous;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &previous);
    pid_t child = fork();
    if (child > 0) {
        // A descriptor that the child closes must not stay open here.
        for (int descriptor = 0; descriptor <= 2; descriptor++) close(descriptor);
        // A signal to the whole group reaches the child by itself. Here it would be passed on a second time. The leader of a session
        // cannot leave its group.
        if (getsid(0) != getpid()) setpgid(0, 0);
        look_after(child, &all);
    }
    sigprocmask(SIG_SETMASK, &previous, NULL);
}
