import FlomModel

extension ClientMessage {
    /// Reads one frame as `FrameReader` cuts it, or a datagram (white space may follow the message).
    ///
    /// Accepts what 1.7.2's daemon accepts (wire spec 4.2 and 4.3), except what no peer sends and a mistake could hide in:
    /// numbers with something behind them, bare control characters, several documents in one frame, a closing tag inside a
    /// comment. Attributes of the extension count only in messages with the marker.
    ///
    /// - Throws: `WireError`; the sender of such a frame loses the connection.
    package init(decoding frame: [UInt8]) throws(WireError) {
        var reader = try MessageReader(frame)
        guard reader.step == Step.request, let verb = Verb(rawValue: reader.verb) else {
            throw .unexpected("verb \(reader.verb) step \(reader.step) from a client")
        }
        // Without the marker the verbs of the extension do not exist, and their elements would be unknown.
        guard reader.speaksExtension || verb.rawValue < Verb.describe.rawValue else {
            throw .unexpected("verb \(reader.verb) without the marker")
        }
        switch verb {
        case .lock:
            self = .lock(try LockMessage(from: &reader))
        case .unlock:
            self = .unlock(try UnlockMessage(from: &reader))
        case .discover:
            let note = try reader.discoveryNote { _ in }
            self = .discover(extended: reader.speaksExtension, note: note)
        case .manage:
            self = .shutdown(try ShutdownMessage(from: &reader))
        case .describe:
            self = .describe(command: try Self.command(from: &reader))
        case .started:
            self = .started(try Self.process(from: &reader))
        case .expired:
            try reader.finish()
            self = .expired
        case .query:
            self = .query(try HistoryQuery(from: &reader))
        case .confirm:
            try reader.finish()
            self = .confirm
        case .breakLock:
            self = .breakLock(try BreakMessage(from: &reader))
        case .prune:
            self = try Self.prune(from: &reader)
        case .closing, .revoked:
            throw .unexpected("verb \(reader.verb) from a client")
        case .parts:
            self = .parts(try Self.parts(from: &reader))
        }
    }

    private static func command(from reader: inout MessageReader) throws(WireError) -> [[UInt8]] {
        var words: [[UInt8]]?
        while try reader.next() {
            guard reader.element == .command, reader.isNamed("argv") else { continue }
            guard let bytes = try reader.base64() else { throw reader.malformed("no base64") }
            words = CommandWords.splitWhole(bytes)
            if words == nil { throw reader.malformed("without a NUL at its end") }
        }
        guard let words else { throw .unexpected("a description without argv") }
        return words
    }

    private static func parts(from reader: inout MessageReader) throws(WireError) -> [ResourceMessage] {
        var parts: [ResourceMessage] = []
        var current = 0
        while try reader.next() {
            guard reader.element == .part else { continue }
            if reader.elementNumber != current {
                guard parts.count < PartLimit.resources else { throw .unexpected("more than \(PartLimit.resources) resources") }
                current = reader.elementNumber
                parts.append(ResourceMessage(name: []))
            }
            if reader.isNamed("name") {
                parts[parts.count - 1].name = try reader.resourceName()
            } else if reader.isNamed("mode") {
                parts[parts.count - 1].mode = try reader.number()
            } else if reader.isNamed("quantity") {
                parts[parts.count - 1].quantity = try reader.number()
            }
        }
        return parts
    }

    private static func process(from reader: inout MessageReader) throws(WireError) -> ProcessIdentity {
        var pid: Int32?
        var startTime: UInt64?
        while try reader.next() {
            guard reader.element == .process else { continue }
            if reader.isNamed("pid") {
                pid = try reader.number(in: 1...Int32.max)
            } else if reader.isNamed("start") {
                startTime = try reader.number(in: 0...UInt64.max)
            }
        }
        guard let pid, let startTime else { throw .unexpected("a start without process") }
        return ProcessIdentity(pid: pid, startTime: startTime)
    }
}

