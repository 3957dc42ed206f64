internal import FlomModel
internal import FlomOptions
internal import FlomSystem
internal import Glibc

/// `--fence FILE`: runs the command only if its fencing token is not older than the newest that FILE has seen, and records the
/// token in FILE.
///
/// This turns away a command that lost its lock without noticing. FILE is locked while the command runs, so no older command can
/// start after a newer one.
struct FencedRun {
    private let path: String
    private let words: [[UInt8]]

    private static let variable = "FLOM_FENCING_TOKEN"
    /// The most bytes that FILE may have; a token has at most 16 digits.
    private static let sizeLimit = 64

    init(file: String, words: [[UInt8]]) {
        path = Files.absolute(file)
        self.words = words
    }

    /// The exit status: the command's, or 98 if the token is too old.
    func run() throws(Failure) -> Int32 {
        let token = try ownToken()
        let file = try openLocked()
        let newest = try recorded(file)
        guard token >= newest else {
            throw Failure(
                .busy,
                "the fencing token \(token.value) is older than \(newest.value), the newest in '\(path)': another "
                    + "command has had the lock since, and this one does not run")
        }
        if token > newest { try record(token, in: file) }
        var command = try Command.start(words: words, environment: nil)
        switch command.wait() {
        case .exited(let status): return Int32(status)
        case .signalled(let signal): return 128 + signal
        case .notStarted, .unlocked, .disconnected: return ExitStatus.failure.rawValue
        }
    }

    private func ownToken() throws(Failure) -> FencingToken {
        guard let text = getenv(Self.variable).map({ String(cString: $0) }) else {
            throw Failure(.failure, "--fence needs \(Self.variable), which flom sets for the command that it runs under a lock")
        }
        guard let value = Int64(text), value > 0, text.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }) else {
            throw Failure(.failure, "\(Self.variable) is '\(text)', which is no fencing token")
        }
        return FencingToken(value)
    }

    private func openLocked() throws(Failure) -> Descriptor {
        do throws(SystemError) {
            let file = try Descriptor.open(path, O_RDWR | O_CREAT, mode: 0o666)
            while flock(file.number, LOCK_EX) != 0 {
                guard errno == EINTR else { throw SystemError("flock", path) }
            }
            return file
        } catch {
            throw Failure(.failure, "the fence '\(path)' cannot be used: \(error.reason)")
        }
    }

    private func recorded(_ file: borrowing Descriptor) throws(Failure) -> FencingToken {
        guard let bytes = Files.contents(of: file.number, limit: Self.sizeLimit) else {
            throw Failure(.failure, "the fence '\(path)' cannot be read: it has no fencing token")
        }
        let digits = bytes.filter { $0 != UInt8(ascii: "\n") }
        if digits.isEmpty { return FencingToken(0) }
        guard let value = Int64(String(decoding: digits, as: UTF8.self)), value >= 0 else {
            throw Failure(.failure, "the fence '\(path)' holds something other than a fencing token; it is left untouched")
        }
        return FencingToken(value)
    }

    /// Writes the token in place and at a fixed width, so that a crash leaves the old number or the new one. It is on the device
    /// before the command runs.
    private func record(_ token: FencingToken, in file: borrowing Descriptor) throws(Failure) {
        let digits = String(token.value)
        let line = Array((String(repeating: "0", count: 16 - digits.utf8.count) + digits + "\n").utf8)
        let count = line.withUnsafeBytes { pwrite(file.number, $0.baseAddress, $0.count, 0) }
        guard count == line.count, ftruncate(file.number, line.count) == 0, fdatasync(file.number) == 0 else {
            throw Failure(.failure, "the fence '\(path)' cannot be written: \(SystemError("write").reason)")
        }
    }
}
