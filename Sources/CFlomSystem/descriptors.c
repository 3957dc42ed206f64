#define _GNU_SOURCE
#include "CFlomSystem.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <nss.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

int flom_signal_mask_size(void) { return sizeof(sigset_t); }

// The kernel's form of a set of signals: one bit each.
#define KERNEL_SET_SIZE ((_NSIG - 1) / 8)

int flom_signalfd(const int *signals, int count, void *previous) {
    sigset_t set;
    sigemptyset(&set);
    for (int i = 0; i < count; i++) sigaddset(&set, signals[i]);
    if (sigprocmask(SIG_BLOCK, &set, previous) != 0) return -1;
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

int flom_signalfd_of_all(void *previous) {
    sigset_t set;
    memset(&set, 0xff, sizeof set);
    // The library's function leaves out two signals that it uses for threads. A client has only one thread.
    memset(previous, 0, sizeof set);
    if (syscall(SYS_rt_sigprocmask, SIG_BLOCK, &set, previous, KERNEL_SET_SIZE) != 0) return -1;
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

int flom_read_signal(int descriptor, struct flom_signal *found) {
    struct signalfd_siginfo info;
    ssize_t count = read(descriptor, &info, sizeof info);
    if (count != sizeof info) return count < 0 && errno != EAGAIN ? -1 : 0;
    found->number = (int)info.ssi_signo;
    found->sent_by_process = info.ssi_code == SI_USER || info.ssi_code == SI_QUEUE || info.ssi_code == SI_TKILL;
    found->has_value = info.ssi_code == SI_QUEUE;
    found->sender = (pid_t)info.ssi_pid;
    found->sender_user = (uid_t)info.ssi_uid;
    found->value = info.ssi_ptr;
    return 1;
}

int flom_pass_signal(pid_t pid, const struct flom_signal *found) {
    if (!found->has_value) return kill(pid, found->number);
    siginfo_t info;
    memset(&info, 0, sizeof info);
    info.si_signo = found->number;
    info.si_code = SI_QUEUE;
    info.si_pid = found->sender;
    info.si_uid = found->sender_user;
    info.si_value.sival_ptr = (void *)(uintptr_t)found->value;
    return (int)syscall(SYS_rt_sigqueueinfo, pid, found->number, &info);
}

int flom_peer_credentials(int socket, struct flom_peer *peer) {
    struct ucred credentials;
    socklen_t size = sizeof credentials;
    if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) return -1;
    peer->pid = credentials.pid;
    peer->uid = credentials.uid;
    peer->gid = credentials.gid;
    return 0;
}

ssize_t flom_send_descriptor(int socket, const void *bytes, size_t count, int descriptor) {
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } control;
    memset(&control, 0, sizeof control);
    struct iovec part = {.iov_base = (void *)bytes, .iov_len = count};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.space, .msg_controllen = sizeof control.space};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
    return sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

ssize_t flom_receive_descriptor(int socket, void *bytes, size_t capacity, int *descriptor) {
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } control;
    struct iovec part = {.iov_base = bytes, .iov_len = capacity};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.space, .msg_controllen = sizeof control.space};
    *descriptor = -1;
    ssize_t count = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    if (count < 0) return count;
    for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header != NULL; header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS) {
            memcpy(descriptor, CMSG_DATA(header), sizeof *descriptor);
        }
    }
    return count;
}

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

uint64_t flom_network_namespace(void) {
    uint64_t cookie = 0;
    socklen_t size = sizeof cookie;
    int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (probe < 0 || getsockopt(probe, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &size) != 0) cookie = 0;
    if (probe >= 0) close(probe);
    return cookie;
}

int flom_address_news(void) {
    int found = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
    if (found < 0) return -1;
    struct sockaddr_nl address = {
        .nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR};
    if (bind(found, (struct sockaddr *)&address, sizeof address) == 0) return found;
    int reason = errno;
    close(found);
    errno = reason;
    return -1;
}

int flom_pipe_close_on_exec(int ends[2]) { return pipe2(ends, O_CLOEXEC); }

#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2)
#endif

static void treat(int descriptor, int only_on_exec) {
    if (only_on_exec) {
        fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    } else {
        close(descriptor);
    }
}