extension UnlockMessage {
    fileprivate init(from reader: inout MessageReader) throws(WireError) {
        var name: [UInt8]?
        self.init(name: [])
        speaksExtension = reader.speaksExtension
        while try reader.next() {
            // Other elements do not belong here and are skipped, whatever they carry.
            guard reader.element == .resource else { continue }
            if reader.isNamed("name") {
                name = try reader.resourceName()
            } else if reader.isNamed("rollback") {
                rollback = try reader.flag()
            } else if reader.isOnlyForLock {
                throw .unexpected("\(reader.attributeName) in an unlock")
            } else if speaksExtension && reader.isNamed("x-expired") {
                _ = try reader.number(in: Int32(1)...1)
                isExpired = true
            } else if speaksExtension {
                completion = try Self.completion(in: reader) ?? completion
            }
        }
        guard let name else { throw .unexpected("an unlock without the name of a resource") }
        self.name = name
    }

    private static func completion(in reader: borrowing MessageReader) throws(WireError) -> Completion? {
        if reader.isNamed("x-status") {
            return .exited(status: UInt8(try reader.number(in: 0...Int32(UInt8.max))))
        }
        if reader.isNamed("x-signal") {
            return .signalled(try reader.number(in: 1...64))
        }
        if reader.isNamed("x-failed") {
            _ = try reader.number(in: Int32(1)...1)
            return .notStarted
        }
        return nil
    }
}

extension BreakMessage {
    fileprivate init(from reader: inout MessageReader) throws(WireError) {
        var request: RequestID?
        var reason = ""
        while try reader.next() {
            guard reader.element == .part else { continue }
            if reader.isNamed("request") {
                request = RequestID(try reader.number(in: 1...Int64.max))
            } else if reader.isNamed("reason") {
                reason = try reader.string()
            }
        }
        guard let request else { throw .unexpected("a break without request") }
        self.init(request: request, reason: reason)
    }
}

extension ShutdownMessage {
    fileprivate init(from reader: inout MessageReader) throws(WireError) {
        var immediate: Bool?
        var restarts = false
        var peerID: String?
        while try reader.next() {
            if reader.element == .session, reader.isNamed("peerid") {
                peerID = try reader.string()
            } else if reader.element == .shutdown {
                if reader.speaksExtension, reader.isNamed("x-restart") {
                    restarts = try reader.flag()
                    continue
                }
                guard reader.isNamed("immediate") else { throw .unexpected("\(reader.attributeName) in a shutdown") }
                immediate = try reader.flag()
            }
        }
        guard let immediate else { throw .unexpected("a shutdown that does not say whether it is immediate") }
        self.init(immediate: immediate)
        self.restarts = restarts
        self.peerID = peerID
        speaksExtension = reader.speaksExtension
    }
}

extension MessageReader {
    /// Reads to the end of the message.
    ///
    /// - Parameter other: called for everything else that `next` finds.
    /// - Returns: the last note in the message; nil if there is none.
    mutating func discoveryNote(
        _ other: (borrowing MessageReader) throws(WireError) -> Void
    ) throws(WireError) -> DiscoveryNote? {
        var note: DiscoveryNote?
        while try next() {
            guard element == .daemon else {
                try other(self)
                continue
            }
            guard let read = DiscoveryNote(text: text) else { throw .unexpected("a daemon without id and age") }
            note = read
        }
        return note
    }

    /// The bytes of the name up to a NUL, which ends it in 1.7.2. Empty if the attribute is not Base64; the daemon refuses that as an
    /// invalid name.
    func resourceName() throws(WireError) -> [UInt8] {
        guard let name = try base64() else { return [] }
        guard let end = name.firstIndex(of: 0) else { return name }
        return Array(name[..<end])
    }

    /// Whether the attribute may stand on the resource of a lock, and must not on that of an unlock.
    fileprivate var isOnlyForLock: Bool {
        isNamed("mode") || isNamed("wait") || isNamed("quantity") || isNamed("create")
            || isNamed("lifespan")
    }
}
