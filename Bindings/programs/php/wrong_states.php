<?php
function check($what, $code, $expected) {
    if ($code === $expected) return;
    fwrite(STDERR, "$what: $code (" . flom_strerror($code) . "), not $expected\n");
    exit(1);
}

$unprepared = new flom_handle_t();
check("lock of a handle that is not initialised", flom_handle_lock($unprepared), FLOM_RC_API_INVALID_SEQUENCE);
check("unlock of it", flom_handle_unlock($unprepared), FLOM_RC_API_INVALID_SEQUENCE);
check("clean of it", flom_handle_clean($unprepared), FLOM_RC_API_INVALID_SEQUENCE);

$handle = new flom_handle_t();
check("init", flom_handle_init($handle), FLOM_RC_OK);
check("unlock without a lock", flom_handle_unlock($handle), FLOM_RC_API_INVALID_SEQUENCE);
check("clean without a lock", flom_handle_clean($handle), FLOM_RC_OK);

check("init again", flom_handle_init($handle), FLOM_RC_OK);
check("lock", flom_handle_lock($handle), FLOM_RC_OK);
check("second lock", flom_handle_lock($handle), FLOM_RC_API_INVALID_SEQUENCE);
check("clean of a locked handle", flom_handle_clean($handle), FLOM_RC_OK);

check("lock of nothing", flom_handle_lock(null), FLOM_RC_NULL_OBJECT);
check("unlock of nothing", flom_handle_unlock(null), FLOM_RC_NULL_OBJECT);
flom_handle_delete(null);
$new = flom_handle_new();
check("unlock of a new handle", flom_handle_unlock($new), FLOM_RC_API_INVALID_SEQUENCE);
check("lock of a new handle", flom_handle_lock($new), FLOM_RC_OK);
flom_handle_delete($new);
