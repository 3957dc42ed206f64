/* SOCKET CYCLES: locks and unlocks one handle so often, with all that a handle has, and looks at what is left. */
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "flom.h"

static int count_descriptors(void) {
    DIR *directory = opendir("/proc/self/fd");
    int count = 0;
    while (readdir(directory)) count++;
    closedir(directory);
    return count;
}

static long resident_kilobytes(void) {
    FILE *file = fopen("/proc/self/statm", "r");
    long size = 0, resident = 0;
    if (fscanf(file, "%ld %ld", &size, &resident) != 2) resident = 0;
    fclose(file);
    return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

static int cycle(flom_handle_t *handle, int i) {
    const char *element;
    if (flom_handle_lock(handle)) return 1;
    element = flom_handle_get_locked_element(handle);
    if (element == NULL || strlen(element) < 3) return 2;
    if (i % 3 == 0) return flom_handle_unlock_rollback(handle) != FLOM_RC_RESOURCE_IS_NOT_TRANSACTIONAL;
    return flom_handle_unlock(handle);
}

int main(int count, char **words) {
    flom_handle_t handle;
    int cycles = count > 2 ? atoi(words[2]) : 0, i, left, code;
    int descriptors = 0;
    long memory = 0;
    if (cycles < 1 || flom_handle_init(&handle) != FLOM_RC_OK) return 1;
    flom_handle_set_socket_name(&handle, words[1]);
    flom_handle_set_resource_name(&handle, "red.green.blue");
    for (i = 0; i < cycles + 500; i++) {
        code = cycle(&handle, i);
        if (code) return printf("cycle %d: %d, %s\n", i, code, flom_handle_get_error(&handle)), 2;
        if (i == 500) {
            descriptors = count_descriptors();
            memory = resident_kilobytes();
        }
        /* Other handles come and go beside it, some without a clean. */
        if (i % 50 == 0) flom_handle_delete(flom_handle_new());
    }
    memory = resident_kilobytes() - memory;
    /* The library's thread may still be about to close one. */
    for (i = 0; (left = count_descriptors() - descriptors) != 0 && i < 100; i++) usleep(20000);
    printf("%d cycles, descriptors %d, memory %s\n", cycles, left, memory < 2048 ? "flat" : "grown");
    return flom_handle_clean(&handle) || left || memory >= 2048;
}
