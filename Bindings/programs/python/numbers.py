import os
import sys

from flom import *


def check(code, expected):
    if code != expected:
        sys.exit(f"{code} ({flom_strerror(code)}), not {expected}")


def lock(handle):
    check(flom_handle_lock(handle), FLOM_RC_OK)
    print("locked element is", flom_handle_get_locked_element(handle), flush=True)


plain, transactional = flom_handle_t(), flom_handle_t()
for handle, name in [(plain, "_s_nontransactional[1]"), (transactional, "_S_nontransactional[1]")]:
    check(flom_handle_init(handle), FLOM_RC_OK)
    check(flom_handle_set_resource_name(handle, name), FLOM_RC_OK)
    check(flom_handle_set_resource_idle_lifespan(handle, 60000), FLOM_RC_OK)

lock(plain)
check(flom_handle_unlock_rollback(plain), FLOM_RC_RESOURCE_IS_NOT_TRANSACTIONAL)
lock(plain)
lock(transactional)
check(flom_handle_unlock_rollback(transactional), FLOM_RC_OK)
lock(transactional)
check(flom_handle_unlock(transactional), FLOM_RC_OK)
lock(transactional)
os.abort()
