<?php
function check($code, $expected) {
    if ($code === $expected) return;
    fwrite(STDERR, "$code (" . flom_strerror($code) . "), not $expected\n");
    exit(1);
}

function lock_and_show($handle) {
    check(flom_handle_lock($handle), FLOM_RC_OK);
    print "locked element is " . flom_handle_get_locked_element($handle) . "\n";
}

function made($name) {
    $handle = new flom_handle_t();
    check(flom_handle_init($handle), FLOM_RC_OK);
    check(flom_handle_set_resource_name($handle, $name), FLOM_RC_OK);
    check(flom_handle_set_resource_idle_lifespan($handle, 60000), FLOM_RC_OK);
    return $handle;
}

$plain = made("_s_nontransactional[1]");
$transactional = made("_S_nontransactional[1]");
lock_and_show($plain);
check(flom_handle_unlock_rollback($plain), FLOM_RC_RESOURCE_IS_NOT_TRANSACTIONAL);
lock_and_show($plain);
lock_and_show($transactional);
check(flom_handle_unlock_rollback($transactional), FLOM_RC_OK);
lock_and_show($transactional);
check(flom_handle_unlock($transactional), FLOM_RC_OK);
lock_and_show($transactional);
exit(0);
