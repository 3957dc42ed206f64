"""Waiting for a lock without a thread, and so that a signal handler of Python can run and end it."""

from __future__ import annotations

import select
import threading

from . import constants as c
from ._library import Library, flom_handle_t

# Milliseconds for which the library itself waits for an answer. A free lock is granted within them; then no poll is needed.
PATIENCE = 10


def lock(library: Library, handle: flom_handle_t) -> int:
    """flom_handle_lock, which a signal handler that raises ends: the request is withdrawn, and the exception goes on."""
    if threading.current_thread() is not threading.main_thread():
        # Python's signal handlers run in the main thread only.
        return int(library.flom_handle_lock(handle))
    code = c.FLOM_RC_LOCK_ENQUEUED
    try:
        code = int(library.flom_handle_lock_start(handle, PATIENCE))
        return code if code != c.FLOM_RC_LOCK_ENQUEUED else _finish(library, handle)
    except BaseException:
        if code == c.FLOM_RC_LOCK_ENQUEUED:
            library.flom_handle_cancel(handle)
            _finish(library, handle)
        if handle.state == c.FLOM_HANDLE_STATE_LOCKED:
            library.flom_handle_unlock_rollback(handle)
        raise


def _finish(library: Library, handle: flom_handle_t) -> int:
    poll = select.poll()
    poll.register(library.flom_handle_get_wait_fd(handle), select.POLLIN)
    while True:
        poll.poll()
        code = int(library.flom_handle_lock_finish(handle))
        if code != c.FLOM_RC_LOCK_ENQUEUED:
            return code
