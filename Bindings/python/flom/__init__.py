"""Locks of the lock manager flom.

    import flom

    with flom.lock("db", timeout=5) as lock:
        print(lock.fencing_token)

flom.aio has the same for asyncio. `from flom import *` gives the functions and constants of flom.h, as the module of FLoM 1.7.2 does.
"""

from __future__ import annotations

# `as` with the same name exports a name that is not in __all__.
from . import aio as aio
from . import constants, flat
from ._library import flom_handle_t
from .constants import *
from .errors import Busy as Busy
from .errors import Canceled as Canceled
from .errors import FlomError as FlomError
from .errors import HandleInUse as HandleInUse
from .errors import HandleOfParent as HandleOfParent
from .errors import Impossible as Impossible
from .errors import InvalidConfiguration as InvalidConfiguration
from .errors import InvalidName as InvalidName
from .errors import InvalidState as InvalidState
from .errors import InvalidValue as InvalidValue
from .errors import LibraryMissing as LibraryMissing
from .errors import LockLost as LockLost
from .errors import Refused as Refused
from .errors import Timeout as Timeout
from .errors import TLSError as TLSError
from .errors import Unreachable as Unreachable
from .flat import *
from .locks import Lock as Lock
from .locks import lock as lock
from .terms import TLS as TLS
from .terms import Mode as Mode
from .terms import Resource as Resource

# What a program for 1.7.2 may use, and no name that it could have itself.
__all__ = ["flom_handle_t", "TRUE", "FALSE"]
__all__ += [name for name in dir(flat) if name.startswith("flom_") and name not in __all__]
__all__ += [name for name in dir(constants) if name.startswith("FLOM_")]
