import sys

from flom import *

WRONG = FLOM_RC_API_INVALID_SEQUENCE


def check(what, code, expected):
    if code != expected:
        sys.exit(f"{what}: {code} ({flom_strerror(code)}), not {expected}")


unprepared = flom_handle_t()
check("lock of a handle that is not initialised", flom_handle_lock(unprepared), WRONG)
check("unlock of it", flom_handle_unlock(unprepared), WRONG)
check("clean of it", flom_handle_clean(unprepared), WRONG)

handle = flom_handle_t()
check("init", flom_handle_init(handle), FLOM_RC_OK)
check("unlock without a lock", flom_handle_unlock(handle), WRONG)
check("clean without a lock", flom_handle_clean(handle), FLOM_RC_OK)

check("init again", flom_handle_init(handle), FLOM_RC_OK)
check("lock", flom_handle_lock(handle), FLOM_RC_OK)
check("second lock", flom_handle_lock(handle), WRONG)
check("clean of a locked handle", flom_handle_clean(handle), FLOM_RC_OK)

check("lock of nothing", flom_handle_lock(None), FLOM_RC_NULL_OBJECT)
check("unlock of nothing", flom_handle_unlock(None), FLOM_RC_NULL_OBJECT)
flom_handle_delete(None)
handle = flom_handle_new()
check("unlock of a new handle", flom_handle_unlock(handle), WRONG)
check("lock of a new handle", flom_handle_lock(handle), FLOM_RC_OK)
flom_handle_delete(handle)
