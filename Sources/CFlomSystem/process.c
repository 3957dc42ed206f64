#define _GNU_SOURCE
#include <unistd.h>
#include <sys/syscall.h>
#include "CFlomSystem.h"
int flom_pidfd_open(int pid, unsigned int flags) { return (int)syscall(SYS_pidfd_open, pid, flags); }
