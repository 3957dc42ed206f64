import FlomModel
import Glibc
import Testing

@testable import FlomStore

/// A directory for one test, removed with its content.
final class TemporaryDirectory {
    let path: String

    init() {
        var template = Array("/tmp/flom-store-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { fatalError("mkdtemp: \(errno)") }
        path = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    }

    deinit {
        for name in Self.names(in: path) { unlink(path + "/" + name) }
        rmdir(path)
    }

    var journal: String { path + "/journal" }

    var settings: Journal.Settings {
        Journal.Settings(path: journal, machineID: "machine-1", bootID: "boot-1")
    }

    static func names(in path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }
}

func contents(_ path: String) -> [UInt8] {
    let descriptor = open(path, O_RDONLY)
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
        let count = read(descriptor, &buffer, buffer.count)
        guard count > 0 else { return bytes }
        bytes += buffer[..<count]
    }
}

func write(_ bytes: [UInt8], to path: String) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    defer { close(descriptor) }
    guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count else { fatalError("write: \(errno)") }
}

/// The n-th second of a test, on both clocks.
func second(_ count: Int64) -> Moment {
    Moment(
        boottime: Instant(nanoseconds: count * 1_000_000_000), wallMicroseconds: 1_700_000_000_000_000 + count * 1_000_000)
}

func request(_ resource: String = "R1", _ mode: LockMode = .exclusive) -> LockRequest {
    guard let name = try? ResourceName(Array(resource.utf8)) else { fatalError("\(resource) is no name") }
    return LockRequest(resource: name, mode: mode)
}

func event(_ number: Int64, _ kind: Event.Kind) -> JournalEntry {
    .request(Event(RequestID(number), kind))
}

func token(_ counter: Int64) -> FencingToken { FencingToken(epoch: 1, counter: counter) }

extension Journal {
    /// Requests with these numbers, granted and released at once, one commit each.
    func commitLives(_ numbers: ClosedRange<Int64>, of resource: String = "R1") throws {
        for number in numbers {
            try commit(
                [
                    event(number, .requested(request(resource))),
                    event(number, .granted(token(number))),
                    event(number, .released(.exited(status: 0))),
                ],
                at: second(number)
            )
        }
    }
}

extension JournalReader {
    func rows(_ query: HistoryQuery = HistoryQuery()) throws -> [HistoryRow] {
        var rows: [HistoryRow] = []
        try history(query) { rows.append($0) }
        return rows
    }
}

/// The error that the call throws; the test fails when it throws none.
func journalError(_ body: () throws -> Void) -> JournalError? {
    do {
        try body()
        Issue.record("nothing was thrown")
        return nil
    } catch {
        return error as? JournalError
    }
}
