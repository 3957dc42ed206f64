# Prints a line while it holds the lock on a resource.
use strict;
use warnings;
use Flom;

my $handle = Flom::flom_handle_t->new();
Flom::handle_init($handle);
Flom::handle_set_resource_name($handle, $ARGV[0]);
Flom::handle_set_resource_timeout($handle, 5000);
Flom::handle_set_start_daemon($handle, 1);
Flom::handle_lock($handle) == Flom::RC_OK or die Flom::handle_get_error($handle) . "\n";
print "$ARGV[0] is locked, token ", Flom::handle_get_fencing_token($handle), "\n";
Flom::handle_unlock($handle);
Flom::handle_clean($handle);
