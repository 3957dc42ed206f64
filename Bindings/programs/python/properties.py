"""properties.py SOCKET INTERFACE CERTIFICATE KEY CA TRACE"""
import sys

from flom import *

socket, interface, certificate, key, authority, trace = sys.argv[1:]


def check(what, code):
    if code != FLOM_RC_OK:
        sys.exit(f"{what}: {code} ({flom_strerror(code)})")


def show(handle, name):
    value = globals()[f"flom_handle_get_{name}"](handle)
    print(f"flom_handle_get_{name}() = {value if isinstance(value, int) else repr(value)}")


def change(handle, name, *values, shown=True):
    if shown:
        show(handle, name)
    for value in values:
        check(name, globals()[f"flom_handle_set_{name}"](handle, value))
        show(handle, name)


def quietly(handle, name, value):
    check(name, globals()[f"flom_handle_set_{name}"](handle, value))
    print(name, globals()[f"flom_handle_get_{name}"](handle), file=sys.stderr)


handle = flom_handle_t()
check("init", flom_handle_init(handle))
change(handle, "socket_name", socket)
change(handle, "trace_filename", trace, shown=False)
change(handle, "resource_name", "red.green.blue")
change(handle, "resource_create", 0, 1)
change(handle, "resource_timeout", -1)
change(handle, "resource_quantity", 3)
change(handle, "lock_mode", FLOM_LOCK_MODE_PW)
change(handle, "resource_idle_lifespan", 10000)
change(handle, "unicast_address", "127.0.0.1")
change(handle, "multicast_address", "224.0.0.1")
change(handle, "unicast_port", 7777)
change(handle, "multicast_port", 8888)
change(handle, "discovery_attempts", 5)
change(handle, "discovery_timeout", 750)
change(handle, "discovery_ttl", 2)
change(handle, "tls_check_peer_id", 0, 1)
if interface:
    quietly(handle, "network_interface", interface)
quietly(handle, "tls_certificate", certificate)
quietly(handle, "tls_private_key", key)
quietly(handle, "tls_ca_certificate", authority)
check("socket_name", flom_handle_set_socket_name(handle, socket))
check("lock", flom_handle_lock(handle))
print(f"happy_path locked element is {flom_handle_get_locked_element(handle)!r}")
check("unlock", flom_handle_unlock(handle))
check("clean", flom_handle_clean(handle))
