/* SOCKET RESOURCE: waits for the resource, with a handler for a signal that does not restart calls, and tells whether the library has left
   the signal settings and the signal mask as they were. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "flom.h"

static void handle_signal(int number) {
    (void)number;
    if (write(1, "handled\n", 8) < 0) _exit(3);
}

static void read_settings(struct sigaction *settings, sigset_t *mask) {
    int number;
    memset(settings, 0, sizeof(struct sigaction) * 65);
    for (number = 1; number < 65; number++) sigaction(number, NULL, &settings[number]);
    sigemptyset(mask);
    sigprocmask(SIG_SETMASK, NULL, mask);
}

/* glibc leaves what lies behind the kernel's part of a mask as it was, so that bytes cannot be compared. */
static int are_equal(const struct sigaction *one, const struct sigaction *other, const sigset_t *mask, const sigset_t *other_mask) {
    int number, inner;
    for (number = 1; number < 65; number++) {
        if (one[number].sa_handler != other[number].sa_handler || one[number].sa_flags != other[number].sa_flags) return 0;
        if (sigismember(mask, number) != sigismember(other_mask, number)) return 0;
        for (inner = 1; inner < 65; inner++)
            if (sigismember(&one[number].sa_mask, inner) != sigismember(&other[number].sa_mask, inner)) return 0;
    }
    return 1;
}

int main(int count, char **words) {
    static struct sigaction before[65], after[65];
    sigset_t mask_before, mask_after;
    struct sigaction action;
    flom_handle_t handle;
    int result;
    if (count < 3) return 1;
    memset(&action, 0, sizeof action);
    action.sa_handler = handle_signal;
    sigaction(SIGUSR1, &action, NULL);
    read_settings(before, &mask_before);
    if (flom_handle_init(&handle) != FLOM_RC_OK) return 1;
    flom_handle_set_socket_name(&handle, words[1]);
    flom_handle_set_resource_name(&handle, words[2]);
    result = flom_handle_lock(&handle);
    read_settings(after, &mask_after);
    printf("locked %d, settings %s\n", result, are_equal(before, after, &mask_before, &mask_after) ? "unchanged" : "changed");
    return flom_handle_clean(&handle);
}
