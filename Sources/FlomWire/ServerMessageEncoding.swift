import FlomEngine

extension ServerMessage {
    /// Appends the message as 1.7.2's daemon writes it, byte for byte where nothing of ours is in it; at most 1023 bytes,
    /// which is what its client takes. A reason that is too long is cut at a character and ends with `…`.
    ///
    /// An element may be longer than the 353 bytes or so that 1.7.2's own daemon can send: its client takes them.
    ///
    /// - Returns: false if it does not fit (an element, id or address of hundreds of bytes); then nothing has been appended,
    ///   and the caller has to refuse the request or end the connection.
    @discardableResult
    package func encode(into bytes: inout [UInt8]) -> Bool {
        let start = bytes.count
        switch self {
        case .answer(let answer):
            answer.append(to: &bytes)
        case .unlocked:
            bytes.appendMessageStart(.unlock, step: Step.answer, marked: true)
            bytes.append("<answer rc=\"0\"/>")
            bytes.appendMessageEnd()
        case .location(let address, let port):
            bytes.appendMessageStart(.discover, step: Step.answer, marked: false)
            bytes.append("<network")
            bytes.append(" address=\"", escaping: address)
            bytes.append(" port=\"", decimal: port)
            bytes.append("/>")
            bytes.appendMessageEnd()
        }
        if bytes.count - start > FrameLimit.towardsOldClient {
            bytes.removeSubrange(start...)
            return false
        }
        return true
    }
}

extension LockAnswer {
    fileprivate func append(to bytes: inout [UInt8]) {
        let start = bytes.count
        bytes.appendMessageStart(.lock, step: Int32(step.rawValue), marked: details != nil)
        // 1.7.2 says who it is once.
        if step == .first { bytes.appendSession(peerID: peerID) }
        bytes.append("<answer")
        bytes.append(" rc=\"", decimal: code.rawValue)
        if let element { bytes.append(" element=\"", escaping: element) }
        if let request = details?.request { bytes.append(" x-request=\"", escaping: request) }
        if let token = details?.token { bytes.append(" x-fence=\"", decimal: token.value) }
        if let position = details?.position { bytes.append(" x-pos=\"", decimal: position) }
        let end: StaticString = "/></msg>"
        if let reason = details?.reason {
            let room = FrameLimit.towardsOldClient - (bytes.count - start) - end.utf8CodeUnitCount
            Self.append(reason, room: room, to: &bytes)
        }
        bytes.append(end)
    }

    /// ` x-why="…"` in at most `room` bytes; nothing if there is no room for a character.
    private static func append(_ reason: String, room: Int, to bytes: inout [UInt8]) {
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
