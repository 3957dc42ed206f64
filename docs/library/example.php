<?php // Prints a line while it holds the lock on a resource.
$handle = new flom_handle_t();
flom_handle_init($handle);
flom_handle_set_resource_name($handle, $argv[1]);
flom_handle_set_resource_timeout($handle, 5000);
flom_handle_set_start_daemon($handle, 1);
if (flom_handle_lock($handle) != FLOM_RC_OK) {
    fwrite(STDERR, flom_handle_get_error($handle) . "\n");
    exit(1);
}
print "$argv[1] is locked, token " . flom_handle_get_fencing_token($handle) . "\n";
flom_handle_unlock($handle);
flom_handle_clean($handle);
