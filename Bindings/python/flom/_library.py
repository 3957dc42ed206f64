"""libflom.so: where it is found, the struct of a handle, and the types of the functions."""

from __future__ import annotations

import ctypes
import os
import sys
from ctypes import c_char_p, c_int, c_ulonglong, c_void_p
from typing import Any, Callable, List, Optional

from . import constants as c
from .errors import FlomError, LibraryMissing, kind_of

SONAME = "libflom.so.0"


class flom_handle_t(ctypes.Structure):
    """A handle, as C declares it. It is of use after flom_handle_init.

    A handle that is dropped while it holds a lock releases it, with rollback. What is held at the end of the process ends with it.
    """

    _fields_ = [("state", c_int), ("conn", c_void_p), ("config", c_void_p), ("_element", c_char_p)]
    state: int
    conn: Optional[int]
    config: Optional[int]
    _element: Optional[bytes]
    # What the library calls when the lock is lost. It has to live as long as the library may call it.
    _callback: Any

    @property
    def locked_element(self) -> Optional[str]:
        """The element of the lock that is held; None if there is none."""
        return text(self._element)

    def __del__(self) -> None:
        # At the end of the process an open lock is rolled back by the daemon, and the library is not asked any more.
        if sys is None or sys.is_finalizing():
            return
        if c.FLOM_HANDLE_STATE_INIT <= self.state <= c.FLOM_HANDLE_STATE_DISCONNECTED and _loaded is not None:
            _clean(_loaded, self)


# Handles that were dropped by their own callback, during which the library neither unlocks nor frees them. They live on here with what
# the library still calls.
_dropped: List[flom_handle_t] = []


def _clean(library: Library, handle: flom_handle_t) -> None:
    if handle.state == c.FLOM_HANDLE_STATE_LOCKED:
        library.flom_handle_unlock_rollback(handle)
    if library.flom_handle_clean(handle) == c.FLOM_RC_HANDLE_IN_USE:
        _dropped.append(handle)


def clean_dropped() -> None:
    """Cleans the handles that could not be cleaned when they were dropped. Their callbacks are waited for."""
    for _ in range(len(_dropped)):
        try:
            handle = _dropped.pop(0)
        except IndexError:
            # Another thread was quicker.
            return
        _clean(load(), handle)


HandlePointer = ctypes.POINTER(flom_handle_t)
LostCallback = ctypes.CFUNCTYPE(None, HandlePointer, c_int, c_void_p)

NUMBERS = [
    "resource_quantity", "resource_timeout", "resource_idle_lifespan", "resource_create", "lock_mode", "unicast_port",
    "multicast_port", "discovery_attempts", "discovery_timeout", "discovery_ttl", "tls_check_peer_id", "start_daemon",
]
TEXTS = [
    "resource_name", "socket_name", "unicast_address", "multicast_address", "network_interface", "tls_certificate",
    "tls_private_key", "tls_ca_certificate", "trace_filename", "description",
]


class Library:
    """The functions of libflom, with their types. The interpreter lock is free while one of them runs."""

    def __init__(self, library: ctypes.CDLL) -> None:
        self._library = library
        handle = HandlePointer
        simple = ["init", "clean", "lock", "unlock", "unlock_rollback", "clear_resources", "count_resources", "is_lost", "cancel"]
        for name in simple + ["get_lost_fd", "get_wait_fd", "lock_finish"]:
            self._bind(f"flom_handle_{name}", c_int, handle)
        self._bind("flom_handle_lock_start", c_int, handle, c_int)
        for name in NUMBERS:
            self._bind(f"flom_handle_get_{name}", c_int, handle)
            self._bind(f"flom_handle_set_{name}", c_int, handle, c_int)
        for name in TEXTS:
            self._bind(f"flom_handle_get_{name}", c_char_p, handle)
            self._bind(f"flom_handle_set_{name}", c_int, handle, c_char_p)
        for name in ["locked_element", "request_id", "error"]:
            self._bind(f"flom_handle_get_{name}", c_char_p, handle)
        self._bind("flom_handle_get_locked_element_of", c_char_p, handle, c_int)
        self._bind("flom_handle_get_fencing_token", c_ulonglong, handle)
        self._bind("flom_handle_get_fencing_token_of", c_ulonglong, handle, c_int)
        self._bind("flom_handle_add_resource", c_int, handle, c_char_p, c_int, c_int)
        self._bind("flom_handle_set_lost_callback", c_int, handle, LostCallback, c_void_p)
        self._bind("flom_strerror", c_char_p, c_int)
        self._bind("flom_version", c_char_p)

    def _bind(self, name: str, result: Any, *parameters: Any) -> None:
        function = getattr(self._library, name)
        function.restype = result
        function.argtypes = list(parameters)
        setattr(self, name, function)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        raise AttributeError(name)


_loaded: Optional[Library] = None


def load() -> Library:
    """The library, loaded at the first call: the file that FLOM_LIBRARY names, otherwise what the loader finds.

    Raises LibraryMissing, with a sentence.
    """
    global _loaded
    if _loaded is None:
        path = os.environ.get("FLOM_LIBRARY") or SONAME
        try:
            _loaded = Library(ctypes.CDLL(path))
        except OSError as error:
            advice = "install the package libflom0, or let FLOM_LIBRARY name the file"
            sentence = f"the library of flom cannot be loaded ({error}): {advice}"
            raise LibraryMissing(c.FLOM_RC_OBJ_NOT_FOUND_ERROR, sentence) from None
        except AttributeError as error:
            sentence = f"the library '{path}' does not fit to this module: {error}"
            raise LibraryMissing(c.FLOM_RC_OBJ_NOT_FOUND_ERROR, sentence) from None
    return _loaded


def text(bytes_: Optional[bytes]) -> Optional[str]:
    """A C string as str. Bytes that are no UTF-8 are kept as the file names of os are."""
    return None if bytes_ is None else bytes_.decode("utf-8", "surrogateescape")


def failure(code: int, handle: flom_handle_t) -> FlomError:
    """The exception for what a function has returned about a handle."""
    sentence = text(load().flom_handle_get_error(handle)) or text(load().flom_strerror(code)) or str(code)
    return kind_of(code)(code, sentence)
