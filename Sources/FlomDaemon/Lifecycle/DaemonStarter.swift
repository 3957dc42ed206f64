internal import FlomNet
package import FlomNetCore
package import FlomSettings
internal import FlomSystem
internal import Glibc

/// The client's part in starting a daemon: the client executes its own program anew, with its own command line.
package enum DaemonStarter {
    /// How long a daemon may take until it reports that it is ready, in milliseconds. Recovery of 10 000 open grants takes less
    /// than 1 s.
    private static let readyLimitMilliseconds: Int64 = 20_000

    package enum Outcome: Sendable {
        /// The daemon listens. The warning is a sentence for the user.
        case started(warning: String?)
        /// Another process is starting the daemon, or it runs without its socket for a moment, or another daemon serves the
        /// group.
        case inOtherHands
    }

    /// The error for a daemon that ended without a report: it was killed.
    package static let endedUnready = DaemonError("the daemon ended before it was ready")

    /// Starts the endpoint's daemon, unless another process does.
    ///
    /// - Parameters:
    ///   - line: the daemon's command line.
    ///   - isNewCommand: false for a client whose daemon was lost. Such a client starts none where `-X` has left its mark.
    /// - Throws: `DaemonError` with the daemon's own words.
    package static func start(
        for endpoint: Endpoint, line: [[UInt8]], isNewCommand: Bool = true
    ) throws(DaemonError) -> Outcome {
        guard let record = try RecordLock.openUnlessTaken(for: endpoint) else { return .inOtherHands }
        do {
            guard try FileLock.tryExclusive(record.number) else { return .inOtherHands }
        } catch {
            throw DaemonError("the endpoint record cannot be locked: \(error.reason)")
        }
        // The lock means nothing if a tidy-up has removed the file since it was opened.
        guard RecordLock.isNamed(record, endpoint) else { return .inOtherHands }
        if !isNewCommand && EndpointRecord.read(record.number)?.state == .shutDown { return .inOtherHands }
        return try DefaultSocket.excluding(endpoint) { () throws(DaemonError) in try start(on: record, line) }
    }

    private static func start(on record: borrowing Descriptor, _ line: [[UInt8]]) throws(DaemonError) -> Outcome {
        guard let ready = try? Descriptor.pipe() else { throw DaemonError("no pipe can be opened: \(SystemError("").reason)") }
        let readEnd = Descriptor(owning: ready.read)
        var words = line.map { word in strdup(word.map { CChar(bitPattern: $0) } + [0]) }
        defer { for word in words { free(word) } }
        words.append(nil)
        do {
            // The daemon's copy must be the last one, so that its end is seen.
            defer { close(ready.write) }
            try OwnProgram.executeDaemon(OwnProgram.path, words, ready: ready.write, record: record.number)
        }
        switch try hear(readEnd) {
        case .ready(let warning): return .started(warning: warning)
        case .yields: return .inOtherHands
        case .failed(let sentence): throw DaemonError(sentence)
        case .nothing: throw endedUnready
        }
    }

    private static func hear(_ pipe: borrowing Descriptor) throws(DaemonError) -> StartReport {
        let deadline = Deadline.after(milliseconds: readyLimitMilliseconds)
        var words: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1024)
        while true {
            var waiting = pollfd(fd: pipe.number, events: Int16(POLLIN), revents: 0)
            let count = poll(&waiting, 1, deadline.pollMilliseconds)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else {
                throw DaemonError("the daemon was started, but has not become ready within \(readyLimitMilliseconds / 1000) s")
            }
            let read = Glibc.read(pipe.number, &chunk, chunk.count)
            if read < 0 && errno == EINTR { continue }
            if read <= 0 { break }
            words.append(contentsOf: chunk[..<read])
        }
        return StartReport(text: String(decoding: words, as: UTF8.self))
    }
}
