/* SOCKET CERTIFICATE KEY CA INTERFACE TRACE: prints every property before and after it is set, and locks over TLS; with a handle of
   its own and with one of the library's. */
#include <stdio.h>

#include "flom.h"

static char **words;

static void show(const char *name, const char *value) { printf("flom_handle_get_%s() = '%s'\n", name, value ? value : "(null)"); }
static void show_number(const char *name, int value) { printf("flom_handle_get_%s() = %d\n", name, value); }
static void check(int code) {
    if (code == FLOM_RC_OK) return;
    fprintf(stderr, "%d: %s\n", code, flom_strerror(code));
    exit(1);
}

static void use(flom_handle_t *handle) {
    show("socket_name", flom_handle_get_socket_name(handle));
    check(flom_handle_set_socket_name(handle, words[1]));
    show("socket_name", flom_handle_get_socket_name(handle));
    check(flom_handle_set_trace_filename(handle, words[6]));
    show("trace_filename", flom_handle_get_trace_filename(handle));
    show("resource_name", flom_handle_get_resource_name(handle));
    check(flom_handle_set_resource_name(handle, "red.green.blue"));
    show("resource_name", flom_handle_get_resource_name(handle));
    show_number("resource_create", flom_handle_get_resource_create(handle));
    check(flom_handle_set_resource_create(handle, FALSE));
    show_number("resource_create", flom_handle_get_resource_create(handle));
    check(flom_handle_set_resource_create(handle, TRUE));
    show_number("resource_create", flom_handle_get_resource_create(handle));
    show_number("resource_timeout", flom_handle_get_resource_timeout(handle));
    check(flom_handle_set_resource_timeout(handle, -1));
    show_number("resource_timeout", flom_handle_get_resource_timeout(handle));
    show_number("resource_quantity", flom_handle_get_resource_quantity(handle));
    check(flom_handle_set_resource_quantity(handle, 3));
    show_number("resource_quantity", flom_handle_get_resource_quantity(handle));
    show_number("lock_mode", (int)flom_handle_get_lock_mode(handle));
    check(flom_handle_set_lock_mode(handle, FLOM_LOCK_MODE_PW));
    show_number("lock_mode", (int)flom_handle_get_lock_mode(handle));
    show_number("resource_idle_lifespan", flom_handle_get_resource_idle_lifespan(handle));
    check(flom_handle_set_resource_idle_lifespan(handle, 10000));
    show_number("resource_idle_lifespan", flom_handle_get_resource_idle_lifespan(handle));
    show("unicast_address", flom_handle_get_unicast_address(handle));
    check(flom_handle_set_unicast_address(handle, "127.0.0.1"));
    show("unicast_address", flom_handle_get_unicast_address(handle));
    show("multicast_address", flom_handle_get_multicast_address(handle));
    check(flom_handle_set_multicast_address(handle, "224.0.0.1"));
    show("multicast_address", flom_handle_get_multicast_address(handle));
    show_number("unicast_port", flom_handle_get_unicast_port(handle));
    check(flom_handle_set_unicast_port(handle, 7777));
    show_number("unicast_port", flom_handle_get_unicast_port(handle));
    show_number("multicast_port", flom_handle_get_multicast_port(handle));
    check(flom_handle_set_multicast_port(handle, 8888));
    show_number("multicast_port", flom_handle_get_multicast_port(handle));
    show_number("discovery_attempts", flom_handle_get_discovery_attempts(handle));
    check(flom_handle_set_discovery_attempts(handle, 5));
    show_number("discovery_attempts", flom_handle_get_discovery_attempts(handle));
    show_number("discovery_timeout", flom_handle_get_discovery_timeout(handle));
    check(flom_handle_set_discovery_timeout(handle, 750));
    show_number("discovery_timeout", flom_handle_get_discovery_timeout(handle));
    show_number("discovery_ttl", flom_handle_get_discovery_ttl(handle));
    check(flom_handle_set_discovery_ttl(handle, 2));
    show_number("discovery_ttl", flom_handle_get_discovery_ttl(handle));
    show_number("tls_check_peer_id", flom_handle_get_tls_check_peer_id(handle));
    check(flom_handle_set_tls_certificate(handle, words[2]));
    check(flom_handle_set_tls_private_key(handle, words[3]));
    check(flom_handle_set_tls_ca_certificate(handle, words[4]));
    check(flom_handle_set_tls_check_peer_id(handle, FALSE));
    show_number("tls_check_peer_id", flom_handle_get_tls_check_peer_id(handle));
    check(flom_handle_set_tls_check_peer_id(handle, TRUE));
    show_number("tls_check_peer_id", flom_handle_get_tls_check_peer_id(handle));
    check(flom_handle_set_network_interface(handle, words[5]));
    /* It clears the addresses. */
    check(flom_handle_set_socket_name(handle, words[1]));
    if (flom_handle_get_unicast_address(handle) || flom_handle_get_multicast_address(handle)) exit(2);
    check(flom_handle_lock(handle));
    printf("locked element is %s\n", flom_handle_get_locked_element(handle));
    check(flom_handle_unlock(handle));
}

int main(int count, char **arguments) {
    flom_handle_t handle, *other;
    if (count < 7) return 1;
    words = arguments;
    check(flom_handle_init(&handle));
    use(&handle);
    check(flom_handle_clean(&handle));
    other = flom_handle_new();
    if (other == NULL) return 1;
    use(other);
    flom_handle_delete(other);
    return 0;
}
