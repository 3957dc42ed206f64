internal import FlomSystem

/// A line of `/proc/self/mountinfo`.
struct MountEntry: Equatable {
    /// Major and minor number of the device, as `0:52`: another for each file system.
    let device: String
    /// `fuse.flom` of this file system.
    let type: String

    /// What is mounted on a directory; nil if nothing is. Of several the one that is seen.
    ///
    /// - Parameter path: absolute, without links.
    static func mounted(on path: String) -> MountEntry? {
        mounted(on: path, in: Files.contents(of: "/proc/self/mountinfo", limit: 4 << 20) ?? [])
    }

    static func mounted(on path: String, in table: [UInt8]) -> MountEntry? {
        let path = escaped(path)
        for line in table.split(separator: UInt8(ascii: "\n")).reversed() {
            // 36 35 98:0 /root /mount/point rw,noatime master:1 - ext4 /dev/root rw
            let fields = line.split(separator: UInt8(ascii: " "))
            guard fields.count > 6, fields[4].elementsEqual(path), let dash = fields.firstIndex(of: [UInt8(ascii: "-")]),
                dash + 1 < fields.count
            else { continue }
            return MountEntry(
                device: String(decoding: fields[2], as: UTF8.self), type: String(decoding: fields[dash + 1], as: UTF8.self))
        }
        return nil
    }

    /// A path as the table has it: blanks, tabs, newlines and backslashes are octal numbers there.
    private static func escaped(_ path: String) -> [UInt8] {
        path.utf8.flatMap { byte -> [UInt8] in
            switch byte {
            case UInt8(ascii: " "): Array(#"\040"#.utf8)
            case UInt8(ascii: "\t"): Array(#"\011"#.utf8)
            case UInt8(ascii: "\n"): Array(#"\012"#.utf8)
            case UInt8(ascii: "\\"): Array(#"\134"#.utf8)
            default: [byte]
            }
        }
    }
}
