/* SOCKET DAEMON: holds a lock that a person takes away, and has itself called. There it ends the daemon, and releases another lock. */
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "flom.h"

struct seen {
    int calls, code, lost, unlock, other_unlock;
    pid_t daemon;
    flom_handle_t *other;
    pthread_t thread;
};

static void lost(flom_handle_t *handle, int code, void *context) {
    struct seen *seen = context;
    seen->code = code;
    seen->thread = pthread_self();
    seen->lost = flom_handle_is_lost(handle);
    seen->unlock = flom_handle_unlock(handle);
    kill(seen->daemon, SIGKILL);
    seen->other_unlock = flom_handle_unlock(seen->other);
    __atomic_add_fetch(&seen->calls, 1, __ATOMIC_SEQ_CST);
}

int main(int count, char **words) {
    flom_handle_t handle, other;
    struct seen *seen = calloc(1, sizeof *seen);
    struct pollfd waiting;
    char command[300];
    int unlocked, i;
    if (count < 3 || flom_handle_init(&handle) != FLOM_RC_OK) return 1;
    flom_handle_set_socket_name(&handle, words[1]);
    flom_handle_set_resource_name(&handle, "db");
    if (flom_handle_init(&other) || flom_handle_set_socket_name(&other, words[1]) || flom_handle_lock(&other)) return 5;
    seen->daemon = atoi(words[2]);
    seen->other = &other;
    if (flom_handle_set_lost_callback(&handle, lost, seen) != FLOM_RC_OK || flom_handle_lock(&handle) != FLOM_RC_OK) return 2;
    snprintf(command, sizeof command, "$FLOM -s %s --break -r db --reason test --yes > /dev/null", words[1]);
    if (system(command) != 0) return 3;
    waiting.fd = flom_handle_get_lost_fd(&handle);
    waiting.events = POLLIN;
    if (poll(&waiting, 1, 30000) != 1) return 4;
    for (i = 0; i < 3000 && __atomic_load_n(&seen->calls, __ATOMIC_SEQ_CST) == 0; i++) usleep(10000);
    /* Waits for the call to end. */
    flom_handle_set_lost_callback(&handle, NULL, NULL);
    unlocked = flom_handle_unlock(&handle);
    printf("called %s, code %d, other thread %d, lost %d, unlock there %d, of another %d, unlock here %d\n",
        __atomic_load_n(&seen->calls, __ATOMIC_SEQ_CST) == 1 ? "once" : "not once", seen->code,
        !pthread_equal(seen->thread, pthread_self()), seen->lost, seen->unlock, seen->other_unlock, unlocked);
    free(seen);
    return flom_handle_clean(&handle) || flom_handle_clean(&other);
}
