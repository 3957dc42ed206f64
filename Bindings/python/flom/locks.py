"""A lock that blocks its thread while it waits."""

from __future__ import annotations

import weakref
from types import TracebackType
from typing import Callable, Optional, Type

from . import _waiting
from . import constants as c
from ._library import LostCallback, clean_dropped, failure
from .terms import Terms, invalid


class Lock(Terms):
    """A lock for one thread at a time, with `with`, or with `acquire` and `release`. `flom.terms.Terms` explains what it takes.

    Other threads run while it waits. A signal handler that raises, Ctrl-C for one, withdraws the request. A lock that is dropped while it
    is held is released, with rollback. After os.fork it is the parent's: in the child every call raises HandleOfParent, and releases nothing.
    """

    def acquire(self) -> Lock:
        """Asks for the lock and waits for it; returns itself. Raises what flom.errors names: Busy, Timeout, Unreachable …"""
        was_held = self.held
        try:
            code = _waiting.lock(self._library, self._handle)
            if code == c.FLOM_RC_OK:
                return self
        except BaseException:
            # A signal handler has raised between the grant and here.
            if self.held and not was_held:
                self._unlock(rollback=True)
            raise
        raise failure(code, self._handle)

    def release(self, *, rollback: bool = False) -> None:
        """Releases the lock. With rollback a transactional sequence hands its number out again. Raises LockLost if it was lost before."""
        code = self._unlock(rollback)
        if code not in (c.FLOM_RC_OK, c.FLOM_RC_RESOURCE_IS_NOT_TRANSACTIONAL):
            raise failure(code, self._handle)

    def __enter__(self) -> Lock:
        return self.acquire()

    def __exit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException], traceback: Optional[TracebackType]
    ) -> None:
        """Releases the lock: with rollback if the body has failed, whose exception then goes on, whatever becomes of the lock."""
        if kind is None:
            self.release()
        else:
            self._unlock(rollback=True)

    def _unlock(self, rollback: bool) -> int:
        clean_dropped()
        library = self._library
        return int((library.flom_handle_unlock_rollback if rollback else library.flom_handle_unlock)(self._handle))

    def _prepare_for_loss(self) -> None:
        if self._on_lost is None:
            return
        if not callable(self._on_lost):
            raise invalid(f"on_lost: {self._on_lost!r} is no function; only flom.aio.lock takes 'cancel'")
        tell: Callable[[], None] = self._on_lost

        def lost(handle: object, code: int, context: object) -> None:
            # Over a network the library may say later that the lock is held after all.
            if code == c.FLOM_RC_LOCK_LOST:
                tell()

        self._handle._callback = LostCallback(lost)
        self._check(self._library.flom_handle_set_lost_callback(self._handle, self._handle._callback, None))
        # When the interpreter ends it must not be called any more.
        weakref.finalize(self, self._library.flom_handle_set_lost_callback, self._handle, LostCallback(0), None)


lock = Lock
