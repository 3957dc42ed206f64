internal import FlomModel

/// Holds the parser of names against the grammar and the C library.
package enum NameJudge {
    /// What is wrong with the parser's word on these bytes; nil if nothing is.
    package static func complaint(about bytes: [UInt8]) -> String? {
        let verdict = NameGrammar.judge(bytes)
        do {
            let name = try ResourceName(bytes)
            guard let shape = verdict.shape else { return "accepts as \(name.kind.word) what is no name" }
            if name.bytes != bytes { return "has other bytes than it was given" }
            return complaint(about: name, shape)
        } catch {
            return complaint(about: error, bytes, verdict)
        }
    }

    private static func complaint(about name: ResourceName, _ shape: NameGrammar.Shape) -> String? {
        let bytes = name.bytes
        switch (shape, name.kind) {
        case (.simple, .simple): return nil
        case (.numeric, .numeric(let capacity)): return complaint(about: capacity, in: bytes)
        case (.set, .set(let elements)):
            return elements.count > 1 && Array(elements.joined(separator: ".".utf8)) == bytes ? nil : "has elements \(elements)"
        case (.hierarchical, .hierarchical(let levels)):
            if levels.flatMap({ [UInt8(ascii: "/")] + $0 }) != bytes { return "has levels \(levels)" }
            let root = Array(bytes.prefix(levels[0].count + 1))
            return name.identity.bytes == root ? nil : "is of the resource \(name.identity)"
        case (.sequence, .sequence(let isTransactional, let capacity)):
            if isTransactional != (bytes[1] == UInt8(ascii: "S")) { return "is transactional: \(isTransactional)" }
            return complaint(about: capacity, in: bytes)
        case (.timestamp, .timestamp(let format, let capacity)):
            return complaint(about: capacity, in: bytes) ?? complaint(about: format, in: bytes)
        default: return "is \(name.kind.word) and should be \(shape)"
        }
    }

    private static func complaint(about capacity: Int32, in bytes: [UInt8]) -> String? {
        let right = NameGrammar.capacity(in: bytes)
        return capacity == right ? nil : "has \(capacity) places and should have \(right.map(String.init) ?? "none")"
    }

    private static func format(in bytes: [UInt8]) -> [UInt8] { Array(bytes[3..<bytes.lastIndex(of: UInt8(ascii: "["))!]) }

    private static func complaint(about format: StampFormat, in bytes: [UInt8]) -> String? {
        if format.text != self.format(in: bytes) { return "has the format \(String(decoding: format.text, as: UTF8.self))" }
        switch StampOracle(format.text).reading {
        case .refused: return "has a format that is none"
        case .accepted(let granule) where granule != format.granuleMicroseconds:
            return "has a granule of \(format.granuleMicroseconds) and should have \(granule)"
        case .accepted, nil: break
        }
        // The same moments for the same name, so that a complaint can be repeated.
        var state = bytes.reduce(UInt64(bytes.count)) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        func pick(below bound: Int64) -> Int64 {
            state = state &* 0x5851_F42D_4C95_7F2D &+ 0x1405_7B7E_F767_814F
            return Int64(state >> 1) % bound
        }
        for _ in 0..<4 {
            // From 1990 to 2050.
            let start = (631_152_000 + pick(below: 1_893_456_000)) * 1_000_000 + pick(below: 1_000_000)
            if let complaint = StampOracle.complaint(about: format, start: start, pick: pick) { return complaint }
        }
        return nil
    }

    private static func complaint(
        about invalid: ResourceName.Invalid, _ bytes: [UInt8], _ verdict: NameGrammar.Verdict
    ) -> String? {
        let offset = invalid.offset
        if invalid.reason.isEmpty { return "is refused without a reason" }
        guard let shape = verdict.shape else {
            if invalid.isImpossiblePool { return "is no pool at all" }
            let isUnknownPrefix =
                bytes.first == UInt8(ascii: "_") && !["_s_", "_S_", "_t_"].contains { bytes.starts(with: $0.utf8) }
            let right = isUnknownPrefix ? 0 : verdict.stranger ?? bytes.count
            return offset == right ? nil : "is refused at \(offset) and should be at \(right)"
        }
        let bracket = bytes.lastIndex(of: UInt8(ascii: "[")) ?? 0
        switch shape {
        case .simple, .set, .hierarchical: return "is a \(shape) name, but is refused: \(invalid.reason)"
        case .numeric, .sequence, .timestamp: break
        }
        if NameGrammar.capacity(in: bytes) == nil {
            if invalid.isImpossiblePool != (shape == .numeric) { return "is an impossible pool: \(invalid.isImpossiblePool)" }
            return offset == bracket + 1 ? nil : "is refused at \(offset) for the number at \(bracket + 1)"
        }
        guard shape == .timestamp else { return "is a \(shape) name, but is refused: \(invalid.reason)" }
        if case .accepted = StampOracle(format(in: bytes)).reading {
            return "is a good time stamp, but is refused: \(invalid.reason)"
        }
        return (3..<bracket).contains(offset) ? nil : "is refused at \(offset), which is outside its format"
    }
}
