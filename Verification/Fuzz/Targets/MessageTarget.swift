internal import FlomWire

/// Any bytes as a message, for either role: what is accepted can be written and read again, and says the same.
enum MessageTarget {
    static func complaint(about bytes: [UInt8]) -> String? {
        if let message = try? ClientMessage(decoding: bytes), let complaint = complaint(about: message) { return complaint }
        if let message = try? ServerMessage(decoding: bytes), let complaint = complaint(about: message) { return complaint }
        return nil
    }

    private static func complaint(about message: ClientMessage) -> String? {
        var written: [UInt8] = []
        // Some cannot be written: they are too long for 1.7.2, or nothing that one of ours says.
        guard (try? message.encode(into: &written)) != nil else { return nil }
        guard let again = try? ClientMessage(decoding: written) else { return "writes \(text(written)), which it cannot read" }
        if case .lock(let left) = message, case .lock(let right) = again, left != right {
            // What only informs may be left out for size; the lock and the session's secret may not.
            let isSame =
                (left.name, left.mode, left.wait, left.quantity, left.create) == (
                    right.name, right.mode, right.wait, right.quantity, right.create
                ) && left.offer?.secret == right.offer?.secret
                && left.idleLifespanMilliseconds == right.idleLifespanMilliseconds
            return isSame ? nil : "writes \(left) as \(right)"
        }
        return again == message ? nil : "writes \(message) as \(again)"
    }

    private static func complaint(about message: ServerMessage) -> String? {
        var written: [UInt8] = []
        guard message.encode(into: &written), !written.isEmpty else { return nil }
        guard let again = try? ServerMessage(decoding: written) else { return "writes \(text(written)), which it cannot read" }
        // A reason for which there is no room is cut at a character, and what is left of it ends with an ellipsis.
        var (left, right) = (message, again)
        let (reason, rest) = (left.takeReason(), right.takeReason())
        // The ellipsis is no byte of the reason.
        let kept = rest == reason || rest.isEmpty ? rest.utf8.count : rest.utf8.count - "…".utf8.count
        let wholeLength = written.count + longestReference * (reason.utf8.count - kept)
        let mayBeCut =
            wholeLength > FrameLimit.towardsOldClient || longestReference * reason.utf8.count > surelyWholeReason
        let isReason = rest == reason || (mayBeCut && isBeginning(rest, of: reason))
        return left == right && isReason ? nil : "writes \(message) as \(again)"
    }

    /// Every answer has room for a reason that takes so many bytes.
    private static let surelyWholeReason = 500
    /// `&quot;`: a byte of text takes so many at most.
    private static let longestReference = 6

    private static func isBeginning(_ text: String, of whole: String) -> Bool {
        text.isEmpty || (text.unicodeScalars.last == "…" && whole.unicodeScalars.starts(with: text.unicodeScalars.dropLast()))
    }

    static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self).debugDescription }
}

extension ServerMessage {
    /// Leaves an empty one; empty if there is none.
    fileprivate mutating func takeReason() -> String {
        switch self {
        case .shutdownAnswer(let refusal?):
            self = .shutdownAnswer(refusal: "")
            return refusal
        case .confirmed(let refusal?):
            self = .confirmed(refusal: "")
            return refusal
        case .breakAnswer(let refusal?):
            self = .breakAnswer(refusal: "")
            return refusal
        case .pruneAnswer(.refused(let refusal)):
            self = .pruneAnswer(.refused(""))
            return refusal
        case .revoked(let reason):
            self = .revoked(reason: "")
            return reason
        case .queryRefused(let reason):
            self = .queryRefused(reason: "")
            return reason
        case .answer(var answer):
            let reason = answer.details?.reason
            answer.details?.reason = nil
            self = .answer(answer)
            return reason ?? ""
        case .unlocked, .offered, .tellParts, .closing, .shutdownAnswer(nil), .confirmed(nil), .breakAnswer(nil),
            .pruneAnswer(.done), .page, .location:
            return ""
        }
    }
}
