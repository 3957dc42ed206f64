import FlomModel

// Verb 25: `<query until="…"/>`, in microseconds since 1970-01-01 UTC, and `<answer rc="0" x-requests="…" x-events="…"/>`.

/// The result of a prune.
package enum PruneAnswer: Hashable, Sendable {
    case done(requests: Int64, events: Int64)
    /// Why nothing was pruned, in a sentence for the user.
    case refused(String)
}

extension ClientMessage {
    static func encodePrune(before: Int64, into bytes: inout [UInt8]) {
        bytes.appendMessageStart(.prune, extended: true)
        bytes.append("<query")
        bytes.append(" until=\"", decimal: before)
        bytes.append("/>")
        bytes.appendMessageEnd()
    }

    static func prune(from reader: inout MessageReader) throws(WireError) -> ClientMessage {
        var before: Int64?
        while try reader.next() {
            if reader.element == .query, reader.isNamed("until") { before = try reader.number(in: 0...Int64.max) }
        }
        guard let before else { throw .unexpected("a prune without until") }
        return .prune(before: before)
    }
}

extension ServerMessage {
    static func encodePruned(requests: Int64, events: Int64, into bytes: inout [UInt8]) {
        bytes.appendMessageStart(.prune, step: Step.answer, extended: true)
        bytes.append("<answer rc=\"0\"")
        bytes.append(" x-requests=\"", decimal: requests)
        bytes.append(" x-events=\"", decimal: events)
        bytes.append("/>")
        bytes.appendMessageEnd()
    }

    static func pruneAnswer(from reader: inout MessageReader) throws(WireError) -> PruneAnswer {
        var code: Int32?
        var reason: String?
        var (requests, events): (Int64, Int64) = (0, 0)
        while try reader.next() {
            guard reader.element == .answer else { continue }
            if reader.isNamed("rc") {
                code = try reader.number()
            } else if reader.isNamed("x-why") {
                reason = try reader.string()
            } else if reader.isNamed("x-requests") {
                requests = try reader.number(in: 0...Int64.max)
            } else if reader.isNamed("x-events") {
                events = try reader.number(in: 0...Int64.max)
            }
        }
        guard let code else { throw .unexpected("an answer without rc") }
        guard code == ReturnCode.granted.rawValue else { return .refused(reason ?? "the daemon does not say why") }
        return .done(requests: requests, events: events)
    }
}
