// One function for each system call that Swift's Glibc module lacks, and the processor's instructions that only C can name. There is no
// logic, except where a comment says why it cannot be written in Swift.
#ifndef C_FLOM_SYSTEM_H
#define C_FLOM_SYSTEM_H

#include <stdint.h>
#include <sys/types.h>

// Processes

int flom_pidfd_open(pid_t pid);

/// Runs `path` as a daemon: forks twice, in a session of its own, with stdio on /dev/null. The only other descriptors are `ready` as 3,
/// `record` as 4, and then `handoff` and `configuration`, each unless it is negative. Everything between fork and exec is
/// async-signal-safe, which Swift code is not. Returns 0 or the errno of a call that failed here; the reason of a failed exec is written
/// to `ready` as text.
int flom_start_daemon(
    const char *path, char *const argv[], char *const envp[], int ready, int record, int handoff, int configuration);

/// Stops ignoring the ends of child processes. The kernel keeps no status of a child whose end is ignored, and flom's starter may have set
/// that. Commands that flom_spawn starts get the original setting. Must be called first.
void flom_hear_of_children(void);

int flom_wait_has_exited(int status);
int flom_wait_exit_status(int status);
int flom_wait_signal(int status);
/// The signal that has stopped the process; 0 if it has ended.
int flom_wait_stop_signal(int status);
/// Stops this process with a signal that it has blocked. Returns when the process is continued.
void flom_stop(int signal);

// Inherited constraints: each function sets one to the kernel's default. It returns 0, also where the setting cannot be read, or -1 with
// errno if the setting differs from the default and stays so.

/// The scheduling policy, if it is SCHED_IDLE, SCHED_BATCH or a real-time one.
int flom_default_scheduling(void);
/// The I/O class.
int flom_default_io_priority(void);
/// The allowed processors, if pid 1 has more.
int flom_default_affinity(void);
/// The NUMA policy and the timer slack.
void flom_default_memory_policy(void);
/// Sets the stack size of threads that are made from now on. The default is the stack limit with which the process was started.
void flom_set_thread_stack(size_t bytes);

/// The path with which this program was executed, relative to its starter's directory; NULL if it is not known.
const char *flom_executed_path(void);

void flom_set_process_name(const char *name);
/// Whether this process has rights that its starter does not have: setuid, setgid or file capabilities.
int flom_is_privileged(void);
/// Keeps this process's memory from core dumps and from other processes of this user.
void flom_hide_memory(void);

// Signals

/// Blocks `signals` and returns a signalfd for them, or -1. Stores the previous mask in `previous`.
int flom_signalfd(const int *signals, int count, void *previous);
/// The same for every signal that can be blocked. For a process with a single thread.
int flom_signalfd_of_all(void *previous);
/// The size in bytes of the mask that these functions store.
int flom_signal_mask_size(void);

struct flom_signal {
    int number;
    /// Whether a process sent the signal, as SI_USER and its like prove. Signals of the terminal have SI_KERNEL.
    int sent_by_process;
    /// Whether the signal was queued with `value`.
    int has_value;
    /// The pid of the sender; 0 if this process cannot see the sender.
    pid_t sender;
    uid_t sender_user;
    uint64_t value;
};
/// Reads a signal from a signalfd. Returns 1 with a signal, 0 if none is pending, or -1 with errno.
int flom_read_signal(int descriptor, struct flom_signal *signal);

/// Sends a signal as it was read, with its value and sender if it was queued with a value. Returns 0, or -1 with errno.
int flom_pass_signal(pid_t pid, const struct flom_signal *signal);

/// Starts a process of the same group with all signals blocked, as they must be in this process: signals to the group stay pending there.
/// The process ends with this one. It is listed under a name of its own, which overwrites this process's `count` words in its memory.
/// Returns its pid, or -1 with errno.
pid_t flom_start_witness(char **words, int count);
/// Waits for the end of a witness that has been killed.
void flom_end_witness(pid_t witness);

/// If this is process 1, forks and returns in the child; otherwise returns at once. Process 1 has no default actions for signals and
/// inherits the orphans of its container. It stays, passes signals on to the child, reaps, and ends as the child does.
void flom_leave_first_place(void);

/// Runs `file`, which is searched as by execvp; the shell runs a script without `#!`. The command gets the signal mask that
/// flom_signalfd_of_all stored in `mask` (NULL: the present one) and the signal dispositions with which flom was started. Returns 0 or
/// errno.
int flom_spawn(pid_t *pid, const char *file, char *const argv[], char *const envp[], const void *mask);

/// Starts a program without a signal to this process when it ends: the program in which a library runs may have a handler for the ends of
/// its own children, or wait for any of them. It gets the default signals, no input, `output` as its output and `errors` as its errors (each
/// /dev/null if negative), no other descriptor, and a session of its own if `leads` is true. `file` is searched as by execvp. Returns 0 or
/// errno. `flom_await_helper` waits for it.
int flom_start_helper(
    pid_t *pid, const char *file, char *const argv[], char *const envp[], int output, int errors, int leads);