// Used where /proc does not tell: no descriptor is higher, unless the kernel's own limit (fs.nr_open) was raised.
#define HIGHEST_DESCRIPTOR (1 << 20)

// Also called in a child between fork and exec: nothing here allocates or locks.
static void treat_from(int first, int only_on_exec) {
    if (close_range((unsigned)first, ~0U, only_on_exec ? CLOSE_RANGE_CLOEXEC : 0) == 0) return;
    // Older kernels do not know the call or the flag (before 5.9 and 5.11), and some sandboxes forbid it.
    int directory = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0) {
        // Not only up to the present limit: it may have been lowered since.
        for (int descriptor = first; descriptor < HIGHEST_DESCRIPTOR; descriptor++) treat(descriptor, only_on_exec);
        return;
    }
    struct {
        uint64_t inode;
        int64_t offset;
        unsigned short length;
        unsigned char type;
        char name[];
    } *entry;
    char entries[2048] __attribute__((aligned(8)));
    long count;
    while ((count = syscall(SYS_getdents64, directory, entries, sizeof entries)) > 0) {
        for (long place = 0; place < count; place += entry->length) {
            entry = (void *)(entries + place);
            int descriptor = 0;
            for (const char *digit = entry->name; *digit >= '0' && *digit <= '9'; digit++) {
                descriptor = descriptor * 10 + (*digit - '0');
            }
            if (entry->name[0] != '.' && descriptor >= first && descriptor != directory) treat(descriptor, only_on_exec);
        }
    }
    close(directory);
}

void flom_close_from(int first) { treat_from(first, 0); }
void flom_close_on_exec_from(int first) { treat_from(first, 1); }

int flom_has_close_range(void) { return close_range(~0U, ~0U, CLOSE_RANGE_CLOEXEC) == 0; }

int flom_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

int flom_epoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }

int flom_epoll_add(int epoll, int descriptor, uint64_t tag) {
    struct epoll_event event = {.events = EPOLLIN | EPOLLONESHOT, .data.u64 = tag};
    return epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event);
}

int flom_epoll_again(int epoll, int descriptor, uint64_t tag) {
    struct epoll_event event = {.events = EPOLLIN | EPOLLONESHOT, .data.u64 = tag};
    return epoll_ctl(epoll, EPOLL_CTL_MOD, descriptor, &event);
}

int flom_epoll_remove(int epoll, int descriptor) { return epoll_ctl(epoll, EPOLL_CTL_DEL, descriptor, NULL); }

int flom_epoll_wait(int epoll, uint64_t *tags, int capacity, int timeout_milliseconds) {
    struct epoll_event events[64];
    if (capacity > 64) capacity = 64;
    int count = epoll_wait(epoll, events, capacity, timeout_milliseconds);
    for (int i = 0; i < count; i++) tags[i] = events[i].data.u64;
    return count;
}

long flom_filesystem_type(const char *path) {
    struct statfs information;
    return statfs(path, &information) == 0 ? (long)information.f_type : -1;
}

int64_t flom_free_space(const char *path) {
    struct statfs information;
    if (statfs(path, &information) != 0) return -1;
    return (int64_t)information.f_bavail * (int64_t)information.f_bsize;
}

int flom_terminal_columns(int descriptor) {
    struct winsize size;
    return ioctl(descriptor, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

int flom_terminal_rows(int descriptor) {
    struct winsize size;
    return ioctl(descriptor, TIOCGWINSZ, &size) == 0 ? size.ws_row : 0;
}

void flom_use_builtin_name_services(void) {
    // A dynamic executable has an interpreter, which was loaded at this address.
    if (getauxval(AT_BASE) != 0) return;
    __nss_configure_lookup("passwd", "files");
    __nss_configure_lookup("group", "files");
    __nss_configure_lookup("services", "files");
    __nss_configure_lookup("hosts", "files dns");
}

int64_t flom_milliseconds_since_acknowledged(int socket) {
    struct tcp_info info;
    socklen_t size = sizeof info;
    if (getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return -1;
    return info.tcpi_last_ack_recv;
}

int flom_is_readable_within(int descriptor, long nanoseconds) {
    struct pollfd waiting = {descriptor, POLLIN, 0};
    struct timespec span = {0, nanoseconds};
    return ppoll(&waiting, 1, &span, NULL) > 0;
}
