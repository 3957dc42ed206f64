// libflom for C++ programs: the C interface, and the classes of FlomHandle.hh. Link with -lflom.
#ifndef FLOM_HH
#define FLOM_HH

#include "flom.h"
#include "FlomHandle.hh"

#endif
