# properties.pl SOCKET INTERFACE CERTIFICATE KEY CA TRACE
use strict;
use warnings;
use Flom;

my ($socket, $interface, $certificate, $key, $authority, $trace) = @ARGV;
my %texts = map { $_ => 1 } qw(socket_name trace_filename resource_name unicast_address multicast_address);

sub check {
    my ($what, $code) = @_;
    die "$what: $code (" . Flom::strerror($code) . ")\n" unless $code == Flom::RC_OK;
}

sub get { my ($handle, $name) = @_; return Flom->can("handle_get_$name")->($handle) }
sub set { my ($handle, $name, $value) = @_; check($name, Flom->can("handle_set_$name")->($handle, $value)) }

sub show {
    my ($handle, $name) = @_;
    my $value = get($handle, $name) // "";
    print "Flom::handle_get_$name() = ", $texts{$name} ? "'$value'" : $value, "\n";
}

sub change {
    my ($handle, $name, @values) = @_;
    show($handle, $name) unless $name eq "trace_filename";
    for my $value (@values) { set($handle, $name, $value); show($handle, $name) }
}

sub quietly {
    my ($handle, $name, $value) = @_;
    set($handle, $name, $value);
    print STDERR "$name ", get($handle, $name), "\n";
}

my $handle = Flom::flom_handle_t->new();
check("init", Flom::handle_init($handle));
change($handle, "socket_name", $socket);
change($handle, "trace_filename", $trace);
change($handle, "resource_name", "red.green.blue");
change($handle, "resource_create", 0, 1);
change($handle, "resource_timeout", -1);
change($handle, "resource_quantity", 3);
change($handle, "lock_mode", Flom::LOCK_MODE_PW);
change($handle, "resource_idle_lifespan", 10000);
change($handle, "unicast_address", "127.0.0.1");
change($handle, "multicast_address", "224.0.0.1");
change($handle, "unicast_port", 7777);
change($handle, "multicast_port", 8888);
change($handle, "discovery_attempts", 5);
change($handle, "discovery_timeout", 750);
change($handle, "discovery_ttl", 2);
change($handle, "tls_check_peer_id", 0, 1);
quietly($handle, "network_interface", $interface) if $interface;
quietly($handle, "tls_certificate", $certificate);
quietly($handle, "tls_private_key", $key);
quietly($handle, "tls_ca_certificate", $authority);
set($handle, "socket_name", $socket);
check("lock", Flom::handle_lock($handle));
print "locked element is '", Flom::handle_get_locked_element($handle), "'\n";
check("unlock", Flom::handle_unlock($handle));
check("clean", Flom::handle_clean($handle));
