/// The bytes that name a resource, and the kind that follows from them. The grammar is that of 1.7.2, without its holes: no line
/// breaks, and N from 1 to 2147483647.
///
///     simple         R                      a letter, then letters and digits
///     numeric        R[N]                   a pool of N
///     set            A.B.C                  one of several elements
///     hierarchical   /a/b                   a node of a tree and everything below it
///     sequence       _s_R[N], _S_R[N]       numbers for up to N holders; S takes those of failed holders back
///     timestamp      _t_FORMAT[N]           moments, each given once, for up to N holders
package struct ResourceName: Sendable {
    package let bytes: [UInt8]
    package let kind: ResourceKind

    /// The resource of a command without `-r`. The command line refuses it as a name; on the wire it is valid.
    package static let unnamed = ResourceName(unchecked: Array("_RESOURCE".utf8), .simple)
    package var isUnnamed: Bool { self == .unnamed }

    /// Why some bytes are not a resource name.
    package struct Invalid: Error, Hashable, Sendable {
        /// The offset of the first wrong byte; the length if something is missing at the end.
        package let offset: Int
        /// Completes "it is refused because …", and says what would be accepted.
        package let reason: String
        /// Whether the bytes have the shape of a pool that no request could ever get. 1.7.2 answers this, and not "invalid name".
        package var isImpossiblePool = false
    }

    /// - Throws: `Invalid`, with the place and the reason.
    package init(_ bytes: [UInt8]) throws(Invalid) {
        if bytes == Self.unnamed.bytes {
            self = .unnamed
            return
        }
        var parser = NameParser(bytes)
        kind = try parser.parse()
        self.bytes = bytes
    }

    private init(unchecked bytes: [UInt8], _ kind: ResourceKind) {
        self.bytes = bytes
        self.kind = kind
    }

    /// The name of the resource that this name belongs to: itself, or for a path the name of its root level. Existence, queue and
    /// lifespan are those of the resource.
    package var identity: ResourceName {
        guard case .hierarchical(let levels) = kind, levels.count > 1 else { return self }
        return ResourceName(unchecked: [UInt8(ascii: "/")] + levels[0], .hierarchical(levels: [levels[0]]))
    }
}

/// Two names are equal if their bytes are.
extension ResourceName: Hashable {
    package static func == (left: Self, right: Self) -> Bool { left.bytes == right.bytes }
    package func hash(into hasher: inout Hasher) { hasher.combine(bytes) }
}

extension ResourceName: CustomStringConvertible {
    /// The name for messages. Bytes that are not UTF-8 appear as U+FFFD.
    package var description: String { String(decoding: bytes, as: UTF8.self) }
}
