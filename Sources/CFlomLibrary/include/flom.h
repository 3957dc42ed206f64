/* libflom: locks of the flom lock manager for C programs. Link with -lflom; man page: flom.h(3).

   A program makes a handle, sets what it wants, and locks:

       flom_handle_t handle;
       if (flom_handle_init(&handle) != FLOM_RC_OK) return 1;
       flom_handle_set_resource_name(&handle, "db");
       if (flom_handle_lock(&handle) == FLOM_RC_OK) {
           ...
           flom_handle_unlock(&handle);
       }
       flom_handle_clean(&handle);
*/
#ifndef FLOM_H
#define FLOM_H

#include "flom_errors.h"
#include "flom_types.h"
#include "flom_handle.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The library's version, such as "0.1.0". */
const char *flom_version(void);

#ifdef __cplusplus
}
#endif

#endif
