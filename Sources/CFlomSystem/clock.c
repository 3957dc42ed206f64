#define _GNU_SOURCE
#include "CFlomSystem.h"

#include <sys/timex.h>

int flom_clock_is_synchronized(void) {
    // Without modes the call only reads, which needs no rights.
    struct timex state = {.modes = 0};
    if (adjtimex(&state) < 0) return -1;
    return (state.status & STA_UNSYNC) == 0;
}
