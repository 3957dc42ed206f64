internal import FlomSystem
internal import Glibc
internal import Synchronization

/// A lookup of a host's name by the system's resolver, on a thread of its own: the resolver blocks as long as dead name servers make it
/// (20 s), and cannot be interrupted.
///
/// Each caller waits until its own deadline. A lookup for which no caller waits any more goes on, and its answer is kept for the next
/// caller: so a client that tries again each second gets the answer of a name server that takes three.
final class NameLookup: ThreadBody {
    struct Question: Hashable, Sendable {
        package let name: String
        /// The address family to look for: `AF_UNSPEC` or `AF_INET6`.
        package let family: Int32
    }

    enum Answer: Sendable {
        /// The addresses, with port 0.
        case found([InternetAddress])
        /// The name has no address; with the system's message.
        case unknown(String)
    }

    private struct State {
        package var answer: Answer?
        var isOldAt = Deadline.never
    }

    private let question: Question
    private let state = Mutex(State())
    /// A pipe that becomes readable for all waiting callers when the thread has closed the other end.
    private let ended: Int32
    private let end: Int32

    private static let lookups = Mutex<[Question: NameLookup]>([:])
    /// The age from which an answer is looked up anew.
    private static let freshMilliseconds: Int64 = 5000

    private init(_ question: Question, _ ends: (read: Int32, write: Int32)) {
        self.question = question
        (ended, end) = (ends.read, ends.write)
    }

    deinit { close(ended) }

    /// The answer; nil if there is none by the deadline.
    ///
    /// - Throws: if no thread can be made.
    static func answer(to question: Question, until deadline: Deadline) throws(SystemError) -> Answer? {
        let lookup = try joined(question)
        _ = Polling.wait(for: POLLIN, on: lookup.ended, until: deadline)
        return lookups.withLock { lookups in
            lookup.state.withLock { state in
                if state.answer != nil && lookups[question] === lookup { lookups[question] = nil }
                return state.answer
            }
        }
    }

    /// A lookup of the name that is under way or has just ended, or a new one.
    private static func joined(_ question: Question) throws(SystemError) -> NameLookup {
        let known = lookups.withLock { lookups -> NameLookup? in
            guard let known = lookups[question] else { return nil }
            let isFresh = known.state.withLock { !$0.isOldAt.hasPassed }
            if !isFresh { lookups[question] = nil }
            return isFresh ? known : nil
        }
        if let known { return known }
        let lookup = NameLookup(question, try Descriptor.pipe())
        lookups.withLock { $0[question] = lookup }
        do { pthread_detach(try SystemThread.start(lookup)) } catch {
            lookups.withLock { $0[question] = nil }
            close(lookup.end)
            throw error
        }
        return lookup
    }

    func run() {
        let answer = ask()
        state.withLock { state in
            state.answer = answer
            state.isOldAt = .after(milliseconds: Self.freshMilliseconds)
        }
        close(end)
    }

    // MARK: - Asking

    /// Asks `/etc/hosts` and DNS, then `getent`, which knows the system's other sources.
    private func ask() -> Answer {
        Host.useBuiltinNameServices()
        var hints = addrinfo()
        hints.ai_family = question.family
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let result = getaddrinfo(question.name, nil, &hints, &list)
        if result == 0 {
            defer { freeaddrinfo(list) }
            return .found(Self.addresses(in: list))
        }
        let reason = result == EAI_SYSTEM ? SystemError("getaddrinfo").reason : String(cString: gai_strerror(result))
        let others = askSystem()
        return others.isEmpty ? .unknown(result == EAI_AGAIN ? reason + NameServers.inWords : reason) : .found(others)
    }

    private static func addresses(in list: UnsafeMutablePointer<addrinfo>?) -> [InternetAddress] {
        var found: [InternetAddress] = []
        var next = list
        while let entry = next?.pointee {
            next = entry.ai_next
            if let address = entry.ai_addr.flatMap({ InternetAddress($0) }) { found.append(address) }
        }
        return found
    }

    /// Asks `getent`, which prints lines of `ADDRESS TYPE NAME`.
    private func askSystem() -> [InternetAddress] {
        // getent would take such a name for an option. No host has one.
        guard question.name.utf8.first != UInt8(ascii: "-") else { return [] }
        let database = question.family == AF_INET6 ? "ahostsv6" : "ahosts"
        let deadline = Deadline.after(milliseconds: Self.systemLimitMilliseconds)
        guard let lines = ChildOutput.of(["getent", database, question.name], until: deadline) else { return [] }
        return lines.split(separator: UInt8(ascii: "\n")).compactMap { line in
            let word = line.prefix { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") }
            guard let address = InternetAddress(text: String(decoding: word, as: UTF8.self), port: 0),
                question.family == AF_UNSPEC || address.family == .ipv6
            else { return nil }
            return address
        }
    }

    /// The limit for `getent`: twice what the system's resolver gives one name server.
    private static let systemLimitMilliseconds: Int64 = 10_000
}

/// The name servers that the system's resolver asks.
enum NameServers {
    /// The most name servers that the resolver uses.
    private static let most = 3

    /// The servers for a message, as in ` (name server 192.0.2.1 of /etc/resolv.conf)`; empty if the file names none.
    static var inWords: String {
        let lines = (Files.contents(of: "/etc/resolv.conf") ?? []).split(separator: UInt8(ascii: "\n"))
        let servers = lines.compactMap { line -> String? in
            let words = line.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
            guard words.count >= 2, words[0].elementsEqual("nameserver".utf8) else { return nil }
            return InternetAddress(text: String(decoding: words[1], as: UTF8.self), port: 0)?.text
        }.prefix(most)
        guard !servers.isEmpty else { return "" }
        return " (name server\(servers.count == 1 ? "" : "s") \(servers.joined(separator: ", ")) of /etc/resolv.conf)"
    }
}
