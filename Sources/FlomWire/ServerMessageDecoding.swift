import FlomEngine

extension ServerMessage {
    /// Reads one frame as `FrameReader` cuts it, or a datagram (white space may follow the message).
    ///
    /// Accepts what 1.7.2's client accepts (wire spec 4.4 and 4.5), except two things in which it takes a lock that it was
    /// not given: an answer without `rc`, and an `rc` that no daemon sends.
    ///
    /// - Throws: `WireError`; a client ends its connection then.
    package init(decoding frame: [UInt8]) throws(WireError) {
        var reader = try MessageReader(frame)
        switch (Verb(rawValue: reader.verb), UInt8(exactly: reader.step).flatMap(LockAnswer.Step.init)) {
        case (.lock, let step?):
            self = .answer(try LockAnswer(step, from: &reader))
        case (.unlock, .first) where reader.isMarked:
            guard try LockAnswer(.first, from: &reader).code == .granted else { throw .unexpected("an unlock that failed") }
            self = .unlocked
        case (.manage, .first) where reader.isMarked:
            let answer = try LockAnswer(.first, from: &reader)
            let reason = answer.details?.reason ?? "the daemon does not say why"
            self = .shutdownAnswer(refusal: answer.code == .granted ? nil : reason)
        case (.discover, .first):
            self = try Self.location(from: &reader)
        case (.query, .first) where reader.isMarked:
            self = try Self.queryAnswer(from: &reader)
        default:
            throw .unexpected("verb \(reader.verb) step \(reader.step) from a daemon")
        }
    }

    private static func location(from reader: inout MessageReader) throws(WireError) -> ServerMessage {
        var address: String?
        var port: UInt16?
        let note = try reader.discoveryNote { (reader: borrowing MessageReader) throws(WireError) in
            guard reader.element == .network else { return }
            if reader.isNamed("address") {
                address = try reader.string()
            } else if reader.isNamed("port") {
                port = try reader.number(in: 1...UInt16.max)
            } else {
                throw .unexpected("\(reader.attributeName) in a location")
            }
        }
        guard let address, let port else { throw .unexpected("a location without address or port") }
        return .location(address: address, port: port, note: note)
    }
}

extension LockAnswer {
    fileprivate init(_ step: Step, from reader: inout MessageReader) throws(WireError) {
        var code: ReturnCode?
        var peerID: String?
        var element: [UInt8]?
        var details = AnswerDetails()
        while try reader.next() {
            if reader.element == .session, step == .first, reader.isNamed("peerid") {
                peerID = try reader.string()
            }
            guard reader.element == .answer else { continue }
            if reader.isNamed("rc") {
                let number = try reader.number()
                guard let known = ReturnCode(rawValue: number) else { throw .unexpected("the unknown return code \(number)") }
                code = known
            } else if reader.isNamed("element") {
                element = try reader.bytes()
            } else if reader.isMarked {
                try details.take(from: reader)
            }
        }
        guard let code else { throw .unexpected("an answer without a return code") }
        self.init(step: step, code: code)
        self.peerID = peerID
        self.element = element
        if reader.isMarked { self.details = details }
    }
}

extension AnswerDetails {
    fileprivate mutating func take(from reader: borrowing MessageReader) throws(WireError) {
        if reader.isNamed("x-request") {
            request = try reader.string()
        } else if reader.isNamed("x-fence") {
            token = FencingToken(try reader.number(in: 0...((1 << 53) - 1)))
        } else if reader.isNamed("x-pos") {
            position = Int(try reader.number(in: 1...Int32.max))
        } else if reader.isNamed("x-why") {
            reason = try reader.string()
        }
    }
}
