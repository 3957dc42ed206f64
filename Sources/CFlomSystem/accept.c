// accept4 for SwiftNIO, with the older call where a sandbox forbids accept4 or the kernel does not know it. Linked into the program, this
// function replaces the library's. Without it a daemon would listen, but never answer a client.
#define _GNU_SOURCE
#include "CFlomSystem.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

int accept4(int listener, struct sockaddr *address, socklen_t *length, int flags) {
    int accepted = (int)syscall(SYS_accept4, listener, address, length, flags);
    if (accepted >= 0 || (errno != ENOSYS && errno != EPERM)) return accepted;
    accepted = accept(listener, address, length);
    if (accepted < 0) return accepted;
    // The two calls need not be atomic: a process that is started here closes the descriptors that it does not need.
    if (flags & SOCK_CLOEXEC) fcntl(accepted, F_SETFD, FD_CLOEXEC);
    if (flags & SOCK_NONBLOCK) fcntl(accepted, F_SETFL, fcntl(accepted, F_GETFL) | O_NONBLOCK);
    return accepted;
}

int flom_accept_failure(void) {
    // There is no such socket, so a permitted call fails with EBADF.
    return accept4(-1, NULL, NULL, 0) < 0 && errno != EBADF ? errno : 0;
}
