#include <flom.h>
#include <stdio.h>

int main(void) {
    flom_handle_t handle;
    if (flom_handle_init(&handle) != FLOM_RC_OK) return 1;
    flom_handle_set_resource_name(&handle, "db");
    flom_handle_set_resource_timeout(&handle, 5000);
    flom_handle_set_start_daemon(&handle, 1);
    if (flom_handle_lock(&handle) == FLOM_RC_OK) printf("held, token %llu\n", flom_handle_get_fencing_token(&handle));
    else fprintf(stderr, "not held: %s\n", flom_handle_get_error(&handle));
    return flom_handle_clean(&handle); /* unlocks */
}
