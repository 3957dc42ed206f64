import FlomNetCore
import FlomSystem
import FlomWire
import Glibc
import Synchronization

/// A daemon that does what a script says, on a UNIX socket in a directory of its own. It runs on a thread, because a client's calls
/// block.
final class ScriptedDaemon: ThreadBody {
    enum Act: Sendable {
        /// Takes the next connection; the one before stays as it is.
        case accepts
        /// Reads messages up to one that is called so. Those in between may be what a client says without being asked.
        case hears(String)
        /// Reads until the client has closed.
        case hearsTheEnd
        case says(ServerMessage)
        case saysBytes(String)
        /// Ends the connection taken last.
        case closes
        /// Nobody listens from here on, until `listens`.
        case stopsListening
        case listens
        /// Goes on when the test says so.
        case pauses
    }

    private struct State {
        var heard: [String] = []
        /// Why the script could not be played.
        var failure: String?
        var connections = 0
        var pauses = 0
        var resumptions = 0
        var isOver = false
    }

    let path: String
    private let directory: String
    private let script: [Act]
    private let state = Mutex(State())
    /// Longer than any client of the tests waits.
    private static let limitMilliseconds: Int32 = 20_000

    init(_ script: [Act]) throws {
        var template = Array("/tmp/flom-scripted-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemError("mkdtemp") }
        directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        path = directory + "/socket"
        self.script = script
    }

    deinit {
        unlink(path)
        rmdir(directory)
    }

    /// Plays the script on a thread of its own, beside `body`, and waits for both.
    func play(_ body: () throws -> Void) throws {
        let listener = try listen()
        first.withLock { $0 = listener }
        let thread = try SystemThread.start(self)
        defer { pthread_join(thread, nil) }
        try body()
    }

    private let first = Mutex<Int32>(-1)

    var heard: [String] { state.withLock { $0.heard } }
    var failure: String? { state.withLock { $0.failure } }
    var connections: Int { state.withLock { $0.connections } }
    var isPaused: Bool { state.withLock { $0.pauses > $0.resumptions } }
    func goOn() { state.withLock { $0.resumptions += 1 } }

    // MARK: - The thread

    private struct Failure: Error { let what: String }

    func run() {
        var listener = first.withLock { $0 }
        var connection: Int32 = -1
        var taken: [Int32] = []
        var reader = FrameReader(limit: FrameLimit.betweenOurs)
        do {
            for act in script {
                switch act {
                case .accepts:
                    try Self.wait(for: listener, "a connection")
                    connection = accept(listener, nil, nil)
                    taken.append(connection)
                    reader = FrameReader(limit: FrameLimit.betweenOurs)
                    state.withLock { $0.connections += 1 }
                case .hears(let word): try hear(word, on: connection, &reader)
                case .hearsTheEnd: try hear(nil, on: connection, &reader)
                case .says(let message):
                    var bytes: [UInt8] = []
                    guard message.encode(into: &bytes) else { throw Failure(what: "\(message) cannot be said") }
                    _ = send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL))
                case .saysBytes(let text): _ = send(connection, Array(text.utf8), text.utf8.count, Int32(MSG_NOSIGNAL))
                case .closes: shutdown(connection, Int32(SHUT_RDWR))
                case .stopsListening:
                    unlink(path)
                    close(listener)
                    listener = -1
                case .listens: listener = try listen()
                case .pauses:
                    state.withLock { $0.pauses += 1 }
                    let limit = Deadline.after(milliseconds: Int64(Self.limitMilliseconds))
                    while isPaused {
                        if limit.hasPassed { throw Failure(what: "nobody goes on") }
                        Clock.sleep(milliseconds: 1)
                    }
                }
            }
        } catch {
            state.withLock { $0.failure = (error as? Failure)?.what ?? "\(error)" }
        }
        for descriptor in taken + [listener] where descriptor >= 0 { close(descriptor) }
    }

    /// - Parameter word: nil for the end.
    private func hear(_ word: String?, on connection: Int32, _ reader: inout FrameReader) throws {
        while true {
            while let frame = try reader.next() {
                let said = try ClientMessage(decoding: frame).word
                state.withLock { $0.heard.append(said) }
                if said == word { return }
            }
            try Self.wait(for: connection, word ?? "the end")
            var chunk = [UInt8](repeating: 0, count: 4096)
            let count = recv(connection, &chunk, chunk.count, 0)
            guard count > 0 else {
                if let word { throw Failure(what: "the client has gone before '\(word)'") }
                return
            }
            chunk.withUnsafeBytes { reader.append(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
        }
    }

    private static func wait(for descriptor: Int32, _ what: String) throws {
        var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&waiting, 1, limitMilliseconds) > 0 else { throw Failure(what: "\(what) has not come") }
    }

    private func listen() throws -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        let address = try UnixAddress(path: path)
        guard address.withAddress({ bind(descriptor, $0, $1) }) == 0, Glibc.listen(descriptor, 8) == 0 else {
            throw SystemError("bind", path)
        }
        return descriptor
    }
}
