internal import Glibc

/// A text that programs read: the pointer is valid as long as this lives, and the bytes never change.
final class CText: Sendable {
    nonisolated(unsafe) let pointer: UnsafePointer<CChar>

    convenience init(_ text: String) { self.init(Array(text.utf8)) }

    /// Up to the first NUL, which programs would take for the end.
    init(_ bytes: [UInt8]) {
        let text = bytes.prefix { $0 != 0 }
        let copy = UnsafeMutablePointer<CChar>.allocate(capacity: text.count + 1)
        for (index, byte) in text.enumerated() { copy[index] = CChar(bitPattern: byte) }
        copy[text.count] = 0
        pointer = UnsafePointer(copy)
    }

    deinit { pointer.deallocate() }

    var bytes: [UInt8] { Array(UnsafeRawBufferPointer(start: pointer, count: strlen(pointer))) }
    /// With U+FFFD for what is not UTF-8.
    var text: String { String(cString: pointer) }
}
