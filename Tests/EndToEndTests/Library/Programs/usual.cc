// SOCKET: what a C++ program does that was written for FLoM 1.7.2.
#include <iostream>

#include "flom.hh"

using namespace flom;

static int wrong(const char *what, int code) {
    cerr << what << ": " << code << endl;
    return 1;
}

int main(int count, char **words) {
    if (count < 2) return 2;
    try {
        FlomHandle handle;
        int code;
        handle.setSocketName(words[1]);
        if ((code = handle.lock()) != FLOM_RC_OK) return wrong("lock", code);
        if ((code = handle.unlock()) != FLOM_RC_OK) return wrong("unlock", code);
        if ((code = handle.unlock()) != FLOM_RC_API_INVALID_SEQUENCE) return wrong("second unlock", code);
        FlomHandle *other = new FlomHandle();
        other->setSocketName(string(words[1]));
        if ((code = other->lock()) != FLOM_RC_OK) return wrong("lock of the other", code);
        // The lock goes with it.
        delete other;
        if ((code = handle.lock()) != FLOM_RC_OK) return wrong("lock again", code);
    } catch (FlomException &failure) {
        return wrong(failure.getReturnCodeText().c_str(), failure.getReturnCode());
    }
    return 0;
}
