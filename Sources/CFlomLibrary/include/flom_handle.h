/* Handles: the functions of libflom's interface. Programs include flom.h.

   A handle stands for one lock at a time, of one resource or of several together. Any thread may use it, but only one at a time: a call
   while another thread is in one returns FLOM_RC_HANDLE_IN_USE. flom_handle_cancel, flom_handle_is_lost and flom_handle_get_lost_fd are
   for other threads. After fork the child cannot use its copy (FLOM_RC_HANDLE_OF_PARENT), and what it does with it releases nothing.

   Functions that return int return FLOM_RC_OK or another code of flom_errors.h, unless their comment says otherwise. */
#ifndef FLOM_HANDLE_H
#define FLOM_HANDLE_H

#include <stdlib.h>

#include "flom_errors.h"
#include "flom_types.h"

/* What a handle can be asked for next. */
typedef enum flom_handle_state_e {
    FLOM_HANDLE_STATE_INIT = 22,    /* made; no lock yet */
    FLOM_HANDLE_STATE_CONNECTED,    /* the last lock was refused: lock again, unlock, or clean */
    FLOM_HANDLE_STATE_LOCKED,       /* holds its lock */
    FLOM_HANDLE_STATE_DISCONNECTED, /* has released its lock */
    FLOM_HANDLE_STATE_CLEANED       /* freed */
} flom_handle_state_t;

/* A handle. A program may read the state; the rest is the library's. Handles cannot be copied, only moved. */
typedef struct flom_handle_s {
    flom_handle_state_t state;
    void *conn;
    void *config;
    char *locked_element;
} flom_handle_t;

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Life ------------------------------------------------------------------------------------------------------------------------- */

/* Makes a handle in memory of the program's, with the properties of the configuration files. What was there is overwritten. */
int flom_handle_init(flom_handle_t *handle);

/* Releases the lock, if there is one, as flom_handle_unlock does, and frees what the handle has. After FLOM_RC_HANDLE_IN_USE it is as it
   was. */
int flom_handle_clean(flom_handle_t *handle);

/* A new handle in memory of the library's, initialised; NULL if that fails. */
flom_handle_t *flom_handle_new(void);

/* Cleans a handle that flom_handle_new has made, and frees its memory. NULL is accepted. The handle must be out of its calls: one that is
   in use stays what it is, without a word. */
void flom_handle_delete(flom_handle_t *handle);

/* ---- Locks ------------------------------------------------------------------------------------------------------------------------ */

/* Asks for the lock, and waits for it as long as the resource timeout says. */
int flom_handle_lock(flom_handle_t *handle);

/* Releases the lock. FLOM_RC_LOCK_LOST, once, if it was lost before. */
int flom_handle_unlock(flom_handle_t *handle);

/* Releases the lock; a transactional sequence hands its number out again. FLOM_RC_RESOURCE_IS_NOT_TRANSACTIONAL if there was nothing to
   roll back. */
int flom_handle_unlock_rollback(flom_handle_t *handle);

/* From another thread: a flom_handle_lock that waits withdraws its request and returns FLOM_RC_CANCELED. Without one that waits it does
   nothing and returns FLOM_RC_API_INVALID_SEQUENCE. */
int flom_handle_cancel(flom_handle_t *handle);

/* ---- Locks for which an event loop waits --------------------------------------------------------------------------------------------- */
/* For programs that poll, and for interpreters whose signal handlers cannot run during a call. Until the wait has ended, lock, unlock and
   the setters return FLOM_RC_API_INVALID_SEQUENCE or FLOM_RC_API_IMMUTABLE_HANDLE; clean and delete withdraw the request. */

/* Asks for the lock as flom_handle_lock does, but waits at most so many milliseconds for it; 0 does not wait. FLOM_RC_LOCK_ENQUEUED if the
   wait goes on without the caller; otherwise what flom_handle_lock returns. Finding and reaching the daemon may take longer. */
int flom_handle_lock_start(flom_handle_t *handle, int milliseconds);

