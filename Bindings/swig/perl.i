// Perl: names without the prefix of C, and a lock that a signal handler of Perl can end.
%rename("%(regex:/^(?:FLOM_|flom_(?!handle_t$|handle_s$))(.*)/\\1/)s") "";
// The constants as functions, too: Flom::RC_OK and $Flom::RC_OK. SWIG's own option for that does not know renamed ones.
%perlcode %{
no strict 'refs';
for my $name (grep { /^(RC|ES|LOCK_MODE|HANDLE_STATE)_|^(TRUE|FALSE)$/ } keys %Flomc::) {
    my $value = ${"Flomc::$name"};
    *{"Flom::$name"} = sub () { $value };
}
use strict 'refs';
%}

%begin %{
/* For ppoll. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
%}

%{
#include <poll.h>
#include <signal.h>

/* What is left of a wait when the scope of handle_lock is left: a handler that dies withdraws the request, also one that has been granted
   while the handler ran. */
static void leave_wait(pTHX_ void *handle) {
    struct pollfd ready = { flom_handle_get_wait_fd(handle), POLLIN, 0 };
    int code;
    if (ready.fd < 0) return;
    flom_handle_cancel(handle);
    while ((code = flom_handle_lock_finish(handle)) == FLOM_RC_LOCK_ENQUEUED) poll(&ready, 1, -1);
    if (code == FLOM_RC_OK) flom_handle_unlock_rollback(handle);
}

/* Waits until a descriptor is ready or a handler of Perl is due. A signal that comes before the wait ends it too. */
static void poll_for_signals(pTHX_ struct pollfd *ready) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    if (!PL_sig_pending) ppoll(ready, 1, NULL, &before);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* flom_handle_lock, but Perl's signal handlers run while it waits. */
static int lock_interruptibly(flom_handle_t *handle) {
    dTHX;
    int code = flom_handle_lock_start(handle, 10);
    if (code != FLOM_RC_LOCK_ENQUEUED) return code;
    ENTER;
    SAVEDESTRUCTOR_X(leave_wait, handle);
    while (code == FLOM_RC_LOCK_ENQUEUED) {
        struct pollfd ready = { flom_handle_get_wait_fd(handle), POLLIN, 0 };
        poll_for_signals(aTHX_ &ready);
        PERL_ASYNC_CHECK();
        code = flom_handle_lock_finish(handle);
    }
    LEAVE;
    return code;
}
%}

%exception flom_handle_lock "result = lock_interruptibly(arg1);"
