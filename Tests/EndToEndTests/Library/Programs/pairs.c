/* SOCKET PAIRS: the time of a lock and an unlock, in microseconds: by the library, and of the bare exchange of the same messages. The
   medians of rounds that take turns, so that both have the same machine. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "flom.h"

#define ROUNDS 11

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1e6 + time.tv_nsec / 1e3;
}

static int by_size(const void *one, const void *other) {
    double difference = *(const double *)one - *(const double *)other;
    return difference < 0 ? -1 : difference > 0;
}

static int library(flom_handle_t *handle, int pairs) {
    int i;
    for (i = 0; i < pairs; i++)
        if (flom_handle_lock(handle) || flom_handle_unlock(handle)) return fprintf(stderr, "%s\n", flom_handle_get_error(handle)), 1;
    return 0;
}

/* Sends, and reads up to the end of the answer. The descriptor that comes with a grant is closed. */
static int exchange(int socket, const char *request) {
    char answer[4096], control[64];
    size_t length = strlen(request), received = 0;
    if (send(socket, request, length, MSG_NOSIGNAL) != (ssize_t)length) return 1;
    for (;;) {
        struct iovec bytes = {answer + received, sizeof answer - received - 1};
        struct msghdr message;
        struct cmsghdr *header;
        ssize_t count;
        memset(&message, 0, sizeof message);
        message.msg_iov = &bytes;
        message.msg_iovlen = 1;
        message.msg_control = control;
        message.msg_controllen = sizeof control;
        count = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
        if (count <= 0) return 2;
        header = CMSG_FIRSTHDR(&message);
        if (header != NULL && header->cmsg_type == SCM_RIGHTS) close(*(int *)CMSG_DATA(header));
        received += (size_t)count;
        answer[received] = 0;
        if (strstr(answer, "</msg>")) return strstr(answer, "rc=\"0\"") == NULL;
    }
}

static int bare(int socket, int pairs) {
    static const char digits[] = "ABCDEFGHIJKLMNOP";
    static unsigned number;
    char lock[600];
    int i, k;
    for (i = 0; i < pairs; i++) {
        char secret[23];
        memset(secret, 'A', 22);
        secret[22] = 0;
        for (number++, k = 0; k < 8; k++) secret[k] = digits[number >> 4 * k & 15];
        snprintf(lock, sizeof lock,
            "<?xml version=\"1.0\" encoding=\"UTF-8\" ?><msg level=\"3\" verb=\"1\" step=\"8\" x=\"1\">"
            "<session peerid=\"00112233445566778899aabbccddeeff\" x-sess=\"%s\" "
            "x-pid=\"%d\" x-start=\"0\" x-user=\"root\" x-host=\"host\" x-orphan=\"none\"/>"
            "<resource name=\"YmFyZQ==\" mode=\"5\" wait=\"1\" create=\"1\" lifespan=\"0\"/></msg>",
            secret, (int)getpid());
        if (exchange(socket, lock)) return 1;
        if (exchange(socket,
                "<?xml version=\"1.0\" encoding=\"UTF-8\" ?><msg level=\"3\" verb=\"2\" step=\"8\" x=\"1\">"
                "<resource name=\"YmFyZQ==\" rollback=\"0\"/></msg>"))
            return 2;
    }
    return 0;
}

int main(int count, char **words) {
    struct sockaddr_un address;
    flom_handle_t handle;
    double by_library[ROUNDS], by_hand[ROUNDS];
    int pairs = count > 2 ? atoi(words[2]) / ROUNDS + 1 : 0, connection, i;
    if (pairs < 1 || flom_handle_init(&handle)) return 2;
    flom_handle_set_socket_name(&handle, words[1]);
    flom_handle_set_resource_name(&handle, "library");
    memset(&address, 0, sizeof address);
    address.sun_family = AF_UNIX;
    strncpy(address.sun_path, words[1], sizeof address.sun_path - 1);
    connection = socket(AF_UNIX, SOCK_STREAM, 0);
    if (connect(connection, (struct sockaddr *)&address, sizeof address) != 0) return 3;
    if (library(&handle, 100) || bare(connection, 100)) return 4;
    for (i = 0; i < ROUNDS; i++) {
        double start = now();
        if (library(&handle, pairs)) return 5;
        by_library[i] = (now() - start) / pairs;
        start = now();
        if (bare(connection, pairs)) return 6;
        by_hand[i] = (now() - start) / pairs;
    }
    qsort(by_library, ROUNDS, sizeof *by_library, by_size);
    qsort(by_hand, ROUNDS, sizeof *by_hand, by_size);
    printf("library %.1f, bare %.1f, own %.1f\n", by_library[ROUNDS / 2], by_hand[ROUNDS / 2],
        by_library[ROUNDS / 2] - by_hand[ROUNDS / 2]);
    return flom_handle_clean(&handle);
}
