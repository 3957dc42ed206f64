import FlomModel

extension ServerMessage {
    /// Appends the message as 1.7.2's daemon writes it, byte for byte where it has nothing of the extension.
    ///
    /// A message has at most 1023 bytes, which is what 1.7.2's client takes. A page, which that client never sees, has at most 64 KiB,
    /// and rows that do not fit are left for the next one. A reason that is too long is cut at a character and ends with `…`. An
    /// element may be longer than the 353 bytes or so that 1.7.2's own daemon can send: its client takes them.
    ///
    /// - Returns: false if the message does not fit (an element, id or address of hundreds of bytes). Then nothing has been appended,
    ///   and the caller has to refuse the request or end the connection.
    @discardableResult
    package func encode(into bytes: inout [UInt8]) -> Bool {
        let start = bytes.count
        switch self {
        case .answer(let answer) where !answer.others.isEmpty:
            // May be longer than 1.7.2 takes: only clients that speak the extension ask for several resources.
            answer.append(to: &bytes)
            guard bytes.count - start <= FrameLimit.betweenOurs else {
                bytes.removeSubrange(start...)
                return false
            }
            return true
        case .answer(let answer):
            answer.append(to: &bytes)
        case .tellParts:
            bytes.appendMessageStart(.parts, step: Step.answer, extended: true)
            bytes.appendMessageEnd()
        case .unlocked:
            bytes.appendMessageStart(.unlock, step: Step.answer, extended: true)
            bytes.append("<answer rc=\"0\"/>")
            bytes.appendMessageEnd()
        case .shutdownAnswer(let refusal): Self.append(.manage, refusal: refusal, to: &bytes)
        case .offered:
            bytes.appendMessageStart(.confirm, step: Int32(LockAnswer.Step.later.rawValue), extended: true)
            bytes.appendMessageEnd()
        case .confirmed(let refusal): Self.append(.confirm, refusal: refusal, to: &bytes)
        case .breakAnswer(let refusal): Self.append(.breakLock, refusal: refusal, to: &bytes)
        case .pruneAnswer(.refused(let reason)): Self.append(.prune, refusal: reason, to: &bytes)
        case .pruneAnswer(.done(let requests, let events)): Self.encodePruned(requests: requests, events: events, into: &bytes)
        case .revoked(let reason): Self.append(.revoked, refusal: reason, to: &bytes)
        case .queryRefused(let reason): Self.append(.query, refusal: reason, to: &bytes)
        case .closing(let reason):
            bytes.appendMessageStart(.closing, step: Step.answer, extended: true)
            bytes.append("<answer rc=\"0\" x-why=\"", escaping: reason.rawValue)
            bytes.append("/>")
            bytes.appendMessageEnd()
        case .page(let page):
            // May be longer than 1.7.2 takes: only clients that speak the extension send queries.
            guard page.append(to: &bytes) else {
                bytes.removeSubrange(start...)
                return false
            }
            return true
        case .location(let address, let port, let note):
            bytes.appendMessageStart(.discover, step: Step.answer, extended: note != nil)
            bytes.append("<network")
            bytes.append(" address=\"", escaping: address)
            bytes.append(" port=\"", decimal: port)
            bytes.append("/>")
            // At the end: 1.7.2's client gets what it needs before it meets an unknown element.
            note?.append(to: &bytes)
            bytes.appendMessageEnd()
        }
        if bytes.count - start > FrameLimit.towardsOldClient {
            bytes.removeSubrange(start...)
            return false
        }
        return true
    }
}

extension ServerMessage {
    /// Appends an answer that accepts, or refuses with a sentence.
    private static func append(_ verb: Verb, refusal: String?, to bytes: inout [UInt8]) {
        bytes.appendMessageStart(verb, step: Step.answer, extended: true)
        bytes.append("<answer")
        bytes.append(" rc=\"", decimal: (refusal == nil ? ReturnCode.granted : .cannotLock).rawValue)
        if let refusal { LockAnswer.append(refusal, room: 512, to: &bytes) }
        bytes.append("/>")
        bytes.appendMessageEnd()
    }
}

extension LockAnswer {
    fileprivate func append(to bytes: inout [UInt8]) {
        let start = bytes.count
        bytes.appendMessageStart(.lock, step: Int32(step.rawValue), extended: details != nil)
        // 1.7.2 sends its id once.
        if step == .first { bytes.appendSession(peerID: peerID) }
        bytes.append("<answer")
        bytes.append(" rc=\"", decimal: code.rawValue)
        if let element { bytes.append(" element=\"", escaping: element) }
        if let request = details?.request { bytes.append(" x-request=\"", escaping: request) }
        if let token = details?.token { bytes.append(" x-fence=\"", decimal: token.value) }
        if let milliseconds = details?.keptMilliseconds { bytes.append(" x-kept=\"", decimal: milliseconds) }
        if let outcome = details?.outcome { bytes.append(" x-outcome=\"", escaping: outcome) }
        if details?.isLost == true { bytes.append(" x-lost=\"1\"") }
        if let position = details?.position { bytes.append(" x-pos=\"", decimal: position) }
        if let number = details?.number { bytes.append(" x-number=\"", decimal: number) }
        if let about = details?.about { bytes.append(" x-about=\"", escaping: about.text) }
        if let reason = details?.reason {
            let limit = others.isEmpty ? FrameLimit.towardsOldClient : FrameLimit.betweenOurs
            Self.append(reason, room: limit - (bytes.count - start) - "/></msg>".utf8.count, to: &bytes)
        }
        bytes.append("/>")
        for part in others { part.append(to: &bytes) }
        bytes.appendMessageEnd()
    }

    /// Appends ` x-why="…"` in at most `room` bytes; nothing if there is no room for a character.
    fileprivate static func append(_ reason: String, room: Int, to bytes: inout [UInt8]) {
        let start = bytes.count
        bytes.append(" x-why=\"", escaping: reason)
        guard bytes.count - start > room else { return }
        bytes.removeSubrange(start...)

        let ending: StaticString = "…\""
        let limit = start + room - ending.utf8CodeUnitCount
        bytes.append(" x-why=\"")
        let textStart = bytes.count
        for character in reason {
            let characterStart = bytes.count
            for scalar in character.unicodeScalars { bytes.append(escaping: scalar) }
            if bytes.count > limit {
                bytes.removeSubrange(characterStart...)
                break
            }
        }
        if bytes.count > textStart {
            bytes.append(ending)
        } else {
            bytes.removeSubrange(start...)
        }
    }
}

extension PartGranted {
    fileprivate func append(to bytes: inout [UInt8]) {
        bytes.append("<part x-request=\"", escaping: request)
        bytes.append(" x-fence=\"", decimal: token.value)
        if let element { bytes.append(" element=\"", escaping: element) }
        bytes.append("/>")
    }
}
