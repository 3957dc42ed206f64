import Foundation

/// Runs a program without some system calls, as under an older kernel (`ENOSYS`) or in a sandbox (`EPERM`).
package struct ForbiddenCalls: Sendable, CustomStringConvertible {
    package enum Answer: String, CaseIterable, Sendable {
        case unknown = "ENOSYS"
        case notAllowed = "EPERM"
    }

    private let names: [String]
    private let answer: Answer

    package init(_ names: String..., answer: Answer) {
        self.names = names
        self.answer = answer
    }

    package var description: String { "\(names.joined(separator: ", ")): \(answer.rawValue)" }

    /// The words that run a command, and its children, without these calls.
    package func words(_ command: [String]) -> [String] {
        ["python3", "-c", Self.script, names.joined(separator: ","), answer.rawValue] + command
    }

    /// A seccomp filter. Any process may set one that gives up gaining rights by execution.
    private static let script = """
        import ctypes, errno, os, platform, struct, sys
        numbers = {"pidfd_open": 434, "close_range": 436, "clone3": 435, "getrandom": 278,
                   "accept": 202, "accept4": 242}
        if platform.machine() == "x86_64":
            numbers |= {"getrandom": 318, "accept": 43, "accept4": 288}
        step = lambda code, yes, no, value: struct.pack("HBBI", code, yes, no, value)
        steps = step(0x20, 0, 0, 0)
        for name in sys.argv[1].split(","):
            steps += step(0x15, 0, 1, numbers[name]) + step(0x06, 0, 0, 0x50000 | getattr(errno, sys.argv[2]))
        steps += step(0x06, 0, 0, 0x7FFF0000)
        room = ctypes.create_string_buffer(steps, len(steps))
        class Program(ctypes.Structure):
            _fields_ = [("count", ctypes.c_ushort), ("steps", ctypes.c_void_p)]
        libc = ctypes.CDLL(None, use_errno=True)
        program = Program(len(steps) // 8, ctypes.addressof(room))
        if libc.prctl(38, 1, 0, 0, 0) or libc.prctl(22, 2, ctypes.byref(program), 0, 0):
            sys.exit("no filter can be set: " + os.strerror(ctypes.get_errno()))
        os.execvp(sys.argv[3], sys.argv[3:])
        """

    /// Whether this machine can do this.
    package static let isPossible = Conditions.succeeds(ForbiddenCalls("pidfd_open", answer: .unknown).words(["true"]))

    package static let need = "needs python3 and the right to set seccomp filters"
}
