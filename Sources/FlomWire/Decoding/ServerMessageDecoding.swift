import FlomModel

extension ServerMessage {
    /// Reads one frame as `FrameReader` cuts it, or a datagram (white space may follow the message).
    ///
    /// Accepts what 1.7.2's client accepts (wire spec 4.4 and 4.5), except two answers that make it believe in a lock which was not
    /// granted: an answer without `rc`, and an `rc` that no daemon sends.
    ///
    /// - Throws: `WireError`; the client then ends its connection.
    package init(decoding frame: [UInt8]) throws(WireError) {
        var reader = try MessageReader(frame)
        switch (Verb(rawValue: reader.verb), UInt8(exactly: reader.step).flatMap(LockAnswer.Step.init)) {
        case (.lock, let step?):
            self = .answer(try LockAnswer(step, from: &reader))
        case (.unlock, .first) where reader.speaksExtension:
            guard try LockAnswer(.first, from: &reader).code == .granted else { throw .unexpected("an unlock that failed") }
            self = .unlocked
        case (.manage, .first) where reader.speaksExtension: self = .shutdownAnswer(refusal: try Self.refusal(from: &reader))
        case (.confirm, .later) where reader.speaksExtension:
            try reader.finish()
            self = .offered
        case (.confirm, .first) where reader.speaksExtension: self = .confirmed(refusal: try Self.refusal(from: &reader))
        case (.breakLock, .first) where reader.speaksExtension: self = .breakAnswer(refusal: try Self.refusal(from: &reader))
        case (.prune, .first) where reader.speaksExtension: self = .pruneAnswer(try Self.pruneAnswer(from: &reader))
        case (.revoked, .first) where reader.speaksExtension:
            self = .revoked(reason: try Self.refusal(from: &reader) ?? "the daemon does not say why")
        case (.closing, .first) where reader.speaksExtension:
            let answer = try LockAnswer(.first, from: &reader)
            // An unknown reason of a later version says at least that this is no crash.
            self = .closing(answer.details?.reason.flatMap(ClosingReason.init) ?? .stopped)
        case (.discover, .first):
            self = try Self.location(from: &reader)
        case (.query, .first) where reader.speaksExtension:
            self = try Self.queryAnswer(from: &reader)
        case (.parts, .first) where reader.speaksExtension:
            try reader.finish()
            self = .tellParts
        default:
            throw .unexpected("verb \(reader.verb) step \(reader.step) from a daemon")
        }
    }

    /// The sentence of a refusal; nil if the request was accepted.
    private static func refusal(from reader: inout MessageReader) throws(WireError) -> String? {
        let answer = try LockAnswer(.first, from: &reader)
        return answer.code == .granted ? nil : answer.details?.reason ?? "the daemon does not say why"
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
        var parts = PartReading()
        while try reader.next() {
            if reader.element == .part { try parts.readAttribute(from: reader) }
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
            } else if reader.speaksExtension {
                try details.readAttribute(from: reader)
            }
        }
        guard let code else { throw .unexpected("an answer without a return code") }
        self.init(step: step, code: code)
        self.peerID = peerID
        self.element = element
        others = try parts.finished()
        if reader.speaksExtension { self.details = details }
    }
}

/// The grants of the other resources, collected until all have been read.
private struct PartReading {
    private var parts: [(request: String?, token: FencingToken?, element: [UInt8]?)] = []
    private var current = 0

    mutating func readAttribute(from reader: borrowing MessageReader) throws(WireError) {
        if reader.elementNumber != current {
            guard parts.count < PartLimit.resources else { throw .unexpected("more than \(PartLimit.resources) grants") }
            current = reader.elementNumber
            parts.append((nil, nil, nil))
        }
        if reader.isNamed("x-request") {
            parts[parts.count - 1].request = try reader.string()
        } else if reader.isNamed("x-fence") {
            parts[parts.count - 1].token = FencingToken(try reader.number(in: FencingToken.range))
        } else if reader.isNamed("element") {
            parts[parts.count - 1].element = try reader.bytes()
        }
    }

    func finished() throws(WireError) -> [PartGranted] {
        var grants: [PartGranted] = []
        for part in parts {
            guard let request = part.request, let token = part.token else {
                throw .unexpected("a grant without request or token")
            }
            grants.append(PartGranted(request: request, token: token, element: part.element))
        }
        return grants
    }
}

extension FencingToken {
    /// The tokens that are exact in JSON.
    fileprivate static let range: ClosedRange<Int64> = 0...((1 << 53) - 1)
}

extension AnswerDetails {
    fileprivate mutating func readAttribute(from reader: borrowing MessageReader) throws(WireError) {
        if reader.isNamed("x-request") {
            request = try reader.string()
        } else if reader.isNamed("x-fence") {
            token = FencingToken(try reader.number(in: FencingToken.range))
        } else if reader.isNamed("x-kept") {
            keptMilliseconds = try reader.number(in: 0...Int64.max)
        } else if reader.isNamed("x-outcome") {
            outcome = try reader.string()
        } else if reader.isNamed("x-lost") {
            isLost = try reader.flag()
        } else if reader.isNamed("x-pos") {
            position = Int(try reader.number(in: 1...Int32.max))
        } else if reader.isNamed("x-why") {
            reason = try reader.string()
        } else if reader.isNamed("x-number") {
            number = try reader.number(in: -999...(-1))
        } else if reader.isNamed("x-about") {
            about = DaemonAbout(text: try reader.string())
        }
    }
}