/// Waits for the end of such a program. Returns its wait status, or -1 with errno.
int flom_await_helper(pid_t pid);

// Forks of a program that this is a library of

/// Tells this process from its parent and its children, those that were made without fork() too: the number of processes between the one that
/// called this first and this one, and 1. It costs no system call. From the first call on, the children that fork() makes have none of the
/// descriptors that are marked as below; the marks are kept whether or not this was called.
uint32_t flom_process_generation(void);
void flom_keep_from_children(int descriptor);
/// Must be called before a marked descriptor is closed.
void flom_forget_before_close(int descriptor);
/// Opens a socket that does not block and is closed by exec, with a number from `lowest` on, and marks it. Returns -1 with errno.
int flom_own_socket(int family, int type, int lowest);
/// As `flom_receive_descriptor`, and marks what came.
ssize_t flom_receive_own_descriptor(int socket, void *bytes, size_t capacity, int *descriptor);
/// Locks what this process has once. A thread may lock it again. It is free in the children of this process, whatever other threads did when
/// they were forked, once `flom_process_generation` was called.
void flom_process_lock(void);
void flom_process_unlock(void);

// Sockets and descriptors

/// Whether a descriptor can be read within so many nanoseconds, fewer than a second.
int flom_is_readable_within(int descriptor, long nanoseconds);

struct flom_peer {
    pid_t pid;
    uid_t uid;
    gid_t gid;
};
/// Reads SO_PEERCRED. Returns 0, or -1 with errno.
int flom_peer_credentials(int socket, struct flom_peer *peer);
/// Sends bytes together with a descriptor, without waiting. Returns the number of bytes, or -1 with errno.
ssize_t flom_send_descriptor(int socket, const void *bytes, size_t count, int descriptor);
/// Like recv. Stores a descriptor that came along (close-on-exec) in `descriptor`, or -1 for none.
ssize_t flom_receive_descriptor(int socket, void *bytes, size_t capacity, int *descriptor);
/// Milliseconds for which the peer of a TCP connection has acknowledged nothing, or -1 with errno.
int64_t flom_milliseconds_since_acknowledged(int socket);
/// The number of this process's network namespace, which is not used again in this boot; 0 if the kernel does not tell (before 5.14).
uint64_t flom_network_namespace(void);
/// A socket that becomes readable when an address or an interface comes or goes, or -1 with errno.
int flom_address_news(void);
int flom_pipe_close_on_exec(int ends[2]);
/// Marks all descriptors from a number on to be closed by the next exec.
void flom_close_on_exec_from(int first);
/// Closes all descriptors from a number on. Async-signal-safe.
void flom_close_from(int first);
/// Whether the kernel does both in one call; otherwise open descriptors are searched one by one.
int flom_has_close_range(void);

/// 0, or the errno with which both accept4 and accept are refused, so that no connection can be accepted.
int flom_accept_failure(void);
int flom_eventfd(void);
int flom_epoll_create(void);
/// Watches a descriptor for readability, once. The event returns `tag`.
int flom_epoll_add(int epoll, int descriptor, uint64_t tag);
/// Watches a descriptor again after its event.
int flom_epoll_again(int epoll, int descriptor, uint64_t tag);
/// Watches a descriptor no more.
int flom_epoll_remove(int epoll, int descriptor);
/// Stores the tags of readable descriptors. Returns their number, or -1 with errno.
int flom_epoll_wait(int epoll, uint64_t *tags, int capacity, int timeout_milliseconds);
/// The type of the file system that holds `path`, or -1 with errno.
long flom_filesystem_type(const char *path);
/// The number of columns of the terminal behind `descriptor`, or 0.
int flom_terminal_columns(int descriptor);
/// The number of rows of the terminal behind `descriptor`, or 0.
int flom_terminal_rows(int descriptor);

/// Bytes that this user may still write on the file system that holds `path`, or -1 with errno.
int64_t flom_free_space(const char *path);

// Clocks

/// Whether the kernel considers its clock synchronised: 1 or 0, or -1 if it may not be asked.
int flom_clock_is_synchronized(void);

// Name lookups

/// In a static executable, restricts name lookups to glibc's built-in services: a static glibc would follow nsswitch.conf with dlopen and
/// crash. Must be called before any lookup.
void flom_use_builtin_name_services(void);

// The processor

/// Instructions for SHA-256 that Swift cannot name, the slowest first.
enum flom_sha256_way {
    FLOM_SHA256_NONE,
    /// Those for vectors, and rotations that keep their source.
    FLOM_SHA256_VECTORS,
    /// Those made for SHA-256.
    FLOM_SHA256_OWN_INSTRUCTIONS,
};
/// The best of them that this processor has. It has those before it as well.
enum flom_sha256_way flom_best_sha256(void);
/// Adds `blocks` blocks of 64 bytes to a state of SHA-256 with these instructions. `constants` are the 64 constants of FIPS 180-4.
void flom_sha256(
    enum flom_sha256_way way, uint32_t state[8], const void *bytes, size_t blocks, const uint32_t constants[64]);

#endif
