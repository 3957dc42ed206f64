internal import FlomModel
internal import FlomSystem
internal import Glibc

/// The last time stamp given under each name, kept apart from the journal: if the journal is lost, no stamp is given twice.
///
/// One line for each stamp, `SHOWN TEXT NAME`, the last two in Base64; the last line of a name counts. It is written before the
/// stamp is given, and as durable as the commit of a local grant.
final class StampMarks {
    private let path: String
    /// The file, opened with the first stamp, which few daemons give. Negative where it cannot be written.
    private lazy var descriptor: Int32 = (try? Self.open(path))?.release() ?? -1
    private var last: [ResourceName: TimestampValue] = [:]

    /// The size in bytes above which the file is rewritten, with one line for each name.
    private static let compactAbove = 64 * 1024
    private static let sizeLimit = 64 << 20

    /// Reads the file.
    ///
    /// - Parameter stamps: the stamps that the journal knows; on return the later of both.
    init(path: String, stamps: inout [ResourceName: TimestampValue]) {
        self.path = path
        let bytes = Self.isOwn(path) ? Files.contents(of: path, limit: Self.sizeLimit) ?? [] : []
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            guard let (name, stamp) = Self.read(line) else { continue }
            last[name] = stamp
        }
        var isBehind = false
        for (name, stamp) in stamps where stamp.shown > last[name]?.shown ?? .min { (last[name], isBehind) = (stamp, true) }
        stamps = last
        if bytes.count > Self.compactAbove || isBehind { Self.replace(path, by: last.map { Self.line($0, $1) }.joined()) }
    }

    /// Records the stamp that a resource is about to be given.
    func note(_ change: ResourceChange) {
        guard case .lives(let resource) = change, case .timestamp(_, let stamp?) = resource.state, last[resource.name] != stamp
        else { return }
        last[resource.name] = stamp
        if descriptor >= 0 { writeAll(Self.line(resource.name, stamp), to: descriptor) }
    }

    private static func open(_ path: String) throws(SystemError) -> Descriptor {
        try Descriptor.open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK)
    }

    private static func isOwn(_ path: String) -> Bool {
        Files.status(of: path, followLinks: false).map { $0.st_mode & S_IFMT == S_IFREG } ?? false
    }

    private static func line(_ name: ResourceName, _ stamp: TimestampValue) -> [UInt8] {
        var bytes = Array("\(stamp.shown) ".utf8)
        Base64.append(stamp.text, to: &bytes)
        bytes.append(UInt8(ascii: " "))
        Base64.append(name.bytes, to: &bytes)
        bytes.append(UInt8(ascii: "\n"))
        return bytes
    }

    private static func read(_ line: ArraySlice<UInt8>) -> (ResourceName, TimestampValue)? {
        let words = line.split(separator: UInt8(ascii: " ")).map(Array.init)
        guard words.count == 3, let shown = Int64(String(decoding: words[0], as: UTF8.self)) else { return nil }
        let (textWord, nameWord) = (words[1], words[2])
        guard let text = Base64.decodeSkippingOthers(textWord.span), let bytes = Base64.decodeSkippingOthers(nameWord.span),
            let name = try? ResourceName(bytes)
        else { return nil }
        return (name, TimestampValue(shown: shown, text: text))
    }

    /// Rewrites the file under another name and renames it, so that a kill in the middle leaves the old one.
    private static func replace(_ path: String, by bytes: some Sequence<UInt8>) {
        let other = path + ".new"
        unlink(other)
        guard let file = try? Descriptor.open(other, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW),
            writeAll(Array(bytes), to: file.number), fdatasync(file.number) == 0
        else { return }
        rename(other, path)
    }
}
