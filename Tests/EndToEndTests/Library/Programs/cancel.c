/* SOCKET RESOURCE: a thread waits for the resource, which another program holds; this one ends its wait. */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>

#include "flom.h"

static flom_handle_t handle;
static int result = 1000;

static void *wait_for_lock(void *nothing) {
    result = flom_handle_lock(&handle);
    return nothing;
}

int main(int count, char **words) {
    pthread_t thread;
    int in_use, canceled;
    if (count < 3 || flom_handle_init(&handle) != FLOM_RC_OK) return 1;
    flom_handle_set_socket_name(&handle, words[1]);
    flom_handle_set_resource_name(&handle, words[2]);
    pthread_create(&thread, NULL, wait_for_lock, NULL);
    while ((in_use = flom_handle_set_resource_timeout(&handle, -1)) == FLOM_RC_OK) sched_yield();
    while ((canceled = flom_handle_cancel(&handle)) == FLOM_RC_API_INVALID_SEQUENCE) sched_yield();
    if (canceled != FLOM_RC_OK) return 2;
    pthread_join(thread, NULL);
    printf("in use %d, cancelled %d, state %d\n", in_use, result, (int)handle.state);
    return flom_handle_clean(&handle);
}
