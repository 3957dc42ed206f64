<?php // properties.php SOCKET INTERFACE CERTIFICATE KEY CA TRACE
[, $socket, $interface, $certificate, $key, $authority, $trace] = $argv;
$texts = ["socket_name", "trace_filename", "resource_name", "unicast_address", "multicast_address"];

function check($what, $code) {
    if ($code === FLOM_RC_OK) return;
    fwrite(STDERR, "$what: $code (" . flom_strerror($code) . ")\n");
    exit(1);
}

function set($name, $value) {
    global $handle;
    check($name, ("flom_handle_set_$name")($handle, $value));
}

function show($name) {
    global $handle, $texts;
    $value = ("flom_handle_get_$name")($handle);
    print "flom_handle_get_$name() = " . (in_array($name, $texts) ? "'$value'" : $value) . "\n";
}

function change($name, ...$values) {
    if ($name != "trace_filename") show($name);
    foreach ($values as $value) {
        set($name, $value);
        show($name);
    }
}

function quietly($name, $value) {
    global $handle;
    set($name, $value);
    fwrite(STDERR, "$name " . ("flom_handle_get_$name")($handle) . "\n");
}

$handle = new flom_handle_t();
check("init", flom_handle_init($handle));
change("socket_name", $socket);
change("trace_filename", $trace);
change("resource_name", "red.green.blue");
change("resource_create", 0, 1);
change("resource_timeout", -1);
change("resource_quantity", 3);
change("lock_mode", FLOM_LOCK_MODE_PW);
change("resource_idle_lifespan", 10000);
change("unicast_address", "127.0.0.1");
change("multicast_address", "224.0.0.1");
change("unicast_port", 7777);
change("multicast_port", 8888);
change("discovery_attempts", 5);
change("discovery_timeout", 750);
change("discovery_ttl", 2);
change("tls_check_peer_id", 0, 1);
if ($interface) quietly("network_interface", $interface);
quietly("tls_certificate", $certificate);
quietly("tls_private_key", $key);
quietly("tls_ca_certificate", $authority);
set("socket_name", $socket);
check("lock", flom_handle_lock($handle));
print "happy_path locked element is " . flom_handle_get_locked_element($handle) . "\n";
check("unlock", flom_handle_unlock($handle));
check("clean", flom_handle_clean($handle));
