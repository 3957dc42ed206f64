internal import FlomSystem
internal import Glibc

/// The identity of a socket's directory. It tells the directory from others that have the same path: a private `/tmp` of a
/// service, a container that shares a home.
///
/// Device and inode name a directory only as long as it is there: a tmpfs has another device number at each boot, and at each
/// mount. So within one boot they are believed first, then the mount namespace, in which a path means one place. Across boots,
/// what is mounted there is compared.
package struct PlaceIdentity: Hashable, Sendable {
    package var device: UInt64
    package var inode: UInt64
    /// The number of the mount namespace; 0 if it is not known.
    package var namespace: UInt64
    /// A digest of `MountTable.kind`; empty if it is not known.
    package var mount: String

    package enum Relation {
        case same
        /// The identities are of two boots, and nothing speaks against one directory.
        case perhaps
        case other
    }

    /// - Parameter isOfThisBoot: nil if one of the boots is not known.
    package func relation(to now: PlaceIdentity, isOfThisBoot: Bool?) -> Relation {
        if isOfThisBoot == false { return mount == now.mount ? .perhaps : .other }
        if device == now.device && inode == now.inode { return .same }
        return namespace != 0 && namespace == now.namespace && mount == now.mount ? .same : .other
    }

    /// The identity of a directory; nil if there is no such directory.
    package static func of(directory: String) -> PlaceIdentity? {
        guard let found = Files.status(of: directory) else { return nil }
        let table = Files.contents(of: "/proc/self/mountinfo", limit: 4 << 20) ?? []
        let kind = MountTable.kind(of: directory, in: table)
        return PlaceIdentity(
            device: UInt64(found.st_dev), inode: UInt64(found.st_ino),
            namespace: Files.status(of: "/proc/self/ns/mnt").map { UInt64($0.st_ino) } ?? 0,
            mount: kind.map { String(SHA256.digest(of: Array($0.utf8)).description.prefix(digestDigits)) } ?? "")
    }

    private static let digestDigits = 16

    /// Device and inode, as in a journal's name.
    package var suffix: String { String(device, radix: 16) + "-" + String(inode, radix: 16) }

    // MARK: - In a record

    package var text: String { "\(suffix) \(namespace) \(mount)" }

    package init?(text: String) {
        let words = text.split(separator: " ")
        let numbers = words.first?.split(separator: "-").compactMap { UInt64($0, radix: 16) } ?? []
        guard numbers.count == 2, words.count >= 2, let namespace = UInt64(words[1]) else { return nil }
        self.init(
            device: numbers[0], inode: numbers[1], namespace: namespace, mount: words.count > 2 ? String(words[2]) : "")
    }

    package init(device: UInt64, inode: UInt64, namespace: UInt64, mount: String) {
        (self.device, self.inode, self.namespace, self.mount) = (device, inode, namespace, mount)
    }
}

/// `/proc/self/mountinfo`.
enum MountTable {
    /// What is mounted where a directory is, in words that are the same after a reboot; nil if the table does not say.
    ///
    /// The words are the type of the file system and the part of it that is seen. A container's overlay also has the place of its
    /// own files. A private `/tmp` of systemd is named by its unit, without what is new at each start.
    static func kind(of directory: String, in table: [UInt8]) -> String? {
        var found: (length: Int, kind: String)?
        for line in String(decoding: table, as: UTF8.self).split(separator: "\n") {
            let words = line.split(separator: " ")
            guard let dash = words.firstIndex(of: "-"), words.count > dash + 3, dash > 5 else { continue }
            let point = unescaped(words[4])
            guard point == "/" || directory == point || directory.hasPrefix(point + "/"), point.utf8.count >= found?.length ?? 0
            else { continue }
            let own = words[dash + 3].split(separator: ",").first { $0.hasPrefix("upperdir=") } ?? ""
            found = (point.utf8.count, "\(words[dash + 1]) \(lasting(unescaped(words[3]))) \(own)")
        }
        return found?.kind
    }

    /// `/systemd-private-BOOT-UNIT-RANDOM/tmp` without boot and random number.
    private static func lasting(_ root: String) -> String {
        root.split(separator: "/", omittingEmptySubsequences: false).map { part in
            var words = part.split(separator: "-", omittingEmptySubsequences: false)
            guard part.hasPrefix("systemd-private-"), words.count > 4 else { return String(part) }
            words.remove(at: 2)
            words.removeLast()
            return words.joined(separator: "-")
        }.joined(separator: "/")
    }

    /// Blanks and backslashes are written as three octal digits.
    private static func unescaped(_ word: Substring) -> String {
        guard word.contains("\\") else { return String(word) }
        var bytes: [UInt8] = []
        var rest = Array(word.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\\"), let code = UInt8(String(decoding: rest.prefix(3), as: UTF8.self), radix: 8) {
                bytes.append(code)
                rest = rest.dropFirst(3)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
