"""The functions of flom.h, under their own names, as the Python module of FLoM 1.7.2 has them.

They return codes and raise nothing but TypeError, ValueError and OverflowError for arguments that C cannot be given. None stands for NULL.
"""

from __future__ import annotations

from typing import Callable, Optional

from . import _waiting
from . import constants as c
from ._library import flom_handle_t, load, text

_Handle = Optional[flom_handle_t]


def _number(value: int) -> int:
    if not isinstance(value, int):
        raise TypeError(f"a whole number is accepted, not {type(value).__name__}")
    if not -(2**31) <= value < 2**31:
        raise OverflowError(f"{value} does not fit into 32 bits")
    return int(value)


def _bytes(value: Optional[str]) -> Optional[bytes]:
    if value is None:
        return None
    if not isinstance(value, str):
        raise TypeError(f"str or None is accepted, not {type(value).__name__}")
    if "\0" in value:
        raise ValueError("a text cannot contain a NUL")
    return value.encode("utf-8", "surrogateescape")


def _call(name: str) -> Callable[[_Handle], int]:
    name = f"flom_handle_{name}"

    def call(handle: _Handle) -> int:
        return int(getattr(load(), name)(handle))

    call.__name__ = call.__qualname__ = name
    return call


def _get_number(name: str) -> Callable[[_Handle], int]:
    return _call(f"get_{name}")


def _get_text(name: str) -> Callable[[_Handle], Optional[str]]:
    name = f"flom_handle_get_{name}"

    def get(handle: _Handle) -> Optional[str]:
        return text(getattr(load(), name)(handle))

    get.__name__ = get.__qualname__ = name
    return get


def _set_number(name: str) -> Callable[[_Handle, int], int]:
    name = f"flom_handle_set_{name}"

    def set_(handle: _Handle, value: int) -> int:
        return int(getattr(load(), name)(handle, _number(value)))

    set_.__name__ = set_.__qualname__ = name
    return set_


def _set_text(name: str) -> Callable[[_Handle, Optional[str]], int]:
    name = f"flom_handle_set_{name}"

    def set_(handle: _Handle, value: Optional[str]) -> int:
        return int(getattr(load(), name)(handle, _bytes(value)))

    set_.__name__ = set_.__qualname__ = name
    return set_


# Life.

flom_handle_init = _call("init")
flom_handle_clean = _call("clean")


def flom_handle_new() -> Optional[flom_handle_t]:
    """A handle that is initialised; None if that fails."""
    handle = flom_handle_t()
    return handle if flom_handle_init(handle) == c.FLOM_RC_OK else None


def flom_handle_delete(handle: _Handle) -> None:
    """Cleans the handle; its memory is Python's. None is accepted."""
    if handle is not None:
        flom_handle_clean(handle)


# Locks.


def flom_handle_lock(handle: _Handle) -> int:
    """Asks for the lock, and waits for it. Other threads run meanwhile; a signal handler that raises withdraws the request."""
    return c.FLOM_RC_NULL_OBJECT if handle is None else _waiting.lock(load(), handle)


flom_handle_unlock = _call("unlock")
flom_handle_unlock_rollback = _call("unlock_rollback")
flom_handle_cancel = _call("cancel")

# What has been granted.

flom_handle_get_locked_element = _get_text("locked_element")
flom_handle_get_request_id = _get_text("request_id")
flom_handle_get_fencing_token = _get_number("fencing_token")


def flom_handle_get_locked_element_of(handle: _Handle, index: int) -> Optional[str]:
    """The element of the resource number `index`; the first has number 0."""
    return text(load().flom_handle_get_locked_element_of(handle, _number(index)))


def flom_handle_get_fencing_token_of(handle: _Handle, index: int) -> int:
    """The fencing token of the resource number `index`; 0 if there is none."""
    return int(load().flom_handle_get_fencing_token_of(handle, _number(index)))


