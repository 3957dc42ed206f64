/* SOCKET: what a program does that was written for FLoM 1.7.2: the happy paths, and the calls in a wrong order. */
#include <stdio.h>
#include <string.h>

#include "flom.h"

#define WANT(code, call) \
    do { \
        int result = (call); \
        if (result != (code)) return fprintf(stderr, "%s: %d, not %d\n", #call, result, code), 1; \
    } while (0)

static int in_own_memory(const char *socket_name) {
    flom_handle_t handle, wild;
    WANT(FLOM_RC_OK, flom_handle_init(&handle));
    WANT(FLOM_RC_OK, flom_handle_set_socket_name(&handle, socket_name));
    WANT(FLOM_RC_OK, flom_handle_lock(&handle));
    WANT(FLOM_RC_OK, flom_handle_unlock(&handle));
    WANT(FLOM_RC_OK, flom_handle_clean(&handle));
    /* Never initialised. */
    wild.state = (flom_handle_state_t)4711;
    WANT(FLOM_RC_API_INVALID_SEQUENCE, flom_handle_lock(&wild));
    WANT(FLOM_RC_API_INVALID_SEQUENCE, flom_handle_unlock(&wild));
    WANT(FLOM_RC_API_INVALID_SEQUENCE, flom_handle_clean(&wild));
    /* No lock. */
    WANT(FLOM_RC_OK, flom_handle_init(&handle));
    WANT(FLOM_RC_API_INVALID_SEQUENCE, flom_handle_unlock(&handle));
    WANT(FLOM_RC_OK, flom_handle_clean(&handle));
    /* No unlock. */
    WANT(FLOM_RC_OK, flom_handle_init(&handle));
    WANT(FLOM_RC_OK, flom_handle_set_socket_name(&handle, socket_name));
    WANT(FLOM_RC_OK, flom_handle_lock(&handle));
    WANT(FLOM_RC_OK, flom_handle_clean(&handle));
    return 0;
}

static int in_memory_of_the_library(const char *socket_name) {
    flom_handle_t *handle = flom_handle_new();
    if (handle == NULL) return 1;
    WANT(FLOM_RC_OK, flom_handle_set_socket_name(handle, socket_name));
    WANT(FLOM_RC_OK, flom_handle_lock(handle));
    WANT(FLOM_RC_OK, flom_handle_unlock(handle));
    flom_handle_delete(handle);
    WANT(FLOM_RC_NULL_OBJECT, flom_handle_lock(NULL));
    WANT(FLOM_RC_NULL_OBJECT, flom_handle_unlock(NULL));
    flom_handle_delete(NULL);
    handle = flom_handle_new();
    WANT(FLOM_RC_API_INVALID_SEQUENCE, flom_handle_unlock(handle));
    flom_handle_delete(handle);
    handle = flom_handle_new();
    WANT(FLOM_RC_OK, flom_handle_set_socket_name(handle, socket_name));
    WANT(FLOM_RC_OK, flom_handle_lock(handle));
    flom_handle_delete(handle);
    return 0;
}

/* A property that is fixed while the lock is held; in the end both names are free. */
static int renamed(const char *socket_name) {
    flom_handle_t handle;
    WANT(FLOM_RC_OK, flom_handle_init(&handle));
    WANT(FLOM_RC_OK, flom_handle_set_socket_name(&handle, socket_name));
    WANT(FLOM_RC_OK, flom_handle_set_resource_name(&handle, "resource1"));
    WANT(FLOM_RC_OK, flom_handle_lock(&handle));
    WANT(FLOM_RC_API_IMMUTABLE_HANDLE, flom_handle_set_resource_name(&handle, "resource2"));
    WANT(0, strcmp(flom_handle_get_resource_name(&handle), "resource1"));
    WANT(FLOM_RC_OK, flom_handle_unlock(&handle));
    WANT(FLOM_RC_OK, flom_handle_clean(&handle));
    WANT(0, system("$FLOM -s $SOCKET -o 0 -r resource1 -- true && $FLOM -s $SOCKET -o 0 -r resource2 -- true"));
    return 0;
}

int main(int count, char **words) {
    if (count < 2) return 2;
    return in_own_memory(words[1]) || in_memory_of_the_library(words[1]) || renamed(words[1]);
}
