internal import Glibc

/// A system call that failed: which, on what, and why.
package struct SystemError: Error, Hashable, Sendable {
    package let call: String
    package let subject: String
    package let code: Int32

    /// - Parameter code: errno; the current one if not given.
    package init(_ call: String, _ subject: String = "", code: Int32 = errno) {
        self.call = call
        self.subject = subject
        self.code = code
    }

    /// The kernel's words for the code: `Permission denied`.
    package var reason: String { String(cString: strerror(code)) }
}

extension SystemError: CustomStringConvertible {
    package var description: String { subject.isEmpty ? "\(call): \(reason)" : "\(call) \(subject): \(reason)" }
}
