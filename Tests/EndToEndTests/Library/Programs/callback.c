/* SOCKET: holds a lock that a person takes away, and has itself called. */
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "flom.h"

struct seen {
    int calls, code, lost, unlock;
    pthread_t thread;
};

static void lost(flom_handle_t *handle, int code, void *context) {
    struct seen *seen = context;
    seen->code = code;
    seen->thread = pthread_self();
    seen->lost = flom_handle_is_lost(handle);
    seen->unlock = flom_handle_unlock(handle);
    __atomic_add_fetch(&seen->calls, 1, __ATOMIC_SEQ_CST);
}

int main(int count, char **words) {
    flom_handle_t handle;
    struct seen *seen = calloc(1, sizeof *seen);
    struct pollfd waiting;
    char command[300];
    int unlocked;
    if (count < 2 || flom_handle_init(&handle) != FLOM_RC_OK) return 1;
    flom_handle_set_socket_name(&handle, words[1]);
    flom_handle_set_resource_name(&handle, "db");
    if (flom_handle_set_lost_callback(&handle, lost, seen) != FLOM_RC_OK || flom_handle_lock(&handle) != FLOM_RC_OK) return 2;
    snprintf(command, sizeof command, "$FLOM -s %s --break -r db --reason test --yes > /dev/null", words[1]);
    if (system(command) != 0) return 3;
    waiting.fd = flom_handle_get_lost_fd(&handle);
    waiting.events = POLLIN;
    if (poll(&waiting, 1, 30000) != 1) return 4;
    /* Waits for the call to end. */
    flom_handle_set_lost_callback(&handle, NULL, NULL);
    unlocked = flom_handle_unlock(&handle);
    printf("called %s, code %d, other thread %d, lost %d, unlock there %d, unlock here %d\n",
        __atomic_load_n(&seen->calls, __ATOMIC_SEQ_CST) == 1 ? "once" : "not once", seen->code,
        !pthread_equal(seen->thread, pthread_self()), seen->lost, seen->unlock, unlocked);
    free(seen);
    return flom_handle_clean(&handle);
}
