import Foundation

/// The receiver of the system's log for the processes of one sandbox: a datagram socket in the place of `/dev/log`, or of the
/// journal of systemd, in a mount namespace.
package final class LogTaker: Sendable {
    package enum Kind: Sendable {
        case syslog
        case journal
    }

    private let descriptor: Int32
    private let kind: Kind
    private let box: Sandbox

    package static let isPossible = Conditions.canMount && Conditions.hasProgram("unshare")
    package static let need = "needs the right to make mount namespaces"

    package init(_ kind: Kind, _ box: Sandbox) throws {
        (self.kind, self.box) = (kind, box)
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
        let path = box.path("log")
        guard descriptor >= 0, SocketStream.withAddress(path, { bind(descriptor, $0, $1) }) == 0 else {
            throw SystemFailure("bind \(path)")
        }
    }

    deinit { close(descriptor) }

    /// The words that run a command in a mount namespace where only this receives the log.
    package func words(_ command: [String]) -> [String] {
        let place = kind == .syslog ? "/dev/log" : "/run/systemd/journal/socket"
        // A /dev and a /run of their own, with the devices that a daemon needs.
        let script = """
            mkdir -p dev; mount --rbind /dev dev; mount -t tmpfs none /dev; mount -t tmpfs none /run
            for name in null random urandom; do touch /dev/$name; mount --bind dev/$name /dev/$name; done
            mkdir -p \(place.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 }); touch \(place)
            mount --bind log \(place); exec "$@"
            """
        return ["unshare", "--mount", "--propagation", "private", "sh", "-ec", script, "sh"] + command
    }

    /// The next line; nil if there is none now.
    package func next() -> String? {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        return count < 0 ? nil : String(decoding: buffer[..<count], as: UTF8.self)
    }

    /// The lines up to the first one that contains the text.
    package func lines(until text: String) async throws -> [String] {
        var lines: [String] = []
        try await eventually("the log says '\(text)', after \(lines)") {
            while let line = next() {
                lines.append(line)
                if line.contains(text) { return true }
            }
            return false
        }
        return lines
    }
}