/* A descriptor that is readable as soon as flom_handle_lock_finish has a result. It is the handle's: it must be neither read nor closed. A
   negative code if no wait goes on. */
int flom_handle_get_wait_fd(flom_handle_t *handle);

/* The result of the wait, once: what flom_handle_lock returns. FLOM_RC_LOCK_ENQUEUED while the wait goes on, FLOM_RC_CANCELED after
   flom_handle_cancel, FLOM_RC_API_INVALID_SEQUENCE if no wait was started. It does not block. */
int flom_handle_lock_finish(flom_handle_t *handle);

/* ---- What has been granted -------------------------------------------------------------------------------------------------------- */

/* What the lock was granted on: the member of a set, the number of a sequence, the text of a timestamp; NULL if there is none. The text
   is the handle's, and valid until the lock is released. */
const char *flom_handle_get_locked_element(const flom_handle_t *handle);

/* The same for the resource number index; the first has number 0. */
const char *flom_handle_get_locked_element_of(const flom_handle_t *handle, int index);

/* The fencing token of the lock; 0 if there is none. */
flom_fencing_token_t flom_handle_get_fencing_token(const flom_handle_t *handle);
flom_fencing_token_t flom_handle_get_fencing_token_of(const flom_handle_t *handle, int index);

/* The number under which `flom --history` shows the request; NULL if there is none. */
const char *flom_handle_get_request_id(const flom_handle_t *handle);

/* ---- Several resources ------------------------------------------------------------------------------------------------------------ */

/* One more resource, locked together with the first: all or none. */
int flom_handle_add_resource(flom_handle_t *handle, const char *name, flom_lock_mode_t mode, int quantity);

/* Only the first resource again. */
int flom_handle_clear_resources(flom_handle_t *handle);

/* How many resources there are, the first one counted; a negative code on failure. */
int flom_handle_count_resources(const flom_handle_t *handle);

/* ---- Loss and failure ------------------------------------------------------------------------------------------------------------- */

/* 1 if the lock was lost while it was held, because a person took it away or its daemon was out of reach too long; otherwise 0. */
int flom_handle_is_lost(const flom_handle_t *handle);

/* A descriptor that is readable as soon as the lock is lost, for poll. It is the handle's: it must be neither read nor closed. A negative
   code on failure. */
int flom_handle_get_lost_fd(flom_handle_t *handle);

/* A function that is called with the code FLOM_RC_LOCK_LOST and `context` when the lock is lost, and once more with FLOM_RC_OK if the lock
   turns out to be held after all, which happens over a network. It runs on a thread of the library's that does nothing else, and may lock
   and unlock other handles. Of this handle it may call flom_handle_set_lost_callback, flom_handle_is_lost, flom_handle_get_lost_fd and
   flom_handle_cancel; the others return FLOM_RC_HANDLE_IN_USE meanwhile. NULL for none. */
int flom_handle_set_lost_callback(
    flom_handle_t *handle, void (*callback)(flom_handle_t *handle, int code, void *context), void *context);

/* A sentence about the last failure of a call with this handle; empty if none has failed. Never NULL. */
const char *flom_handle_get_error(const flom_handle_t *handle);

/* ---- Properties -------------------------------------------------------------------------------------------------------------------- */
/* A property can be set while the handle has no connection (INIT, DISCONNECTED); those of the resource also while it is CONNECTED, and the
   trace file always. Otherwise a setter returns FLOM_RC_API_IMMUTABLE_HANDLE and changes nothing. Texts are copied. A text that a getter
   returns is valid until the property is set again or the handle is cleaned. */

/* The resource: its name says its kind. */
const char *flom_handle_get_resource_name(const flom_handle_t *handle);
int flom_handle_set_resource_name(flom_handle_t *handle, const char *value);

flom_lock_mode_t flom_handle_get_lock_mode(const flom_handle_t *handle);
int flom_handle_set_lock_mode(flom_handle_t *handle, flom_lock_mode_t value);

/* Of a numeric resource. */
int flom_handle_get_resource_quantity(const flom_handle_t *handle);
int flom_handle_set_resource_quantity(flom_handle_t *handle, int value);

