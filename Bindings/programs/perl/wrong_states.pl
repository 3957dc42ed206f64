use strict;
use warnings;
use Flom;

sub check {
    my ($what, $code, $expected) = @_;
    die "$what: $code (" . Flom::strerror($code) . "), not $expected\n" unless $code == $expected;
}

my $handle = Flom::flom_handle_t->new();
check("init", Flom::handle_init($handle), Flom::RC_OK);
check("unlock without a lock", Flom::handle_unlock($handle), Flom::RC_API_INVALID_SEQUENCE);
check("clean without a lock", Flom::handle_clean($handle), Flom::RC_OK);

check("init again", Flom::handle_init($handle), Flom::RC_OK);
check("lock", Flom::handle_lock($handle), Flom::RC_OK);
check("second lock", Flom::handle_lock($handle), Flom::RC_API_INVALID_SEQUENCE);
check("clean of a locked handle", Flom::handle_clean($handle), Flom::RC_OK);

check("lock of nothing", Flom::handle_lock(undef), Flom::RC_NULL_OBJECT);
check("unlock of nothing", Flom::handle_unlock(undef), Flom::RC_NULL_OBJECT);
Flom::handle_delete(undef);
my $new = Flom::handle_new();
check("unlock of a new handle", Flom::handle_unlock($new), Flom::RC_API_INVALID_SEQUENCE);
check("lock of a new handle", Flom::handle_lock($new), Flom::RC_OK);
Flom::handle_delete($new);
