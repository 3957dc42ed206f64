/* LIBRARY: loads it, and prints how many milliseconds that took and by how many kilobytes the process has grown. */
#include <dlfcn.h>
#include <stdio.h>
#include <time.h>

static long resident(void) {
    FILE *file = fopen("/proc/self/smaps_rollup", "r");
    char line[200];
    long kilobytes = 0;
    while (fgets(line, sizeof line, file) && sscanf(line, "Rss: %ld", &kilobytes) != 1) {}
    fclose(file);
    return kilobytes;
}

int main(int count, char **words) {
    struct timespec start, end;
    long before;
    if (count < 2) return 2;
    resident();
    before = resident();
    clock_gettime(CLOCK_MONOTONIC, &start);
    if (dlopen(words[1], RTLD_NOW) == NULL) return fprintf(stderr, "%s\n", dlerror()), 1;
    clock_gettime(CLOCK_MONOTONIC, &end);
    printf("%.3f %ld\n", (end.tv_sec - start.tv_sec) * 1e3 + (end.tv_nsec - start.tv_nsec) / 1e6, resident() - before);
    return 0;
}
