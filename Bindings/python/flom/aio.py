"""Locks for asyncio.

    async with flom.aio.lock("db", timeout=5) as lock:
        print(lock.fencing_token)

A lock that waits has no thread: the event loop watches a descriptor of the library's. What may block for a moment (finding and reaching
the daemon, the handshake of TLS, a release) runs on at most four threads for all locks of the process.
"""

from __future__ import annotations

import asyncio
import os
import weakref
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from types import TracebackType
from typing import Any, Callable, List, Optional, Set, Tuple, Type

from . import constants as c
from ._library import failure, flom_handle_t
from .errors import LockLost
from .terms import Terms, invalid

_THREADS = 4
_pool: Optional[Tuple[int, ThreadPoolExecutor]] = None
# What goes on after its task has been cancelled: the loop itself keeps no strong reference to a task.
_cleanups: Set["asyncio.Task[None]"] = set()


def _threads() -> ThreadPoolExecutor:
    """The threads of this process: those of the parent are not there after a fork."""
    global _pool
    if _pool is None or _pool[0] != os.getpid():
        _pool = (os.getpid(), ThreadPoolExecutor(_THREADS, thread_name_prefix="flom"))
    return _pool[1]


def _on_thread(function: Callable[..., int], handle: flom_handle_t, *arguments: int) -> "asyncio.Future[int]":
    """Begins a call that may block. It is no task: the end of the event loop does not cancel it."""
    return asyncio.get_running_loop().run_in_executor(_threads(), function, handle, *arguments)


async def _readable(descriptor: int) -> None:
    loop = asyncio.get_running_loop()
    ready = loop.create_future()

    def tell() -> None:
        if not ready.done():
            ready.set_result(None)

    loop.add_reader(descriptor, tell)
    try:
        await ready
    finally:
        loop.remove_reader(descriptor)


