/* The types of libflom's interface. Programs include flom.h. */
#ifndef FLOM_TYPES_H
#define FLOM_TYPES_H

/* Other libraries have these two as well, glib for one. */
#ifndef FALSE
#define FALSE 0
#endif
#ifndef TRUE
#define TRUE 1
#endif

/* What a lock shares its resource with; PR and CR are the modes of readers, PW and CW those of writers. */
typedef enum flom_lock_mode_e {
    FLOM_LOCK_MODE_NL,     /* null: excludes nobody */
    FLOM_LOCK_MODE_CR,     /* concurrent read */
    FLOM_LOCK_MODE_CW,     /* concurrent write */
    FLOM_LOCK_MODE_PR,     /* protected read: beside other readers */
    FLOM_LOCK_MODE_PW,     /* protected write: beside concurrent readers */
    FLOM_LOCK_MODE_EX,     /* exclusive: beside FLOM_LOCK_MODE_NL only; the default */
    FLOM_LOCK_MODE_N,      /* how many modes there are */
    FLOM_LOCK_MODE_INVALID /* no mode */
} flom_lock_mode_t;

/* A number that grows with every grant under a daemon's journal: a service that is told it can turn away a holder that has been
   superseded. It is below 2^53. 0 stands for none. (Neither C89 nor C++98 knows long long, though their compilers do.) */
#if defined(__GNUC__) && !defined(SWIG)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wlong-long"
#endif
typedef unsigned long long flom_fencing_token_t;
#if defined(__GNUC__) && !defined(SWIG)
#pragma GCC diagnostic pop
#endif

#endif
