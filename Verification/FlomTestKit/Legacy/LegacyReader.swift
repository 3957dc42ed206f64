/// Reads frames as 1.7.2 does: up to 6 bytes, then only as many as the closing tag still needs, so never beyond it.
struct LegacyReader {
    enum Step: Equatable {
        /// The number of bytes that may be read next.
        case wants(Int)
        case message([UInt8])
        /// The receive buffer is full: 1.7.2 gives up.
        case overflow
    }

    /// 511 for a daemon, 1023 for a client: one less than their buffers.
    let longest: Int
    private var bytes: [UInt8] = []
    private static let end = Array("</msg>".utf8)

    init(longest: Int) { self.longest = longest }

    var isEmpty: Bool { bytes.isEmpty }

    mutating func take(_ read: some Sequence<UInt8>) { bytes.append(contentsOf: read) }

    mutating func next() -> Step {
        let matched = (0...Self.end.count).last { bytes.suffix($0).elementsEqual(Self.end.prefix($0)) } ?? 0
        guard bytes.count <= longest else { return .overflow }
        guard matched == Self.end.count else { return .wants(Self.end.count - matched) }
        defer { bytes = [] }
        return .message(bytes)
    }
}
