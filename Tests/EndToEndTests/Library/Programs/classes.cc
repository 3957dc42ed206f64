// SOCKET: moves, guards and exceptions. Somebody holds "taken".
#include <iostream>
#include <utility>

#include "flom.hh"

static int line;
#define WANT(condition) \
    do { \
        line = __LINE__; \
        if (!(condition)) throw line; \
    } while (0)

using namespace flom;

static bool is_free(const char *resource) {
    return system((string("$FLOM -s $SOCKET -o 0 -r '") + resource + "' -- true 2> /dev/null").c_str()) == 0;
}

static FlomHandle made(const char *socket, const char *resource) {
    FlomHandle handle;
    handle.setSocketName(socket);
    handle.setResourceName(resource);
    handle.setResourceTimeout(0);
    return handle;
}

static void run(const char *socket) {
    FlomHandle handle = made(socket, "red.green");
    WANT(handle.addResource("db") == FLOM_RC_OK && handle.addResource(string("R1"), FLOM_LOCK_MODE_PR) == FLOM_RC_OK);
    WANT(handle.countResources() == 3);
    {
        FlomLock lock(handle);
        WANT(!is_free("db") && handle.getLockedElement() == "red" && handle.getLockedElementOf(1).empty());
        WANT(handle.getFencingToken() > 0 && handle.getFencingTokenOf(2) > 0 && !handle.getRequestId().empty());
        WANT(!handle.isLost() && handle.getLostFd() >= 0);
        FlomLock moved(std::move(lock));
        WANT(lock.unlock() == FLOM_RC_OK && !is_free("db"));
    }
    WANT(is_free("db"));
    WANT(handle.clearResources() == FLOM_RC_OK && handle.countResources() == 1);

    // The lock goes where the handle goes.
    WANT(handle.lock() == FLOM_RC_OK);
    FlomHandle other(std::move(handle));
    WANT(handle.get() == NULL && handle.lock() == FLOM_RC_NULL_OBJECT && handle.getResourceName().empty());
    WANT(other.getLockedElement() == "green");
    handle = std::move(other);
    WANT(handle.unlock() == FLOM_RC_OK);

    // A guard that gets no lock says why, and the handle can be used again.
    FlomHandle busy = made(socket, "taken");
    try {
        FlomLock lock(busy);
        WANT(false);
    } catch (const FlomException &failure) {
        WANT(failure.getReturnCode() == FLOM_RC_LOCK_BUSY && string(failure.what()).find("'taken'") != string::npos);
        WANT(failure.getReturnCodeText() == flom_strerror(FLOM_RC_LOCK_BUSY));
    }
    WANT(busy.get()->state == FLOM_HANDLE_STATE_DISCONNECTED && busy.setResourceName("R2") == FLOM_RC_OK);
    {
        FlomLock lock(busy);
        WANT(lock.unlock() == FLOM_RC_OK && is_free("R2"));
    }

    // An exception rolls back, the end of a block commits.
    FlomHandle sequence = made(socket, "_S_n[1]");
    sequence.setResourceIdleLifespan(60000);
    try {
        FlomLock lock(sequence);
        WANT(sequence.getLockedElement() == "1");
        throw string("changed its mind");
    } catch (const string &) {}
    {
        FlomLock lock(sequence);
        WANT(sequence.getLockedElement() == "1");
    }
    FlomLock lock(sequence);
    WANT(sequence.getLockedElement() == "2" && lock.rollback() == FLOM_RC_OK);
    WANT(sequence.cancel() == FLOM_RC_API_INVALID_SEQUENCE);
}

int main(int count, char **words) {
    if (count < 2) return 2;
    try {
        run(words[1]);
    } catch (int wrong) {
        cerr << "line " << wrong << " is not true" << endl;
        return 1;
    }
    cout << "all well" << endl;
    return 0;
}
