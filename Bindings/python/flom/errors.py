"""One exception for each kind of failure. All of them are FlomError."""

from __future__ import annotations

from typing import Dict, Type

from . import constants as c


class FlomError(Exception):
    """A failure that the library reports.

    `code` is the library's number, one of the FLOM_RC_ constants; the text is the library's sentence.
    """

    code: int

    def __init__(self, code: int, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code

    def __reduce__(self) -> tuple[Type[FlomError], tuple[int, str]]:
        return type(self), (self.code, str(self))


class LibraryMissing(FlomError, ImportError):
    """libflom cannot be loaded, or is older than this module."""


class Busy(FlomError):
    """The lock is held, or its resource does not exist, and the timeout of 0 does not wait."""


class Timeout(FlomError, TimeoutError):
    """The lock was not granted in time."""


class Impossible(FlomError):
    """The request can never be granted: more than a pool has, or a deadlock."""


class Refused(FlomError):
    """The daemon refuses the request, for example by its access rules."""


class Unreachable(FlomError, ConnectionError):
    """No daemon can be reached, or none could be started, or it has gone and none has come back."""


class TLSError(Unreachable):
    """The TLS handshake fails, or the daemon is not the one that its certificate should show."""


class LockLost(FlomError):
    """The lock was lost while it was held."""


class Canceled(FlomError):
    """The request was withdrawn by `cancel`."""


class InvalidName(FlomError, ValueError):
    """The name is no name of a resource."""


class InvalidValue(FlomError, ValueError):
    """A property has a value out of its range."""


class InvalidState(FlomError, RuntimeError):
    """The call is not possible now: a lock is acquired twice, or released while it is not held."""


class HandleInUse(InvalidState):
    """Another thread is in a call with this lock."""


class HandleOfParent(InvalidState):
    """The lock belongs to the process from which this one was forked."""


class InvalidConfiguration(FlomError):
    """A configuration file cannot be used."""


KINDS: Dict[int, Type[FlomError]] = {
    c.FLOM_RC_CANCELED: Canceled,
    c.FLOM_RC_API_IMMUTABLE_HANDLE: InvalidState,
    c.FLOM_RC_NETWORK_TIMEOUT: Timeout,
    c.FLOM_RC_CONNECTION_CLOSED: Unreachable,
    c.FLOM_RC_CONNECTION_REFUSED: Unreachable,
    c.FLOM_RC_LOCK_IMPOSSIBLE: Impossible,
    c.FLOM_RC_LOCK_CANT_WAIT: Busy,
    c.FLOM_RC_LOCK_BUSY: Busy,
    c.FLOM_RC_LOCK_CANT_LOCK: Refused,
    c.FLOM_RC_DAEMON_NOT_STARTED: Unreachable,
    c.FLOM_RC_NULL_OBJECT: InvalidState,
    c.FLOM_RC_INVALID_OPTION: InvalidConfiguration,
    c.FLOM_RC_OBJ_CORRUPTED: InvalidState,
    c.FLOM_RC_OUT_OF_RANGE: InvalidValue,
    c.FLOM_RC_BUFFER_OVERFLOW: InvalidValue,
    c.FLOM_RC_INVALID_PROPERTY_VALUE: InvalidValue,
    c.FLOM_RC_CONTAINER_FULL: InvalidValue,
    c.FLOM_RC_INVALID_RESOURCE_NAME: InvalidName,
    c.FLOM_RC_API_INVALID_SEQUENCE: InvalidState,
    c.FLOM_RC_INVALID_AI_FAMILY_ERROR: InvalidValue,
    c.FLOM_RC_INVALID_IP_ADDRESS: InvalidValue,
    c.FLOM_RC_INVALID_IPV6_NETWORK_INTERFACE: InvalidValue,
    c.FLOM_RC_NO_CERTIFICATE: TLSError,
    c.FLOM_RC_UNIQUE_ID_DOES_NOT_MATCH: TLSError,
    c.FLOM_RC_NO_TLS_CONNECTION: TLSError,
    c.FLOM_RC_CONNECTION_CLOSED_BY_SERVER: Unreachable,
    c.FLOM_RC_LOCK_LOST: LockLost,
    c.FLOM_RC_HANDLE_IN_USE: HandleInUse,
    c.FLOM_RC_HANDLE_OF_PARENT: HandleOfParent,
    c.FLOM_RC_CONNECT_ERROR: Unreachable,
    c.FLOM_RC_GETADDRINFO_ERROR: Unreachable,
    c.FLOM_RC_RECV_ERROR: Unreachable,
    c.FLOM_RC_SEND_ERROR: Unreachable,
    c.FLOM_RC_REALPATH_ERROR: InvalidValue,
}


def kind_of(code: int) -> Type[FlomError]:
    """The exception for a code: FlomError itself for one that has no kind of its own."""
    if c.FLOM_RC_TLS_NO_VALID_METHOD <= code <= c.FLOM_RC_SSL_CTX_CHECK_PRIVATE_KEY_ERROR:
        return TLSError
    return KINDS.get(code, FlomError)
