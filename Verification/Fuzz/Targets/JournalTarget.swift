internal import FlomModel
internal import FlomStore
internal import FlomSystem
internal import Glibc

/// A journal in which any bytes have been put anywhere, in the database or in its log: it is read, verified, opened to be written and
/// gone on with, or refused with a sentence. A journal that is opened for writing keeps what a reader has read of it.
///
/// The input is a list of edits, three bytes of place, one of length, and what is put there, so that a mutation changes a byte or
/// two of a whole journal, not its head each time.
enum JournalTarget {
    private static let directory: String = {
        let memory = "/dev/shm"
        var template = Array(((access(memory, W_OK) == 0 ? memory : "/tmp") + "/flom-fuzz-XXXXXX").utf8CString)
        guard mkdtemp(&template) != nil else { fatalError("mkdtemp: \(errno)") }
        atexit { JournalTarget.removeAll() }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }()
    private static let path = directory + "/journal"
    private static let files = [path, path + "-wal"]

    /// The database and its log, both with events of every common kind.
    private static let whole: [[UInt8]] = {
        do { return try make() } catch { fatalError("no journal: \(error)") }
    }()

    static func complaint(about bytes: [UInt8]) -> String? {
        var edited = whole
        apply(bytes, to: &edited)
        remove()
        for (path, content) in zip(files, edited) { write(content, to: path) }
        do {
            let reader = try JournalReader.open(path: path)
            defer { reader.close() }
            var rows = 0
            try reader.history(HistoryQuery()) { _ in rows += 1 }
            _ = try reader.openRequests()
            _ = try reader.verify()
        } catch let error as JournalError {
            if error.sentence.isEmpty { return "refuses to read without a word" }
        } catch { return "ends reading with \(error)" }
        do throws(JournalError) {
            let journal = try Journal.open(settings, now: second(100))
            defer { journal.close() }
            let recovered = try journal.recover()
            if recovered.nextRequestNumber <= 0 { return "would give the number \(recovered.nextRequestNumber)" }
            try journal.commit([event(recovered.nextRequestNumber, .requested(request("again")))], at: second(101))
        } catch {
            if error.sentence.isEmpty { return "refuses to write without a word" }
        }
        return nil
    }

    private static func apply(_ edits: [UInt8], to edited: inout [[UInt8]]) {
        let total = edited[0].count + edited[1].count
        var rest = edits[...]
        while rest.count >= 5 {
            let head = Array(rest.prefix(4))
            let place = (Int(head[0]) << 16 | Int(head[1]) << 8 | Int(head[2])) % total
            rest = rest.dropFirst(4)
            let put = rest.prefix(Int(head[3] & 15) + 1)
            rest = rest.dropFirst(put.count)
            for (offset, byte) in put.enumerated() where place + offset < total {
                let at = place + offset
                if at < edited[0].count { edited[0][at] = byte } else { edited[1][at - edited[0].count] = byte }
            }
        }
    }

    // MARK: - The journal

    private static let settings = Journal.Settings(path: path, sync: .off, machineID: "machine", bootID: "boot")

    private static func make() throws -> [[UInt8]] {
        remove()
        let journal = try Journal.open(settings, now: second(0))
        for number in Int64(1)...8 {
            try journal.commit(
                [
                    event(number, .requested(request("R\(number % 3)"))),
                    event(number, .granted(FencingToken(epoch: 1, counter: number))),
                ], at: second(number))
            if number < 7 { try journal.commit([event(number, .released(.exited(status: 0)))], at: second(number)) }
        }
        // Before it is closed, which would carry the log over into the database. Half of it is in either.
        let content = files.map { Files.contents(of: $0, limit: 1 << 24) ?? [] }
        journal.close()
        let database = Files.contents(of: path, limit: 1 << 24) ?? []
        guard content[1].count > 4096, database.count > 4096 else { fatalError("an empty journal") }
        return [database, content[1]]
    }

    private static func second(_ count: Int64) -> Moment {
        Moment(
            boottime: Instant(nanoseconds: count * 1_000_000_000), wallMicroseconds: 1_700_000_000_000_000 + count * 1_000_000)
    }

    private static func request(_ name: String) -> LockRequest {
        guard let name = try? ResourceName(Array(name.utf8)) else { fatalError("\(name) is no name") }
        return LockRequest(resource: name, mode: .exclusive)
    }

    private static func event(_ number: Int64, _ kind: Event.Kind) -> JournalEntry { .request(Event(RequestID(number), kind)) }

    // MARK: - Files

    private static func write(_ bytes: [UInt8], to path: String) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0, writeAll(bytes, to: descriptor) else { fatalError("\(path): \(errno)") }
        close(descriptor)
    }

    private static func remove() { for ending in ["", "-wal", "-shm", "-journal"] { unlink(path + ending) } }

    private static func removeAll() {
        remove()
        rmdir(directory)
    }
}
