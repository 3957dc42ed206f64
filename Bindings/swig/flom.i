// The functions of flom.h for Perl, PHP and Java: tools/make-bindings runs SWIG on this file.
//
// Perl and PHP get them under the names that FLoM 1.7.2 gives them there. For Java they are what the classes in Bindings/java stand on.
#if defined(SWIGPERL)
%module Flom
#elif defined(SWIGPHP)
%module flom
#elif defined(SWIGJAVA)
%module FlomNative
#endif

%{
#include "flom.h"
%}

// A callback comes on a thread of the library's, which these interpreters do not know. They ask flom_handle_is_lost.
%ignore flom_handle_set_lost_callback;

#if defined(SWIGPERL)
%include "perl.i"
#elif defined(SWIGPHP)
%include "php.i"
#elif defined(SWIGJAVA)
%include "java.i"
#endif

#if !defined(SWIGJAVA)
// The fields of a handle can be read.
%immutable flom_handle_s;
%extend flom_handle_s {
    flom_handle_s() { return calloc(1, sizeof(flom_handle_t)); }
    // A handle that is dropped while it holds its lock releases it as the end of the process does. A zeroed one is left alone.
    ~flom_handle_s() {
        flom_handle_unlock_rollback($self);
        flom_handle_clean($self);
        free($self);
    }
}
#endif

%include "flom_errors.h"
%include "flom_types.h"
%include "flom_handle.h"
const char *flom_version(void);
