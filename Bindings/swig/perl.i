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

%{
#include <errno.h>
#include <poll.h>

/* What is left of a wait when the scope of handle_lock is left: a handler that dies withdraws the request. */
static void leave_wait(pTHX_ void *handle) {
    struct pollfd ready = { flom_handle_get_wait_fd(handle), POLLIN, 0 };
    if (ready.fd < 0 || flom_handle_lock_finish(handle) != FLOM_RC_LOCK_ENQUEUED) return;
    flom_handle_cancel(handle);
    while (flom_handle_lock_finish(handle) == FLOM_RC_LOCK_ENQUEUED) poll(&ready, 1, -1);
    flom_handle_unlock_rollback(handle);
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
        if (poll(&ready, 1, -1) < 0 && errno == EINTR) PERL_ASYNC_CHECK();
        code = flom_handle_lock_finish(handle);
    }
    LEAVE;
    return code;
}
%}

%exception flom_handle_lock "result = lock_interruptibly(arg1);"
