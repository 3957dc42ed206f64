internal import FlomSystem
internal import Glibc

/// How the last daemon of an endpoint has left it, in the words of its record (`EndpointRecord`).
package enum EndpointState: String, Sendable {
    case running
    /// Ended in order, with nothing open: the next starter's options count again.
    case ended
    /// Ended by a user's `-X` with something open: only a new command starts the next one.
    case shutDown = "shut-down"

    /// The first line of a record.
    package static let heading = "flom endpoint record 1"

    /// The state in a record, of which nothing else is read; nil if the file holds no record.
    package static func read(_ descriptor: Int32) -> EndpointState? {
        lseek(descriptor, 0, SEEK_SET)
        guard let bytes = Files.contents(of: descriptor, limit: 4096) else { return nil }
        let lines = bytes.split(separator: UInt8(ascii: "\n"))
        guard lines.first?.elementsEqual(heading.utf8) == true else { return nil }
        let key = "state="
        return lines.lazy.filter { $0.starts(with: key.utf8) }.first.flatMap {
            EndpointState(rawValue: String(decoding: $0.dropFirst(key.utf8.count), as: UTF8.self))
        }
    }
}

extension Endpoint {
    /// Whether a daemon, or a client that starts one, has the lock on the endpoint's record. Takes no lock.
    package var isRecordTaken: Bool {
        guard let record = try? Descriptor.open(recordPath, O_RDONLY | O_NOFOLLOW | O_NONBLOCK),
            let found = try? record.status(), found.st_mode & S_IFMT == S_IFREG
        else { return false }
        return (try? FileLock.isTaken(record.number)) == true
    }
}
