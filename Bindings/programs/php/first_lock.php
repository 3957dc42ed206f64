<?php
$handle = new flom_handle_t();
$codes = [flom_handle_init($handle), flom_handle_lock($handle), flom_handle_unlock($handle), flom_handle_clean($handle)];
$other = flom_handle_new();
array_push($codes, flom_handle_lock($other), flom_handle_unlock($other));
flom_handle_delete($other);
if ($codes != array_fill(0, 6, FLOM_RC_OK)) {
    fwrite(STDERR, "codes " . implode(" ", $codes) . "\n");
    exit(1);
}
