"""Waiting for a lock without a thread, and so that a signal handler of Python can run and end it."""

from __future__ import annotations

import select
import threading

from . import constants as c
from ._library import Library, clean_dropped, flom_handle_t

# Milliseconds for which the library itself waits for an answer. A free lock is granted within them; then no poll is needed.
PATIENCE = 10


def lock(library: Library, handle: flom_handle_t) -> int:
    """flom_handle_lock, which a signal handler that raises ends: the request is withdrawn, and the exception goes on."""
    clean_dropped()
    # Python's signal handlers run in the main thread only. A handle that holds its lock is refused, and keeps it whatever comes.
    if threading.current_thread() is not threading.main_thread() or handle.state == c.FLOM_HANDLE_STATE_LOCKED:
        return int(library.flom_handle_lock(handle))
    try:
        code = int(library.flom_handle_lock_start(handle, PATIENCE))
        return code if code != c.FLOM_RC_LOCK_ENQUEUED else _finish(library, handle)
    except BaseException:
        try:
            _give_up(library, handle)
        except BaseException:
            # One more signal.
            _give_up(library, handle)
            raise
        raise


def _give_up(library: Library, handle: flom_handle_t) -> None:
    """Leaves nothing of a request, whose result nobody knows: Python raises between the return of a call and the assignment."""
    try:
        # A negative code: it was refused, or granted, or never made.
        if library.flom_handle_get_wait_fd(handle) >= 0:
            library.flom_handle_cancel(handle)
            _finish(library, handle)
    finally:
        if handle.state == c.FLOM_HANDLE_STATE_LOCKED:
            library.flom_handle_unlock_rollback(handle)


def _finish(library: Library, handle: flom_handle_t) -> int:
    poll = select.poll()
    poll.register(library.flom_handle_get_wait_fd(handle), select.POLLIN)
    while True:
        poll.poll()
        code = int(library.flom_handle_lock_finish(handle))
        if code != c.FLOM_RC_LOCK_ENQUEUED:
            return code
