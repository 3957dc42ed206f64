use strict;
use warnings;
use Flom;

$| = 1;

sub check {
    my ($code, $expected) = @_;
    die "$code (" . Flom::strerror($code) . "), not $expected\n" unless $code == $expected;
}

sub lock_and_show {
    my ($handle) = @_;
    check(Flom::handle_lock($handle), Flom::RC_OK);
    print "locked element is ", Flom::handle_get_locked_element($handle), "\n";
}

my ($plain, $transactional) = map {
    my $handle = Flom::flom_handle_t->new();
    check(Flom::handle_init($handle), Flom::RC_OK);
    check(Flom::handle_set_resource_name($handle, $_), Flom::RC_OK);
    check(Flom::handle_set_resource_idle_lifespan($handle, 60000), Flom::RC_OK);
    $handle;
} "_s_nontransactional[1]", "_S_nontransactional[1]";

lock_and_show($plain);
check(Flom::handle_unlock_rollback($plain), Flom::RC_RESOURCE_IS_NOT_TRANSACTIONAL);
lock_and_show($plain);
lock_and_show($transactional);
check(Flom::handle_unlock_rollback($transactional), Flom::RC_OK);
lock_and_show($transactional);
check(Flom::handle_unlock($transactional), Flom::RC_OK);
lock_and_show($transactional);
exit(0);
