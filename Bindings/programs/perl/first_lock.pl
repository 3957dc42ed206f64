use strict;
use warnings;
use Flom;

my $handle = Flom::flom_handle_t->new();
my @codes = (Flom::handle_init($handle), Flom::handle_lock($handle), Flom::handle_unlock($handle), Flom::handle_clean($handle));
my $other = Flom::handle_new();
push @codes, Flom::handle_lock($other), Flom::handle_unlock($other);
Flom::handle_delete($other);
die "codes @codes\n" if grep { $_ != Flom::RC_OK } @codes;
