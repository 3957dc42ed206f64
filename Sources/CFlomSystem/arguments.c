// The words of the command line, as libc passes them to functions that run before main.
//
// Swift's runtime searches the stack for them, before main and in every process, and finds the stack by parsing /proc/self/maps with
// sscanf. That is a tenth of the instructions of a short command. These two functions replace the runtime's CommandLine.cpp, which a
// static link then leaves out: see docs/decisions.md.
#include <stddef.h>

static int count;
static char **words;

__attribute__((constructor(101))) static void keep(int argument_count, char **argument_words) {
    count = argument_count;
    words = argument_words;
}

char **_swift_stdlib_getUnsafeArgvArgc(int *result) {
    *result = count;
    return words;
}

void _swift_stdlib_overrideUnsafeArgvArgc(char **new_words, int new_count) {
    words = new_words;
    count = new_count;
}
