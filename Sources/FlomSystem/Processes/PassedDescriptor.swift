internal import Glibc

/// A descriptor that a process hands to the program that it executes, named by an environment variable: `PID-OF-THE-SENDER:FD`.
///
/// The process id tells such a variable from one that came through a program that did not know it.
package struct PassedDescriptor: Hashable, Sendable {
    package let sender: Int32
    package let descriptor: Int32

    /// A descriptor that this process hands on.
    package init(_ descriptor: Int32) {
        sender = getpid()
        self.descriptor = descriptor
    }

    /// The variable's value.
    package var text: String { "\(sender):\(descriptor)" }

    /// - Returns: nil unless the text has the form that `text` writes.
    package init?(text: String) {
        let words = text.split(separator: ":", omittingEmptySubsequences: false)
        guard words.count == 2, let sender = Int32(words[0]), let descriptor = Int32(words[1]) else { return nil }
        (self.sender, self.descriptor) = (sender, descriptor)
    }

    /// The descriptor that this process was given, close-on-exec from now on. The variable is removed.
    ///
    /// - Parameter kind: its file type, as in `st_mode`: `S_IFIFO`, `S_IFSOCK`.
    /// - Returns: nil if there is no such variable, or its descriptor is of another kind.
    package static func fromEnvironment(_ variable: String, kind: UInt32) -> PassedDescriptor? {
        guard let value = getenv(variable) else { return nil }
        let given = PassedDescriptor(text: String(cString: value))
        unsetenv(variable)
        var found = stat()
        guard let given, fstat(given.descriptor, &found) == 0, found.st_mode & S_IFMT == kind else { return nil }
        _ = fcntl(given.descriptor, F_SETFD, FD_CLOEXEC)
        return given
    }
}
