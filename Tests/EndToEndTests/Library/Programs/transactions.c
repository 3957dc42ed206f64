/* SOCKET: takes numbers of a sequence and of a transactional one, and aborts with a lock. */
#include <stdio.h>

#include "flom.h"

static void say(const flom_handle_t *handle) {
    printf("locked element is %s\n", flom_handle_get_locked_element(handle));
    fflush(stdout);
}

int main(int count, char **words) {
    flom_handle_t first, second;
    if (count < 2 || flom_handle_init(&first) || flom_handle_init(&second)) return 1;
    flom_handle_set_socket_name(&first, words[1]);
    flom_handle_set_resource_name(&first, "_s_nontransactional[1]");
    flom_handle_set_resource_idle_lifespan(&first, 60000);
    if (flom_handle_lock(&first)) return 2;
    say(&first);
    if (flom_handle_unlock_rollback(&first) != FLOM_RC_RESOURCE_IS_NOT_TRANSACTIONAL) return 3;
    if (flom_handle_lock(&first)) return 4;
    say(&first);
    flom_handle_set_socket_name(&second, words[1]);
    flom_handle_set_resource_name(&second, "_S_transactional[1]");
    flom_handle_set_resource_idle_lifespan(&second, 60000);
    if (flom_handle_lock(&second)) return 5;
    say(&second);
    if (flom_handle_unlock_rollback(&second)) return 6;
    if (flom_handle_lock(&second)) return 7;
    say(&second);
    if (flom_handle_unlock(&second)) return 8;
    if (flom_handle_lock(&second)) return 9;
    say(&second);
    abort();
}