/* How long to wait for the lock, in milliseconds: negative for ever, 0 not at all. */
int flom_handle_get_resource_timeout(const flom_handle_t *handle);
int flom_handle_set_resource_timeout(flom_handle_t *handle, int value);

/* How long the resource lives on when nobody uses it, in milliseconds. */
int flom_handle_get_resource_idle_lifespan(const flom_handle_t *handle);
int flom_handle_set_resource_idle_lifespan(flom_handle_t *handle, int value);

/* Whether a resource that does not exist is created: 0 or 1. */
int flom_handle_get_resource_create(const flom_handle_t *handle);
int flom_handle_set_resource_create(flom_handle_t *handle, int value);

/* Where the daemon is: a socket, an address, or a multicast group. A setter of one clears the other two. */
const char *flom_handle_get_socket_name(const flom_handle_t *handle);
int flom_handle_set_socket_name(flom_handle_t *handle, const char *value);

/* A host name or an address, or several, separated by commas, of which the first that answers is taken. */
const char *flom_handle_get_unicast_address(const flom_handle_t *handle);
int flom_handle_set_unicast_address(flom_handle_t *handle, const char *value);

const char *flom_handle_get_multicast_address(const flom_handle_t *handle);
int flom_handle_set_multicast_address(flom_handle_t *handle, const char *value);

int flom_handle_get_unicast_port(const flom_handle_t *handle);
int flom_handle_set_unicast_port(flom_handle_t *handle, int value);

int flom_handle_get_multicast_port(const flom_handle_t *handle);
int flom_handle_set_multicast_port(flom_handle_t *handle, int value);

/* The interface of link-local IPv6 addresses; NULL for none. */
const char *flom_handle_get_network_interface(const flom_handle_t *handle);
int flom_handle_set_network_interface(flom_handle_t *handle, const char *value);

/* How often a multicast group is asked, how long each time in milliseconds, and over how many hops. */
int flom_handle_get_discovery_attempts(const flom_handle_t *handle);
int flom_handle_set_discovery_attempts(flom_handle_t *handle, int value);

int flom_handle_get_discovery_timeout(const flom_handle_t *handle);
int flom_handle_set_discovery_timeout(flom_handle_t *handle, int value);

int flom_handle_get_discovery_ttl(const flom_handle_t *handle);
int flom_handle_set_discovery_ttl(flom_handle_t *handle, int value);

/* TLS: three files in PEM format, all of them or none. NULL unsets one. */
const char *flom_handle_get_tls_certificate(const flom_handle_t *handle);
int flom_handle_set_tls_certificate(flom_handle_t *handle, const char *value);

const char *flom_handle_get_tls_private_key(const flom_handle_t *handle);
int flom_handle_set_tls_private_key(flom_handle_t *handle, const char *value);

const char *flom_handle_get_tls_ca_certificate(const flom_handle_t *handle);
int flom_handle_set_tls_ca_certificate(flom_handle_t *handle, const char *value);

/* Whether the daemon's certificate has to name the daemon's machine: 0 or 1. */
int flom_handle_get_tls_check_peer_id(const flom_handle_t *handle);
int flom_handle_set_tls_check_peer_id(flom_handle_t *handle, int value);

/* Where FLOM_TRACE_MASK's lines go, for the whole process; NULL for standard error. */
const char *flom_handle_get_trace_filename(const flom_handle_t *handle);
int flom_handle_set_trace_filename(flom_handle_t *handle, const char *value);

/* Whether a daemon is started, by the program flom, if none serves the socket: 0 or 1. */
int flom_handle_get_start_daemon(const flom_handle_t *handle);
int flom_handle_set_start_daemon(flom_handle_t *handle, int value);

/* What `flom --status` and `flom --history` show as the command; NULL for the program's command line. */
const char *flom_handle_get_description(const flom_handle_t *handle);
int flom_handle_set_description(flom_handle_t *handle, const char *value);

#ifdef __cplusplus
}
#endif

#endif
