internal import Glibc

/// A failed system call: its name, its subject and its error.
package struct SystemError: Error, Hashable, Sendable {
    package let call: String
    package let subject: String
    package let code: Int32

    /// - Parameter code: an `errno`; by default the current one.
    package init(_ call: String, _ subject: String = "", code: Int32 = errno) {
        self.call = call
        self.subject = subject
        self.code = code
    }

    /// The C library's text for the code, such as `Permission denied`.
    package var reason: String { String(cString: strerror(code)) }
}

extension SystemError: CustomStringConvertible {
    package var description: String { subject.isEmpty ? "\(call): \(reason)" : "\(call) \(subject): \(reason)" }
}
