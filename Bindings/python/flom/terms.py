"""What a lock is asked for with, and the handle that is made of it."""

from __future__ import annotations

import enum
import math
import os
import warnings
from dataclasses import dataclass
from typing import Callable, Literal, Optional, Sequence, Union

from . import constants as c
from ._library import failure, flom_handle_t, load, text
from .errors import InvalidValue


class Mode(enum.IntEnum):
    """What a lock shares its resource with; EX excludes all but NL."""

    NL = c.FLOM_LOCK_MODE_NL
    CR = c.FLOM_LOCK_MODE_CR
    CW = c.FLOM_LOCK_MODE_CW
    PR = c.FLOM_LOCK_MODE_PR
    PW = c.FLOM_LOCK_MODE_PW
    EX = c.FLOM_LOCK_MODE_EX


@dataclass(frozen=True)
class Resource:
    """A resource, where several are locked together and differ in mode or quantity."""

    name: str
    mode: Union[Mode, str, None] = None
    quantity: Optional[int] = None


@dataclass(frozen=True)
class TLS:
    """Three files in PEM format.

    With `check_peer_id` the daemon's certificate has to name the daemon's machine.
    """

    certificate: Union[str, "os.PathLike[str]"]
    private_key: Union[str, "os.PathLike[str]"]
    ca_certificate: Union[str, "os.PathLike[str]"]
    check_peer_id: bool = False


