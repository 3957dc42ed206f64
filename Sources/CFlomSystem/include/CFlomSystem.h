// One function per system call that Swift's Glibc module lacks, and what only C can say of the processor. No logic but where a comment says why it cannot be Swift.
#ifndef C_FLOM_SYSTEM_H
#define C_FLOM_SYSTEM_H

#include <stdint.h>
#include <sys/types.h>

// Processes

int flom_pidfd_open(pid_t pid);

/// Runs `path` as a daemon: forks twice in a session of its own, with stdio on /dev/null and no other descriptor but
/// `ready` as 3, `record` as 4, and then `hand_over` and `configuration` (neither if it is negative). Everything between fork and exec is
/// async-signal-safe, which Swift code is not. Returns 0, or errno of what failed here; a failing exec is written to `ready` as
/// text.
int flom_start_daemon(
    const char *path, char *const argv[], char *const envp[], int ready, int record, int hand_over, int configuration);

/// Call first. The kernel keeps no status of a child whose end is ignored, and whoever started flom may ignore it: from now on this
/// process does not. Those that flom_spawn starts get the setting back.
void flom_hear_of_children(void);

int flom_wait_has_exited(int status);
int flom_wait_exit_status(int status);
int flom_wait_signal(int status);
/// The signal that has stopped the process, or 0 if it has ended.
int flom_wait_stop_signal(int status);
/// Stops this process by a signal that it has blocked; returns when it goes on.
void flom_stop(int signal);

// What a starter has left: each is set to what a process has that nobody has asked for anything special. 0, also where nothing can be
// seen; -1 with errno if it is otherwise and stays so.

/// The policy: not SCHED_IDLE, SCHED_BATCH or a real-time one.
int flom_default_scheduling(void);
/// The I/O class.
int flom_default_io_priority(void);
/// The processors: those of pid 1, if they are more.
int flom_default_affinity(void);
/// NUMA nodes and timer slack.
void flom_default_memory_policy(void);
/// Of threads that are made from now on; by default it is the limit on the stack that the process was started with.
void flom_set_thread_stack(size_t bytes);

/// The path by which this program was executed, from where its starter was; NULL if the kernel does not tell.
const char *flom_executed_path(void);

void flom_set_process_name(const char *name);
/// Whether this process has rights that its starter has not: setuid, setgid or file capabilities.
int flom_is_privileged(void);
/// Neither a core dump nor another process of this user sees this process' memory from now on.
void flom_hide_memory(void);

// Signals

/// Blocks the signals in `signals` and returns a signalfd for them (or -1); the mask as it was is stored in `previous`.
int flom_signalfd(const int *signals, int count, void *previous);
/// The same for every signal that can be blocked at all. For a process without threads.
int flom_signalfd_of_all(void *previous);
/// The size of the mask that these store.
int flom_signal_mask_size(void);

struct flom_signal {
    int number;
    /// SI_USER and its like are positive knowledge that a process sent it; the terminal's are SI_KERNEL.
    int sent_by_process;
    /// It was queued with `value`.
    int has_value;
    /// 0 for one that this process cannot see.
    pid_t sender;
    uid_t sender_user;
    uint64_t value;
};
/// 1 with a signal, 0 if none is pending, -1 with errno.
int flom_read_signal(int descriptor, struct flom_signal *signal);

/// Sends a signal as it was read, with its value and its sender if it was queued with one: 0, or -1 with errno.
int flom_pass_signal(pid_t pid, const struct flom_signal *signal);

/// Starts a process beside this one, of its group, with all signals blocked as they have to be here: what is sent to the group stays
/// pending there. It ends with this process, and is listed under a name of its own, for which it takes the place of this one's `count`
/// words in its memory. Its pid, or -1 with errno.
pid_t flom_start_witness(char **words, int count);
/// Waits for the end of one that has been killed.
void flom_end_witness(pid_t witness);

/// Returns in a child if this is process 1, else at once. Process 1 has no default actions of signals and inherits the orphans of its
/// container: it passes on what it gets, reaps, and ends as the child does.
void flom_leave_first_place(void);

/// Runs `file`, looked for as execvp does and a script without `#!` by the shell, with the mask `previous` of flom_signalfd_of_all (NULL: as it
/// is); the command gets the dispositions that flom was started with. Returns 0 or errno.
int flom_spawn(pid_t *pid, const char *file, char *const argv[], char *const envp[], const void *mask);

// Sockets and descriptors

struct flom_peer {
    pid_t pid;
    uid_t uid;
    gid_t gid;
};
/// SO_PEERCRED: 0, or -1 with errno.
int flom_peer_credentials(int socket, struct flom_peer *peer);
/// Sends bytes and a descriptor with them, without waiting: the number of bytes, or -1 with errno.
ssize_t flom_send_descriptor(int socket, const void *bytes, size_t count, int descriptor);
/// recv, and a descriptor that came along (close-on-exec), or -1 for none, in `descriptor`.
ssize_t flom_receive_descriptor(int socket, void *bytes, size_t capacity, int *descriptor);
/// For how long a TCP connection's other end has acknowledged nothing, or -1 with errno.
int64_t flom_milliseconds_since_acknowledged(int socket);
/// The number of this process's network namespace, never used again in this boot. 0 if the kernel does not tell (before 5.14).
uint64_t flom_network_namespace(void);
/// A socket on which something can be read when an address or an interface has come or gone; -1 with errno.
int flom_address_news(void);
int flom_pipe_close_on_exec(int ends[2]);
/// Whatever is open from this number on is closed by the next exec.
void flom_close_on_exec_from(int first);
/// Closes whatever is open from this number on. Async-signal-safe.
void flom_close_from(int first);
/// Whether the kernel does either at once; without that each descriptor is looked for.
int flom_has_close_range(void);

/// 0, or why no connection can be taken: neither accept4 nor accept is let through.
int flom_accept_failure(void);
int flom_eventfd(void);
int flom_epoll_create(void);
/// Watches for readability, once; `tag` comes back with the event.
int flom_epoll_add(int epoll, int descriptor, uint64_t tag);
/// Watches a descriptor again whose event has come.
int flom_epoll_again(int epoll, int descriptor, uint64_t tag);
/// Fills `tags` with what is readable; the number of them, or -1 with errno.
int flom_epoll_wait(int epoll, uint64_t *tags, int capacity, int timeout_milliseconds);
/// The type of the file system that holds `path`, or -1 with errno.
long flom_filesystem_type(const char *path);
/// The number of columns of the terminal behind `descriptor`, or 0.
int flom_terminal_columns(int descriptor);
/// The number of its rows, or 0.
int flom_terminal_rows(int descriptor);

/// What this user may still write on the file system that holds `path`, in bytes; -1 with errno.
int64_t flom_free_space(const char *path);

// Clocks

/// Whether the kernel takes its clock for synchronised: 1 or 0, or -1 if it may not be asked.
int flom_clock_is_synchronized(void);

// Name lookups

/// A static glibc obeys nsswitch.conf with dlopen and crashes: let it use its built-in services only. Call first.
void flom_use_builtin_name_services(void);

// The processor

/// Whether the processor has instructions for SHA-256.
int flom_has_sha256(void);
/// Takes `blocks` blocks of 64 bytes into a state of SHA-256 with those instructions, which Swift has no names for. `constants` are
/// the 64 of FIPS 180-4.
void flom_sha256(uint32_t state[8], const void *bytes, size_t blocks, const uint32_t constants[64]);

#endif
