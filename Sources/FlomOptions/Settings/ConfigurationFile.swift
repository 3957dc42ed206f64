internal import FlomConfiguration
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
                guard let bytes = ConfigurationPlaces.trustedContents(of: path, complain: { _ in }) else { continue }
                apply(bytes, of: path, to: &reader, origins) { _ in }
            }
            guard let explicit, let bytes = contents(ofNamed: explicit) else { return }
            return apply(bytes, of: explicit, to: &reader, origins) { _ in }
        }
        for path in usual {
            guard let bytes = ConfigurationPlaces.trustedContents(of: path, complain: complain) else {
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
            ConfigurationPlaces.usual().contains(path)
            ? ConfigurationPlaces.trustedContents(of: path) { mistakes.append($0) } : contents(ofNamed: path)
        guard let bytes else { return nil }
        var reader = SettingsReader()
        apply(bytes, of: path, to: &reader, nil) { mistakes.append($0) }
        return mistakes
    }

    /// The content of the file of `-c`; nil, with errno, if it cannot be read. A pipe can be read only once, so its content is
    /// kept.
    private static func contents(ofNamed path: String) -> [UInt8]? {
        if let kept = ConfigurationCopy.bytes { return kept }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var found = stat()
        guard fstat(descriptor, &found) == 0,
            let bytes = Files.contents(of: descriptor, limit: ConfigurationPlaces.sizeLimit)
        else { return nil }
        if found.st_mode & S_IFMT != S_IFREG { ConfigurationCopy.keep(bytes) }
        return bytes
    }

    /// Applies the lines of a file: see `ConfigurationLine`.
    package static func apply(
        _ bytes: [UInt8], of path: String, to reader: inout SettingsReader, _ origins: SettingOrigins?, complain: (String) -> Void
    ) {
        Trace.step(.configuration, "configuration file '\(path)': \(bytes.count) bytes")
        var group: String?
        for (index, line) in ConfigurationLine.lines(bytes).enumerated() {
            let place = "\(path):\(index + 1)"
            // A rule that is not understood may have been meant to deny access.
            func complainOfAccess(_ sentence: String) {
                if reader.settings.access.mistake == nil { reader.settings.access.mistake = sentence }
                complain(sentence)
            }
            let key: String
            let value: [UInt8]
            switch line {
            case .nothing: continue
            case .groupWithoutEnd:
                complain("\(place): the name of a group ends with ']'")
                group = nil
                continue
            case .group(let name):
                group = name
                if !OptionTable.knowsGroup(name) {
                    complain("\(place): there is no group [\(name)]" + meant(name, OptionTable.all.compactMap(\.key?.group)))
                }
                continue
            case .unknown:
                (group == "Access" ? complainOfAccess : complain)(
                    "\(place): this is neither [Group] nor Key=Value nor a comment that starts with #")
                continue
            case .setting(let name, let text): (key, value) = (name, text)
            }
            let looksLikeRule = key.utf8.starts(with: "Rule".utf8)
            guard let group else {
                (looksLikeRule ? complainOfAccess : complain)("\(place): this key stands before the first [Group]")
                continue
            }
            guard OptionTable.knowsGroup(group) else {
                if looksLikeRule { complainOfAccess("\(place): a rule of access stands in group [Access], not in [\(group)]") }
                continue
            }
            guard let option = OptionTable.forKey(group: group, name: key) else {
                (group == "Access" ? complainOfAccess : complain)(
                    "\(place): there is no key \(key) in group [\(group)]" + elsewhere(key, group))
                continue
            }
            Trace.step(.configuration, "\(place): [\(group)]/\(key)='\(OptionTable.text(value))'")
            do {
                try reader.read(value, of: option, at: place)
                origins?.note(option, .file(place: place))
            } catch {
                (group == "Access" ? complainOfAccess : complain)(
                    "\(place): \(key)='\(OptionTable.text(value))' is not accepted; it takes \(error.accepted)")
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
}