class Terms:
    """A lock that can be asked for, again and again. `flom.lock` and `flom.aio.lock` both take these arguments.

    What is not given is as ~/.flom and /etc/flom.conf say.

    resources      names, or Resource values; all of them are locked at one moment, or none
    mode           of each resource that has none of its own: a Mode, or its name
    quantity       the same, for numeric resources
    timeout        seconds to wait; 0 does not wait; a lock without it waits for ever
    create         whether a resource that does not exist is created
    idle_lifespan  seconds for which the resource lives on when nobody uses it
    socket         the path of the daemon's socket
    address        a host name or address, or several of which the first that answers is taken; port goes with it
    multicast      the group in which the daemon is found; multicast_port goes with it
    interface      of link-local IPv6 addresses
    tls            a TLS value
    start_daemon   whether a daemon is started if none serves the socket; by default yes, except over a network
    description    the command that `flom --status` and the history show; by default the program's command line
    on_lost        a function without arguments that is called when the lock is lost: with flom.lock on another thread, with flom.aio.lock
                   by the event loop; "cancel" with flom.aio.lock cancels the body, and the statement raises LockLost
    """

    def __init__(
        self,
        *resources: Union[str, Resource],
        mode: Union[Mode, str, None] = None,
        quantity: Optional[int] = None,
        timeout: Optional[float] = None,
        create: Optional[bool] = None,
        idle_lifespan: Optional[float] = None,
        socket: Union[str, "os.PathLike[str]", None] = None,
        address: Union[str, Sequence[str], None] = None,
        port: Optional[int] = None,
        multicast: Optional[str] = None,
        multicast_port: Optional[int] = None,
        interface: Optional[str] = None,
        tls: Optional[TLS] = None,
        start_daemon: Optional[bool] = None,
        description: Optional[str] = None,
        on_lost: Union[Callable[[], None], Literal["cancel"], None] = None,
    ) -> None:
        self._library = load()
        self._handle = flom_handle_t()
        self._check(self._library.flom_handle_init(self._handle))
        self._mode, self._quantity = mode, quantity
        self._name = self._ask_for(resources)
        if timeout is not None:
            self._set("resource_timeout", _milliseconds("timeout", timeout))
        if create is not None:
            self._set("resource_create", int(create))
        if idle_lifespan is not None:
            self._set("resource_idle_lifespan", _milliseconds("idle_lifespan", idle_lifespan))
        places = [name for name, value in [("socket", socket), ("address", address), ("multicast", multicast)] if value is not None]
        if len(places) > 1:
            raise invalid(f"a daemon is at one place: {' and '.join(places)} exclude each other")
        if socket is not None:
            self._set("socket_name", os.fspath(socket))
        if address is not None:
            self._set("unicast_address", address if isinstance(address, str) else ",".join(address))
        if port is not None:
            self._set("unicast_port", port)
        if multicast is not None:
            self._set("multicast_address", multicast)
        if multicast_port is not None:
            self._set("multicast_port", multicast_port)
        if interface is not None:
            self._set("network_interface", interface)
        if tls is not None:
            self._set("tls_certificate", os.fspath(tls.certificate))
            self._set("tls_private_key", os.fspath(tls.private_key))
            self._set("tls_ca_certificate", os.fspath(tls.ca_certificate))
            self._set("tls_check_peer_id", int(tls.check_peer_id))
        is_local = self._library.flom_handle_get_socket_name(self._handle) is not None
        self._set("start_daemon", int(is_local if start_daemon is None else start_daemon))
        if description is not None:
            self._set("description", description)
        self._on_lost = on_lost
        self._prepare_for_loss()

    # What has been granted.

    @property
    def name(self) -> str:
        """The name of the first resource."""
        return self._name

    @property
    def held(self) -> bool:
        """Whether the lock has been granted, and not been released since. It may be lost."""
        return self._handle.state == c.FLOM_HANDLE_STATE_LOCKED

    @property
    def lost(self) -> bool:
        """Whether the lock was lost while it was held: a person took it away, or its daemon was out of reach too long."""
        return bool(self._library.flom_handle_is_lost(self._handle))

    @property
    def element(self) -> Optional[str]:
        """What the lock was granted on: the member of a set, the number of a sequence, a time stamp; otherwise None."""
        return self._handle.locked_element

    @property
    def elements(self) -> tuple[Optional[str], ...]:
        """The element of each resource, in the order in which they were named."""
        get, count = self._library.flom_handle_get_locked_element_of, self._count
        return tuple(text(get(self._handle, index)) for index in range(count))

    @property
    def fencing_token(self) -> Optional[int]:
        """The fencing token of the first resource; None under a daemon of 1.7.2, and while the lock is not held."""
        return self._library.flom_handle_get_fencing_token(self._handle) or None

    @property
    def fencing_tokens(self) -> tuple[Optional[int], ...]:
        """The fencing token of each resource, in the order in which they were named."""
        get, count = self._library.flom_handle_get_fencing_token_of, self._count
        return tuple(get(self._handle, index) or None for index in range(count))

    @property
    def request_id(self) -> Optional[str]:
        """The id under which `flom --history` shows the request; None under a daemon of 1.7.2."""
        return text(self._library.flom_handle_get_request_id(self._handle))

    def fileno(self) -> int:
        """A descriptor that is readable as soon as the lock is lost, for select and poll. It is not to be read or closed."""
        descriptor = int(self._library.flom_handle_get_lost_fd(self._handle))
        if descriptor < 0:
            raise failure(descriptor, self._handle)
        return descriptor

    def cancel(self) -> None:
        """Withdraws the request for which another thread waits: its acquire raises Canceled. Without one nothing happens."""
        self._library.flom_handle_cancel(self._handle)

    def __repr__(self) -> str:
        state = "lost" if self.lost else "held" if self.held else "not held"
        return f"<flom.{type(self).__name__} {self._name!r}, {state}>"

    def __del__(self) -> None:
        if getattr(self, "_handle", None) is not None and self.held:
            warnings.warn(f"{self!r} is dropped without release", ResourceWarning, source=self)

    # The handle.

    def _prepare_for_loss(self) -> None:
        """What `on_lost` needs before a lock is asked for."""

    @property
    def _count(self) -> int:
        return int(self._library.flom_handle_count_resources(self._handle))

    def _ask_for(self, resources: Sequence[Union[str, Resource]]) -> str:
        if not resources:
            raise TypeError("lock() takes the name of a resource, or several")
        all_of_them = [one if isinstance(one, Resource) else Resource(one) for one in resources]
        for index, resource in enumerate(all_of_them):
            mode = self._mode if resource.mode is None else resource.mode
            quantity = self._quantity if resource.quantity is None else resource.quantity
            if index == 0:
                self._set("resource_name", resource.name)
                if mode is not None:
                    self._set("lock_mode", _mode(mode))
                if quantity is not None:
                    self._set("resource_quantity", quantity)
            else:
                number = c.FLOM_LOCK_MODE_EX if mode is None else _mode(mode)
                count = 1 if quantity is None else quantity
                self._check(self._library.flom_handle_add_resource(self._handle, _encoded(resource.name), number, count))
        return all_of_them[0].name

    def _set(self, name: str, value: Union[str, int]) -> None:
        if isinstance(value, int) and not -(2**31) <= value < 2**31:
            raise invalid(f"{name}: {value} does not fit into 32 bits")
        given = _encoded(value) if isinstance(value, str) else value
        self._check(getattr(self._library, f"flom_handle_set_{name}")(self._handle, given))

    def _check(self, code: int) -> None:
        if code != c.FLOM_RC_OK:
            raise failure(code, self._handle)


def _mode(mode: Union[Mode, str]) -> int:
    if isinstance(mode, int):
        return int(mode)
    try:
        return Mode[mode]
    except KeyError:
        raise invalid(f"'{mode}' is no lock mode; they are {', '.join(Mode.__members__)}") from None


def _milliseconds(name: str, seconds: float) -> int:
    try:
        is_finite = math.isfinite(seconds)
    except TypeError:
        raise TypeError(f"{name}: {seconds!r} is no number; it takes seconds, such as 5 or 0.5") from None
    if not is_finite or abs(seconds) * 1000 >= 2**31:
        raise invalid(f"{name}: {seconds} is no number of seconds that a lock can wait")
    # A short time is not none.
    return math.ceil(seconds * 1000) if seconds >= 0 else -1


def _encoded(value: str) -> bytes:
    if "\0" in value:
        raise invalid(f"{value!r} contains a NUL")
    return value.encode("utf-8", "surrogateescape")


def invalid(sentence: str) -> Exception:
    return InvalidValue(c.FLOM_RC_OUT_OF_RANGE, sentence)
