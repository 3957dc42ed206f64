/// The parts of a file's `stat` that the checks use.
package struct FileFacts: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        case file
        case directory
        case socket
        case other
    }

    package let kind: Kind
    package let owner: UInt32
    /// The owner's login name, or `uid N`.
    package let ownerName: String
    /// Permission bits, including the sticky bit.
    package let mode: UInt32

    package init(_ kind: Kind, owner: UInt32, ownerName: String, mode: UInt32) {
        self.kind = kind
        self.owner = owner
        self.ownerName = ownerName
        self.mode = mode
    }

    /// `0600 of root`
    package var text: String { "mode \(FileFacts.octal(mode)) of \(ownerName)" }

    package static func octal(_ mode: UInt32) -> String {
        let digits = String(mode, radix: 8)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }

    package var isWritableByOthers: Bool { mode & 0o022 != 0 }
    package var isSticky: Bool { mode & 0o1000 != 0 }
}
