internal import FlomSystem
internal import Glibc

/// Hears when one of the daemon's files loses its name: a tidy-up of `/tmp` takes socket and record away while they are in use.
///
/// The files themselves are watched, not their directory, in which others make and remove files all the time.
final class NameWatch {
    /// For `Sentinel`; negative where the kernel gives none, and the look once a second has to do.
    let descriptor: Int32

    init() { descriptor = inotify_init1(Int32(IN_CLOEXEC) | Int32(IN_NONBLOCK)) }

    /// A file that loses a name has one link less, which is a change of its attributes. Watching one twice is watching it once.
    func watch(_ paths: [String]) {
        guard descriptor >= 0 else { return }
        for path in paths {
            inotify_add_watch(descriptor, path, UInt32(IN_ATTRIB) | UInt32(IN_DELETE_SELF) | UInt32(IN_MOVE_SELF))
        }
    }

    /// What has been said is of no interest: whoever hears it looks at all of them.
    func drain() {
        var chunk = [UInt8](repeating: 0, count: 4096)
        while read(descriptor, &chunk, chunk.count) > 0 {}
    }

    deinit { if descriptor >= 0 { close(descriptor) } }
}
