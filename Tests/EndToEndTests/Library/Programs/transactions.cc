// SOCKET: as transactions.c, with the class.
#include <cstdlib>
#include <iostream>

#include "flom.hh"

using namespace flom;

static void say(FlomHandle &handle) { cout << "locked element is " << handle.getLockedElement() << endl; }

int main(int count, char **words) {
    if (count < 2) return 1;
    FlomHandle first, second;
    first.setSocketName(words[1]);
    first.setResourceName("_s_nontransactional[1]");
    first.setResourceIdleLifespan(60000);
    if (first.lock()) return 2;
    say(first);
    if (first.unlockRollback() != FLOM_RC_RESOURCE_IS_NOT_TRANSACTIONAL) return 3;
    if (first.lock()) return 4;
    say(first);
    second.setSocketName(words[1]);
    second.setResourceName("_S_transactional[1]");
    second.setResourceIdleLifespan(60000);
    if (second.lock()) return 5;
    say(second);
    if (second.unlockRollback()) return 6;
    if (second.lock()) return 7;
    say(second);
    if (second.unlock()) return 8;
    if (second.lock()) return 9;
    say(second);
    abort();
}