# Several resources, loss and failure.


def flom_handle_add_resource(handle: _Handle, name: Optional[str], mode: int, quantity: int) -> int:
    """One more resource, locked together with the first: all or none."""
    return int(load().flom_handle_add_resource(handle, _bytes(name), _number(mode), _number(quantity)))


flom_handle_clear_resources = _call("clear_resources")
flom_handle_count_resources = _call("count_resources")
flom_handle_is_lost = _call("is_lost")
flom_handle_get_lost_fd = _call("get_lost_fd")
flom_handle_get_error = _get_text("error")

# Properties.

flom_handle_get_resource_name = _get_text("resource_name")
flom_handle_set_resource_name = _set_text("resource_name")
flom_handle_get_lock_mode = _get_number("lock_mode")
flom_handle_set_lock_mode = _set_number("lock_mode")
flom_handle_get_resource_quantity = _get_number("resource_quantity")
flom_handle_set_resource_quantity = _set_number("resource_quantity")
flom_handle_get_resource_timeout = _get_number("resource_timeout")
flom_handle_set_resource_timeout = _set_number("resource_timeout")
flom_handle_get_resource_idle_lifespan = _get_number("resource_idle_lifespan")
flom_handle_set_resource_idle_lifespan = _set_number("resource_idle_lifespan")
flom_handle_get_resource_create = _get_number("resource_create")
flom_handle_set_resource_create = _set_number("resource_create")
flom_handle_get_socket_name = _get_text("socket_name")
flom_handle_set_socket_name = _set_text("socket_name")
flom_handle_get_unicast_address = _get_text("unicast_address")
flom_handle_set_unicast_address = _set_text("unicast_address")
flom_handle_get_unicast_port = _get_number("unicast_port")
flom_handle_set_unicast_port = _set_number("unicast_port")
flom_handle_get_multicast_address = _get_text("multicast_address")
flom_handle_set_multicast_address = _set_text("multicast_address")
flom_handle_get_multicast_port = _get_number("multicast_port")
flom_handle_set_multicast_port = _set_number("multicast_port")
flom_handle_get_network_interface = _get_text("network_interface")
flom_handle_set_network_interface = _set_text("network_interface")
flom_handle_get_discovery_attempts = _get_number("discovery_attempts")
flom_handle_set_discovery_attempts = _set_number("discovery_attempts")
flom_handle_get_discovery_timeout = _get_number("discovery_timeout")
flom_handle_set_discovery_timeout = _set_number("discovery_timeout")
flom_handle_get_discovery_ttl = _get_number("discovery_ttl")
flom_handle_set_discovery_ttl = _set_number("discovery_ttl")
flom_handle_get_tls_certificate = _get_text("tls_certificate")
flom_handle_set_tls_certificate = _set_text("tls_certificate")
flom_handle_get_tls_private_key = _get_text("tls_private_key")
flom_handle_set_tls_private_key = _set_text("tls_private_key")
flom_handle_get_tls_ca_certificate = _get_text("tls_ca_certificate")
flom_handle_set_tls_ca_certificate = _set_text("tls_ca_certificate")
flom_handle_get_tls_check_peer_id = _get_number("tls_check_peer_id")
flom_handle_set_tls_check_peer_id = _set_number("tls_check_peer_id")
flom_handle_get_trace_filename = _get_text("trace_filename")
flom_handle_set_trace_filename = _set_text("trace_filename")
flom_handle_get_start_daemon = _get_number("start_daemon")
flom_handle_set_start_daemon = _set_number("start_daemon")
flom_handle_get_description = _get_text("description")
flom_handle_set_description = _set_text("description")


# Without a handle.


def flom_strerror(ret_cod: int) -> str:
    """A sentence about a code."""
    return text(load().flom_strerror(_number(ret_cod))) or ""


def flom_version() -> str:
    """The version of the library."""
    return text(load().flom_version()) or ""
