import sys

from flom import *

handle = flom_handle_t()
codes = [flom_handle_init(handle), flom_handle_lock(handle), flom_handle_unlock(handle), flom_handle_clean(handle)]
handle = flom_handle_new()
codes += [flom_handle_lock(handle), flom_handle_unlock(handle)]
flom_handle_delete(handle)
if codes != [FLOM_RC_OK] * 6:
    sys.exit(f"codes {codes}")
