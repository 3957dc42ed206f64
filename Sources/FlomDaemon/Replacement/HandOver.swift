internal import CFlomSystem
internal import FlomNet
internal import FlomSettings
internal import FlomSystem
internal import Glibc

/// The line on which a daemon hands its listening sockets to its successor, so that nobody who connects meanwhile is refused:
/// whoever comes after the one has stopped accepting waits in the socket's backlog for the other.
///
/// The successor asks; only then the daemon ends, and sends the sockets and `go` as its last words. Neither needs the other to
/// know this: a program that never asks gets no socket, which it would hold without serving it; a successor without a line listens
/// anew. A successor that hears the end before `go` gives up: its daemon was killed, or was ended by somebody who wants none.
enum HandOver {
    /// `PID-OF-THE-DAEMON:FD`, beside `DaemonStarter.variable`. The pid tells it from one that came with the environment of a
    /// program that did not know it.
    static let variable = "FLOM_HAND_OVER"

    private static let question = Array("sockets?".utf8)
    private static let go = Array("go".utf8)
    private static let longestWord = 64

    /// Both ends, close-on-exec. Packets, so that words and descriptors stay together.
    static func makeLine() throws(SystemError) -> (daemon: Int32, successor: Int32) {
        var ends: [Int32] = [-1, -1]
        let kind = Int32(SOCK_SEQPACKET.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else { throw SystemError("socketpair") }
        return (ends[0], ends[1])
    }

    // MARK: - The daemon's end

    /// What lies on the line. To be called when it is readable.
    static func isAsked(on line: Int32) -> Bool {
        var word = [UInt8](repeating: 0, count: longestWord)
        let count = recv(line, &word, word.count, Int32(MSG_DONTWAIT))
        return count > 0 && word[..<count].elementsEqual(question)
    }

    /// The last words. What cannot be sent the successor has to do without; it listens anew.
    static func send(_ listeners: [InheritedListeners.Listener], on line: Int32) {
        for listener in listeners {
            let word = Array("\(listener.inode)".utf8)
            _ = word.withUnsafeBytes { flom_send_descriptor(line, $0.baseAddress, $0.count, listener.descriptor) }
        }
        _ = go.withUnsafeBytes { Glibc.send(line, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
    }

    // MARK: - The successor's end

    /// The line that this process was started with, and the daemon at its other end; nil if it got none. The variable is removed.
    static func lineOfSuccessor() -> (daemon: Int32, line: Int32)? {
        guard let value = getenv(variable) else { return nil }
        let words = String(cString: value).split(separator: ":")
        unsetenv(variable)
        var found = stat()
        guard words.count == 2, let daemon = Int32(words[0]), let line = Int32(words[1]), fstat(line, &found) == 0,
            found.st_mode & S_IFMT == S_IFSOCK
        else { return nil }
        _ = fcntl(line, F_SETFD, FD_CLOEXEC)
        return (daemon, line)
    }

    /// Asks, and waits for the daemon's last words.
    static func receive(on line: Int32) throws(DaemonError) -> InheritedListeners {
        defer { close(line) }
        _ = question.withUnsafeBytes { Glibc.send(line, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        var listeners = InheritedListeners()
        var word = [UInt8](repeating: 0, count: longestWord)
        while true {
            var descriptor: Int32 = -1
            let count = flom_receive_descriptor(line, &word, word.count, &descriptor)
            if count < 0 && errno == EINTR { continue }
            if count > 0, descriptor >= 0 {
                listeners.add(descriptor, inode: UInt64(String(decoding: word[..<count], as: UTF8.self)) ?? 0)
            } else if count > 0 && word[..<count].elementsEqual(go) {
                return listeners
            } else {
                listeners.closeAll()
                throw DaemonError("the daemon that was to be replaced has ended in another way")
            }
        }
    }
}

/// The process that is to follow this daemon, as long as this one still serves.
struct Successor {
    /// Readable when the successor has asked for the sockets, or has let go of the line.
    let line: Int32
    /// What it says when it cannot follow.
    private let words: Int32

    init(line: Int32, words: Int32) {
        self.line = line
        self.words = words
    }

    /// Why it has ended; nil if it has not. To be called when it has let go of the line: a program that closes what it does not
    /// know is not to be waited for.
    func reasonOfEnd() -> String? {
        var waiting = pollfd(fd: words, events: Int16(POLLIN), revents: 0)
        // What is said is said by who ends.
        guard poll(&waiting, 1, Self.endMilliseconds) > 0, let said = Files.contents(of: words, limit: 4096) else { return nil }
        return said.isEmpty
            ? "the program that is on disk now ended before it could take over" : String(decoding: said, as: UTF8.self)
    }

    /// From the end of one descriptor of a process to the end of another.
    private static let endMilliseconds: Int32 = 50

    func close() {
        Glibc.close(line)
        Glibc.close(words)
    }
}
