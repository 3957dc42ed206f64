#ifndef C_FLOM_SYSTEM_H
#define C_FLOM_SYSTEM_H
int flom_pidfd_open(int pid, unsigned int flags);
#endif
