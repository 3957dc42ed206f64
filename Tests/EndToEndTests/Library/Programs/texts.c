/* Prints flom_strerror of each argument. */
#include <stdio.h>

#include "flom.h"

int main(int count, char **words) {
    int i;
    for (i = 1; i < count; i++) puts(flom_strerror(atoi(words[i])));
    return 0;
}
