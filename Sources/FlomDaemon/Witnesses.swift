internal import FlomEngine
internal import FlomSystem
internal import Glibc

/// FIFOs that tell whether anybody lives who belongs to a grant, where processes cannot: in other PID namespaces, or of other users
/// whose environment this daemon may not read.
///
/// The client is given the write end with the grant, and hands it on to the command. Any daemon, also a later one, opens the FIFO by
/// its name and reads: the end of file says that nobody has the write end any more. (Everywhere else the processes themselves say
/// more, and cost no file a grant: see docs/decisions.md.)
final class Witnesses {
    private let directory: String
    private var readEnds: [RequestID: Int32] = [:]
    /// Of grants that are about to be told.
    private var writeEnds: [RequestID: Int32] = [:]

    /// Descriptors.
    var count: Int { readEnds.count + writeEnds.count }

    init(journalPath: String) { directory = journalPath + ".live" }

    private func path(_ request: RequestID) -> String { "\(directory)/\(request.number)" }

    /// Before the grant is committed. Without room or rights there is none, and the lock then ends by what else is known.
    func make(for request: RequestID) {
        guard (try? Files.makePrivateDirectory(directory)) != nil else { return }
        unlink(path(request))
        guard mkfifo(path(request), 0o600) == 0, let readEnd = openToRead(request) else { return }
        let writeEnd = open(path(request), O_WRONLY | O_NONBLOCK | O_CLOEXEC)
        guard writeEnd >= 0 else { return remove(request) }
        readEnds[request] = readEnd
        writeEnds[request] = writeEnd
    }

    /// The end to be passed on with the grant; the caller's from now on.
    func takeWriteEnd(of request: RequestID) -> Int32? { writeEnds.removeValue(forKey: request) }

    /// For watching: becomes readable when nobody has the other end any more; nil if the grant has no witness.
    func readEnd(of request: RequestID) -> Int32? {
        if let known = readEnds[request] { return known }
        guard let readEnd = openToRead(request) else { return nil }
        readEnds[request] = readEnd
        return readEnd
    }

    private func openToRead(_ request: RequestID) -> Int32? {
        let descriptor = open(path(request), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW)
        return descriptor >= 0 ? descriptor : nil
    }

    /// Whether somebody has the other end.
    static func isAlive(_ readEnd: Int32) -> Bool {
        var byte: UInt8 = 0
        return read(readEnd, &byte, 1) != 0
    }

    /// The grant has ended.
    func remove(_ request: RequestID) {
        if let descriptor = writeEnds.removeValue(forKey: request) { close(descriptor) }
        guard let descriptor = readEnds.removeValue(forKey: request) else { return }
        close(descriptor)
        unlink(path(request))
    }
}
