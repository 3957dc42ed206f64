/* SOCKET fork|exec: locks, leaves a child behind, and ends without a word. Prints the child's pid. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "flom.h"

int main(int count, char **words) {
    flom_handle_t handle;
    pid_t child;
    if (count < 3 || flom_handle_init(&handle) != FLOM_RC_OK) return 1;
    flom_handle_set_socket_name(&handle, words[1]);
    flom_handle_set_resource_name(&handle, "db");
    if (flom_handle_lock(&handle) != FLOM_RC_OK) return 2;
    child = fork();
    if (child == 0) {
        if (strcmp(words[2], "exec") == 0) execlp("sleep", "sleep", "60", (char *)NULL);
        for (;;) pause();
    }
    printf("%d\n", (int)child);
    fflush(stdout);
    _exit(0);
}
