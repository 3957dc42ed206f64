// flom-floor SOCKET [POLL-MICROSECONDS]: what the machine itself costs. tools/bench measures flom beside it; it is never installed.
//
// It is the least that can serve the locks of FLoM 1.7.2 on a UNIX socket: one thread, one epoll, an exclusive lock a name, a queue in the
// order of arrival. It is no lock manager: it has no journal, no rules, no modes, no identity and no access control, takes every client
// for well-behaved, and keeps each name until it ends. So the distance from flom to it is the price of what flom promises, and the
// distance from it to nothing is the kernel's price for sockets and for waking processes.
//
// POLL-MICROSECONDS, 0 to 1000000, 0 by default: so long it asks for the next message without sleeping once it has served one. The
// difference to 0 is the price of sleeping. It serves until a signal ends it; the socket stays. Exit status 2: it cannot serve, with the
// reason on stderr.
#define _GNU_SOURCE
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define DECLARATION "<?xml version=\"1.0\" encoding=\"UTF-8\" ?>"
static const char granted_at_once[] =
    DECLARATION "<msg level=\"3\" verb=\"1\" step=\"16\"><session peerid=\"\"/><answer rc=\"0\"/></msg>";
static const char must_wait[] =
    DECLARATION "<msg level=\"3\" verb=\"1\" step=\"16\"><session peerid=\"\"/><answer rc=\"1\"/></msg>";
static const char granted_later[] = DECLARATION "<msg level=\"3\" verb=\"1\" step=\"24\"><answer rc=\"0\"/></msg>";

struct lock;

// A connection with the one lock that it holds or awaits.
struct client {
    int descriptor;
    struct lock *lock;
    struct client *behind;
    size_t received;
    char bytes[1024];
};

// Its holder is the head of its queue.
struct lock {
    struct lock *next_in_bucket;
    struct client *first, *last;
    size_t length;
    char name[];
};

enum { BUCKETS = 1 << 14 };
static struct lock *buckets[BUCKETS];

static void fail(const char *what) {
    fprintf(stderr, "flom-floor: %s: %s\n", what, strerror(errno));
    exit(2);
}

static void *memory(size_t bytes) {
    void *result = calloc(1, bytes);
    if (!result) fail("no memory");
    return result;
}

// The lock with this name, in base64 as it came.
static struct lock *lock_named(const char *name, size_t length) {
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < length; i++) hash = (hash ^ (uint8_t)name[i]) * 16777619u;
    struct lock **bucket = &buckets[hash % BUCKETS];
    for (struct lock *lock = *bucket; lock; lock = lock->next_in_bucket)
        if (lock->length == length && memcmp(lock->name, name, length) == 0) return lock;
    struct lock *lock = memory(sizeof *lock + length);
    memcpy(lock->name, name, length);
    lock->length = length;
    lock->next_in_bucket = *bucket;
    return *bucket = lock;
}

// A client that takes no answer has gone, or goes now: its end is read as from all others.
static void answer(struct client *client, const char *text, size_t length) {
    if (send(client->descriptor, text, length, MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)length)
        shutdown(client->descriptor, SHUT_RDWR);
}

static void join(struct client *client, struct lock *lock) {
    if (client->lock) return;
    client->lock = lock;
    client->behind = NULL;
    if (lock->first) {
        lock->last = lock->last->behind = client;
        answer(client, must_wait, sizeof must_wait - 1);
    } else {
        lock->first = lock->last = client;
        answer(client, granted_at_once, sizeof granted_at_once - 1);
    }
}

static void leave(struct client *client) {
    struct lock *lock = client->lock;
    if (!lock) return;
    client->lock = NULL;
    if (lock->first == client) {
        lock->first = client->behind;
        if (lock->first) answer(lock->first, granted_later, sizeof granted_later - 1);
        return;
    }
    struct client *before = lock->first;
    while (before->behind != client) before = before->behind;
    before->behind = client->behind;
    if (lock->last == client) lock->last = before;
}

// What stands in the message between `opening` and the next quotation mark; NULL if nothing does.
static const char *value(const char *message, const char *end, const char *opening, size_t *length) {
    const char *start = memmem(message, end - message, opening, strlen(opening));
    if (!start) return NULL;
    start += strlen(opening);
    const char *quote = memchr(start, '"', end - start);
    if (!quote) return NULL;
    *length = quote - start;
    return start;
}

static void obey(struct client *client, const char *message, const char *end) {
    size_t length;
    const char *verb = value(message, end, " verb=\"", &length);
    if (!verb || length != 1) return;
    if (*verb == '2') return leave(client);
    if (*verb != '1') return;
    const char *name = value(verb, end, " name=\"", &length);
    if (name) join(client, lock_named(name, length));
}

// Reads once and obeys all whole messages. Returns whether the client stays.
static bool hear(struct client *client) {
    ssize_t count =
        recv(client->descriptor, client->bytes + client->received, sizeof client->bytes - client->received, MSG_DONTWAIT);
    if (count < 0) return errno == EAGAIN || errno == EINTR;
    if (count == 0) return false;
    client->received += count;
    static const char mark[] = "</msg>";
    const char *message = client->bytes, *limit = client->bytes + client->received, *last;
    while ((last = memmem(message, limit - message, mark, sizeof mark - 1))) {
        last += sizeof mark - 1;
        obey(client, message, last);
        message = last;
    }
    client->received = limit - message;
    if (message != client->bytes) memmove(client->bytes, message, client->received);
    return client->received < sizeof client->bytes;
}

static void welcome(int listener, int epoll) {
    int descriptor;
    while ((descriptor = accept4(listener, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
        struct client *client = memory(sizeof *client);
        client->descriptor = descriptor;
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = client};
        if (epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) < 0) fail("epoll");
    }
}

static int listen_at(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        fail(path);
    }
    strcpy(address.sun_path, path);
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (listener < 0) fail("socket");
    if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0) fail(path);
    if (listen(listener, 4096) < 0) fail("listen");
    return listener;
}

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

// Never returns.
static void serve(int listener, int64_t poll_nanoseconds) {
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL}, events[256];
    if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event) < 0) fail("epoll");
    int64_t awake_until = 0;
    for (;;) {
        bool sleeps = poll_nanoseconds == 0 || now() >= awake_until;
        int count = epoll_wait(epoll, events, sizeof events / sizeof *events, sleeps ? -1 : 0);
        if (count < 0 && errno != EINTR) fail("epoll");
        // A client has one event a turn, so that nothing later in the turn needs one that is freed here.
        for (int i = 0; i < count; i++) {
            struct client *client = events[i].data.ptr;
            if (!client) {
                welcome(listener, epoll);
            } else if (!hear(client)) {
                leave(client);
                close(client->descriptor);
                free(client);
            }
        }
        if (count > 0 && poll_nanoseconds > 0) awake_until = now() + poll_nanoseconds;
    }
}

int main(int count, char **words) {
    char *rest = "";
    long poll_microseconds = count > 2 ? strtol(words[2], &rest, 10) : 0;
    if (count < 2 || count > 3 || *rest || poll_microseconds < 0 || poll_microseconds > 1000000) {
        fprintf(stderr, "usage: flom-floor SOCKET [POLL-MICROSECONDS], the latter from 0 to 1000000\n");
        return 2;
    }
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
    serve(listen_at(words[1]), poll_microseconds * INT64_C(1000));
}
