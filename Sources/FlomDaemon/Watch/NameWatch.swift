internal import FlomSystem
internal import Glibc

/// Reports when one of the daemon's files loses its name: a tidy-up of `/tmp` removes socket and record while they are in use.
///
/// The files themselves are watched, not their directory, in which other processes make and remove files all the time.
final class NameWatch {
    /// The descriptor for `EventWatcher`; negative where the kernel gives none, so that only the check once a second remains.
    let descriptor: Int32

    init() { descriptor = inotify_init1(Int32(IN_CLOEXEC) | Int32(IN_NONBLOCK)) }

    /// Watches files. A file that loses a name has one link less, which changes its attributes. A file may be watched again.
    func watch(_ paths: [String]) {
        guard descriptor >= 0 else { return }
        for path in paths {
            inotify_add_watch(descriptor, path, UInt32(IN_ATTRIB) | UInt32(IN_DELETE_SELF) | UInt32(IN_MOVE_SELF))
        }
    }

    /// Discards the reports: the housekeeper checks all files.
    func drain() {
        var chunk = [UInt8](repeating: 0, count: 4096)
        while read(descriptor, &chunk, chunk.count) > 0 {}
    }

    deinit { if descriptor >= 0 { close(descriptor) } }
}