class Lock(Terms):
    """A lock for one task at a time, with `async with`, or with `acquire` and `release`. `flom.terms.Terms` explains what it takes.

    Cancellation of a task that waits withdraws its request before the CancelledError goes on.
    """

    def _prepare_for_loss(self) -> None:
        if self._on_lost is not None and self._on_lost != "cancel" and not callable(self._on_lost):
            raise invalid(f"on_lost: {self._on_lost!r} is neither a function nor 'cancel'")
        # What ends the watch, also when the lock is dropped.
        self._watched: Optional[Callable[[], Any]] = None
        self._watchers: List["asyncio.Future[bool]"] = []
        self._task: Optional["asyncio.Task[Any]"] = None
        self._has_cancelled = False

    async def acquire(self) -> Lock:
        """Asks for the lock and waits for it; returns itself. Raises what flom.errors names: Busy, Timeout, Unreachable …"""
        library, handle = self._library, self._handle
        starting = _on_thread(library.flom_handle_lock_start, handle, 0)
        try:
            code = await asyncio.shield(starting)
            while code == c.FLOM_RC_LOCK_ENQUEUED:
                await _readable(library.flom_handle_get_wait_fd(handle))
                code = int(library.flom_handle_lock_finish(handle))
        except asyncio.CancelledError:
            await _finished(self._withdraw(starting))
            raise
        if code != c.FLOM_RC_OK:
            raise failure(code, self._handle)
        if self._on_lost is not None:
            self._watch()
        return self

    async def release(self, *, rollback: bool = False) -> None:
        """Releases the lock. With rollback a transactional sequence hands its number out again. Raises LockLost if it was lost before."""
        code = await self._unlock(rollback)
        if code not in (c.FLOM_RC_OK, c.FLOM_RC_RESOURCE_IS_NOT_TRANSACTIONAL):
            raise failure(code, self._handle)

    async def wait_lost(self) -> bool:
        """Returns True as soon as the lock is lost, False when it is released, and at once if it is not held."""
        if not self.held or self.lost:
            return self.lost
        self._watch()
        watcher = asyncio.get_running_loop().create_future()
        self._watchers.append(watcher)
        return bool(await watcher)

    async def __aenter__(self) -> Lock:
        self._task, self._has_cancelled = asyncio.current_task(), False
        try:
            return await self.acquire()
        except BaseException:
            self._task = None
            raise

    async def __aexit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException], traceback: Optional[TracebackType]
    ) -> None:
        """Releases the lock: with rollback if the body has failed, whose exception then goes on, whatever becomes of the lock."""
        task, self._task = self._task, None
        if kind is None:
            await self.release()
            return
        await self._unlock(rollback=True)
        if self._has_cancelled and issubclass(kind, asyncio.CancelledError) and _is_only_cancellation(task):
            raise LockLost(c.FLOM_RC_LOCK_LOST, f"the lock on '{self.name}' is lost") from error

    # The wait.

    async def _withdraw(self, starting: "asyncio.Future[int]") -> None:
        """Leaves nothing of a request. The end of the event loop cancels this as well, and waits until it has ended all the same."""
        library, handle = self._library, self._handle
        while not starting.done():
            library.flom_handle_cancel(handle)
            with suppress(asyncio.CancelledError):
                await asyncio.wait([starting], timeout=0.05)
        code = starting.result()
        if code == c.FLOM_RC_LOCK_ENQUEUED:
            library.flom_handle_cancel(handle)
            code = int(library.flom_handle_lock_finish(handle))
        while code == c.FLOM_RC_LOCK_ENQUEUED:
            with suppress(asyncio.CancelledError):
                await _readable(library.flom_handle_get_wait_fd(handle))
            code = int(library.flom_handle_lock_finish(handle))
        if code == c.FLOM_RC_OK:
            unlocking = _on_thread(library.flom_handle_unlock_rollback, handle)
            while not unlocking.done():
                with suppress(asyncio.CancelledError):
                    await asyncio.wait([unlocking])

    async def _unlock(self, rollback: bool) -> int:
        self._unwatch(is_lost=False)
        library = self._library
        unlock = library.flom_handle_unlock_rollback if rollback else library.flom_handle_unlock
        return await asyncio.shield(_on_thread(unlock, self._handle))

    # The loss.

    def _watch(self) -> None:
        if self._watched is None:
            loop, descriptor = asyncio.get_running_loop(), self.fileno()
            # The loop must not keep a lock that everybody else has forgotten.
            loop.add_reader(descriptor, _tell, weakref.WeakMethod(self._loses))
            watched = weakref.finalize(self, _forget, loop, descriptor, self._handle)
            watched.atexit = False
            self._watched = watched

    def _unwatch(self, is_lost: bool) -> None:
        if self._watched is None:
            return
        self._watched()
        self._watched = None
        watchers, self._watchers = self._watchers, []
        for watcher in watchers:
            if not watcher.done():
                watcher.set_result(is_lost)

    def _loses(self) -> None:
        self._unwatch(is_lost=True)
        if callable(self._on_lost):
            self._on_lost()
        elif self._task is not None:
            self._has_cancelled = True
            self._task.cancel()


def _is_only_cancellation(task: Optional["asyncio.Task[Any]"]) -> bool:
    """Whether nobody but a lock has cancelled the task. Before Python 3.11 a task does not count."""
    uncancel = getattr(task, "uncancel", None)
    return uncancel is None or uncancel() == 0


def _tell(loses: "weakref.WeakMethod[Callable[[], None]]") -> None:
    method = loses()
    if method is not None:
        method()


def _forget(loop: asyncio.AbstractEventLoop, descriptor: int, handle: flom_handle_t) -> None:
    """Ends a watch, on whatever thread. The descriptor is the handle's, and must not be closed before."""
    if loop.is_closed():
        return
    try:
        is_here = asyncio.get_running_loop() is loop
    except RuntimeError:
        is_here = False
    if is_here:
        loop.remove_reader(descriptor)
    else:
        loop.call_soon_threadsafe(_forget, loop, descriptor, handle)


async def _finished(cleanup: Any) -> None:
    """Waits for a clean-up, which goes on also if this task is cancelled once more."""
    task: "asyncio.Task[None]" = asyncio.ensure_future(cleanup)
    _cleanups.add(task)
    task.add_done_callback(_cleanups.discard)
    await asyncio.shield(task)


lock = Lock
