/* SOCKET: forks while other threads lock and unlock. Each child locks and unlocks with a handle of its own, and cleans its parent's. */
#include <pthread.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "flom.h"

static const char *socket_name;
static volatile int is_over;
static flom_handle_t of_parent;

static int open_handle(flom_handle_t *handle, const char *resource) {
    return flom_handle_init(handle) || flom_handle_set_socket_name(handle, socket_name) || flom_handle_set_resource_name(handle, resource);
}

static void *go_round(void *result) {
    flom_handle_t handle;
    if (open_handle(&handle, "R1")) return result;
    while (!is_over) {
        flom_handle_t other;
        if (flom_handle_lock(&handle) || flom_handle_unlock(&handle)) return result;
        if (open_handle(&other, "R1") || flom_handle_get_lost_fd(&other) < 0 || flom_handle_clean(&other)) return result;
    }
    return flom_handle_clean(&handle) ? result : NULL;
}

static int in_child(void) {
    flom_handle_t handle;
    alarm(20);
    if (flom_handle_unlock(&of_parent) != FLOM_RC_HANDLE_OF_PARENT || flom_handle_clean(&of_parent)) return 1;
    if (open_handle(&handle, "R2")) return 2;
    if (flom_handle_lock(&handle)) return 3;
    if (flom_handle_unlock(&handle)) return 4;
    return flom_handle_clean(&handle) ? 5 : 0;
}

int main(int count, char **words) {
    pthread_t threads[3];
    int i, status = 0, failures = 0;
    if (count < 2) return 1;
    socket_name = words[1];
    if (open_handle(&of_parent, "R3") || flom_handle_lock(&of_parent)) return 2;
    for (i = 0; i < 3; i++) pthread_create(&threads[i], NULL, go_round, &failures);
    for (i = 0; i < 200; i++) {
        pid_t child = fork();
        if (child == 0) _exit(in_child());
        if (waitpid(child, &status, 0) != child || status != 0) {
            printf("child %d: %x\n", i, status);
            failures++;
        }
    }
    is_over = 1;
    for (i = 0; i < 3; i++) {
        void *result;
        pthread_join(threads[i], &result);
        if (result != NULL) failures++;
    }
    if (flom_handle_unlock(&of_parent)) failures++;
    if (failures == 0) printf("200 children, all well\n");
    return failures;
}
