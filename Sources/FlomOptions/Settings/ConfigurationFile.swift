internal import FlomSettings
internal import FlomSystem
internal import Glibc

/// The files that may set what options set: `/etc/flom.conf`, `~/.flom`, `$XDG_CONFIG_HOME/flom/flom.conf`, then `-c`. Later
/// files win, key by key.
///
/// A missing file is no error. A mistake in one of the usual files is reported and skipped; in the file of `-c` it ends flom.
package enum ConfigurationFiles {
    /// - Parameters:
    ///   - usual: the usual files, in the order in which they are read.
    ///   - explicit: the file of `-c`.
    ///   - isTolerant: skips mistakes silently, also in the file of `-c`: for `--doctor`, which reports them itself.
    ///   - complain: called with a sentence for each mistake.
    package static func apply(
        usual: [String], named explicit: String?, to reader: inout SettingsReader, origins: SettingOrigins?,
        isTolerant: Bool = false, complain: (String) -> Void
    ) throws(Failure) {
        if isTolerant {
            for path in usual {
                guard let bytes = trustedContents(of: path, complain: { _ in }) else { continue }
                apply(bytes, of: path, to: &reader, origins) { _ in }
            }
            guard let explicit, let bytes = contents(ofNamed: explicit) else { return }
            return apply(bytes, of: explicit, to: &reader, origins) { _ in }
        }
        for path in usual {
            guard let bytes = trustedContents(of: path, complain: complain) else {
                let isMissing = errno == ENOENT || errno == ENOTDIR
                let reason = SystemError("").reason
                if !isMissing { complain("the configuration file '\(path)' cannot be read: \(reason)") }
                Trace.step(.configuration, "configuration file '\(path)': \(reason)")
                continue
            }
            apply(bytes, of: path, to: &reader, origins) { complain($0) }
        }
        guard let explicit else { return }
        guard let bytes = contents(ofNamed: explicit) else {
            throw Failure(.failure, "the configuration file '\(explicit)' cannot be read: \(SystemError("").reason)", code: -203)
        }
        var first: String?
        apply(bytes, of: explicit, to: &reader, origins) { if first == nil { first = $0 } }
        if let first { throw Failure(.failure, first, code: -203) }
    }

    /// The mistakes in a file; nil with errno if it cannot be read.
    package static func mistakes(in path: String) -> [String]? {
        var mistakes: [String] = []
        let bytes =
            usual().contains(path)
            ? trustedContents(of: path) { mistakes.append($0) } : contents(ofNamed: path)
        guard let bytes else { return nil }
        var reader = SettingsReader()
        apply(bytes, of: path, to: &reader, nil) { mistakes.append($0) }
        return mistakes
    }

    private static let sizeLimit = 1 << 20

    /// The content of the file of `-c`; nil, with errno, if it cannot be read. A pipe can be read only once, so its content is
    /// kept.
    private static func contents(ofNamed path: String) -> [UInt8]? {
        if let kept = ConfigurationCopy.bytes { return kept }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var found = stat()
        guard fstat(descriptor, &found) == 0, let bytes = Files.contents(of: descriptor, limit: sizeLimit) else { return nil }
        if found.st_mode & S_IFMT != S_IFREG { ConfigurationCopy.keep(bytes) }
        return bytes
    }

    /// The content of a usual file. `HOME` may be another user's, as under `sudo` and `su`, and a file that another user can
    /// write would choose root's log, journal and socket. Nil, with errno, if it cannot be read; empty, with a sentence, if it is
    /// not obeyed.
    private static func trustedContents(of path: String, complain: (String) -> Void) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var found = stat()
        guard fstat(descriptor, &found) == 0 else { return nil }
        if found.st_uid != geteuid() && found.st_uid != 0 {
            complain(
                "the configuration file '\(path)' is not obeyed: it belongs to uid \(found.st_uid), not to uid \(geteuid()) or root; "
                    + "-c '\(path)' obeys it")
            return []
        }
        if found.st_mode & 0o002 != 0 {
            complain("the configuration file '\(path)' is not obeyed: every user may write it; chmod o-w corrects that")
            return []
        }
        return Files.contents(of: descriptor, limit: sizeLimit)
    }

    /// The usual files, in the order in which they are read.
    package static func usual() -> [String] {
        var paths = ["/etc/flom.conf"]
        let home = Users.homeDirectory()
        if let home { paths.append(home + "/.flom") }
        if let configuration = getenv("XDG_CONFIG_HOME"), configuration.pointee == CChar(UInt8(ascii: "/")) {
            paths.append(String(cString: configuration) + "/flom/flom.conf")
        } else if let home {
            paths.append(home + "/.config/flom/flom.conf")
        }
        return paths
    }

    /// Reads `[Group]` lines, `Key=Value` lines, and comments that start with `#`. Blanks around the key and before the value are
    /// dropped; `\s \t \n \r \\` mean what they mean in 1.7.2.
    package static func apply(
        _ bytes: [UInt8], of path: String, to reader: inout SettingsReader, _ origins: SettingOrigins?, complain: (String) -> Void
    ) {
        Trace.step(.configuration, "configuration file '\(path)': \(bytes.count) bytes")
        var group: String?
        for (index, raw) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
            let place = "\(path):\(index + 1)"
            // A rule that is not understood may have been meant to deny access.
            func complainOfAccess(_ sentence: String) {
                if reader.settings.access.mistake == nil { reader.settings.access.mistake = sentence }
                complain(sentence)
            }
            var line = raw.drop(while: isBlank)
            if line.last == UInt8(ascii: "\r") { line.removeLast() }
            guard let first = line.first, first != UInt8(ascii: "#") else { continue }
            if first == UInt8(ascii: "[") {
                while line.last.map(isBlank) == true { line.removeLast() }
                guard line.last == UInt8(ascii: "]") else {
                    complain("\(place): the name of a group ends with ']'")
                    group = nil
                    continue
                }
                group = OptionTable.text(Array(line.dropFirst().dropLast()))
                if !OptionTable.knowsGroup(group!) {
                    complain("\(place): there is no group [\(group!)]" + meant(group!, OptionTable.all.compactMap(\.key?.group)))
                }
                continue
            }
            guard let equals = line.firstIndex(of: UInt8(ascii: "=")) else {
                (group == "Access" ? complainOfAccess : complain)(
                    "\(place): this is neither [Group] nor Key=Value nor a comment that starts with #")
                continue
            }
            let looksLikeRule = line.starts(with: "Rule".utf8)
            guard let group else {
                (looksLikeRule ? complainOfAccess : complain)("\(place): this key stands before the first [Group]")
                continue
            }
            guard OptionTable.knowsGroup(group) else {
                if looksLikeRule { complainOfAccess("\(place): a rule of access stands in group [Access], not in [\(group)]") }
                continue
            }
            var key = line[..<equals]
            while key.last.map(isBlank) == true { key.removeLast() }
            let name = OptionTable.text(Array(key))
            guard let option = OptionTable.forKey(group: group, name: name) else {
                (group == "Access" ? complainOfAccess : complain)(
                    "\(place): there is no key \(name) in group [\(group)]" + elsewhere(name, group))
                continue
            }
            let value = unescaped(line[line.index(after: equals)...].drop(while: isBlank))
            Trace.step(.configuration, "\(place): [\(group)]/\(name)='\(OptionTable.text(value))'")
            do {
                try reader.read(value, of: option, at: place)
                origins?.note(option, .file(place: place))
            } catch {
                (group == "Access" ? complainOfAccess : complain)(
                    "\(place): \(name)='\(OptionTable.text(value))' is not accepted; it takes \(error.accepted)")
            }
        }
    }

    private static func meant(_ word: String, _ known: [String]) -> String {
        Spelling.nearest(to: word, among: known).map { "; did you mean \($0)?" } ?? ""
    }

    /// A hint for a key that does not exist in its group.
    private static func elsewhere(_ name: String, _ group: String) -> String {
        if group == "Resource" && name == "Wait" {
            return "; FLoM removed it: Timeout=0 does not wait, Timeout=-1 waits for ever"
        }
        let keys = OptionTable.all.compactMap(\.key)
        if let other = keys.first(where: { $0.name == name }) { return "; it belongs to group [\(other.group)]" }
        return meant(name, keys.filter { $0.group == group }.map(\.name))
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }

    private static func unescaped(_ value: ArraySlice<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        var rest = value
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\"), let escaped = rest.popFirst() else {
                result.append(byte)
                continue
            }
            switch escaped {
            case UInt8(ascii: "s"): result.append(UInt8(ascii: " "))
            case UInt8(ascii: "t"): result.append(UInt8(ascii: "\t"))
            case UInt8(ascii: "n"): result.append(UInt8(ascii: "\n"))
            case UInt8(ascii: "r"): result.append(UInt8(ascii: "\r"))
            case UInt8(ascii: "\\"): result.append(escaped)
            default: result += [byte, escaped]
            }
        }
        return result
    }
}
