/// One rule: `allow lock,read to uid 1000-1999 on backup*`.
///
///     RULE   = ("allow" | "deny") RIGHTS "to" WHO ["on" PATTERN]
///     RIGHTS = "all" | RIGHT {"," RIGHT}
///     WHO    = ("uid" | "user") (NUMBER | NUMBER "-" NUMBER | NAME) | ("gid" | "group") (as before)
///            | "certificate" PATTERN | "address" PREFIX | "loopback" | "local" | "same-user" | "root" | "anybody"
///
/// Words stand between blanks; one with blanks in it stands in double quotes.
package struct AccessRule: Hashable, Sendable {
    package let allows: Bool
    package let rights: Set<AccessRight>
    package internal(set) var who: AccessWho
    /// The pattern of resource names; nil: any name.
    package let pattern: String?
    /// The rule as it was written.
    package let text: String
    /// The place where it was written: `/etc/flom.conf:12`.
    package let place: String

    package static let longest = 512

    /// The error of a text that is no rule, with what would be accepted.
    package struct Mistake: Error, Hashable, Sendable {
        package let accepted: String
    }

    static let form = "allow or deny, RIGHTS, to WHO and perhaps on RESOURCE, as in 'allow lock,read to uid 1000-1999 on backup*'"

    package init(_ text: String, place: String) throws(Mistake) {
        guard text.utf8.count <= Self.longest, text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            throw Mistake(accepted: "a rule of at most \(Self.longest) bytes without control characters")
        }
        var words = try Self.words(of: text)[...]
        switch words.popFirst() {
        case "allow": allows = true
        case "deny": allows = false
        default: throw Mistake(accepted: Self.form)
        }
        guard let rights = words.popFirst(), words.popFirst() == "to" else { throw Mistake(accepted: Self.form) }
        self.rights = try Self.rights(rights)
        who = try Self.who(&words)
        if words.isEmpty {
            pattern = nil
        } else {
            guard words.popFirst() == "on", let pattern = words.popFirst(), words.isEmpty, !pattern.isEmpty else {
                throw Mistake(accepted: "nothing behind WHO but 'on' and one name or pattern: " + Self.form)
            }
            guard self.rights.allSatisfy(\.namesResource) else {
                throw Mistake(
                    accepted: "'on \(pattern)' only for lock, read, read-commands and break: all others concern no resource")
            }
            self.pattern = pattern
        }
        self.text = text
        self.place = place
    }

    private static func words(of text: String) throws(Mistake) -> [String] {
        var words: [String] = []
        var rest = text[...]
        while let first = rest.first {
            if first == " " {
                rest.removeFirst()
            } else if first == "\"" {
                rest.removeFirst()
                guard let end = rest.firstIndex(of: "\"") else { throw Mistake(accepted: "a second \" behind every \"") }
                words.append(String(rest[..<end]))
                rest = rest[rest.index(after: end)...]
                guard rest.first == nil || rest.first == " " else { throw Mistake(accepted: "a blank behind the second \"") }
            } else {
                let word = rest.prefix { $0 != " " }
                guard !word.contains("\"") else { throw Mistake(accepted: "a \" only around a whole word") }
                words.append(String(word))
                rest = rest.dropFirst(word.count)
            }
        }
        return words
    }

    private static func rights(_ word: String) throws(Mistake) -> Set<AccessRight> {
        if word == "all" { return Set(AccessRight.allCases) }
        var rights: Set<AccessRight> = []
        for part in word.split(separator: ",", omittingEmptySubsequences: false) {
            guard let right = AccessRight(rawValue: String(part)) else {
                throw Mistake(
                    accepted:
                        "the rights all, or \(AccessRight.allCases.map(\.rawValue).joined(separator: ",")) or some of these, "
                        + "with commas between them")
            }
            rights.insert(right)
        }
        return rights
    }

    private static func who(_ words: inout ArraySlice<String>) throws(Mistake) -> AccessWho {
        guard let kind = words.popFirst() else { throw Mistake(accepted: form) }
        switch kind {
        case "loopback": return .loopback
        case "local": return .local
        case "same-user": return .sameUser
        case "root": return .root
        case "anybody": return .anybody
        case "uid", "user", "gid", "group", "certificate", "address": break
        default:
            throw Mistake(
                accepted:
                    "for WHO uid, user, gid, group, certificate or address with a value, or loopback, local, same-user, root "
                    + "or anybody")
        }
        guard let value = words.popFirst(), !value.isEmpty else { throw Mistake(accepted: "a value behind '\(kind)'") }
        switch kind {
        case "uid", "user":
            return try numbers(value, kind).map { .users($0) } ?? .userNamed(value)
        case "gid", "group":
            return try numbers(value, kind).map { .groups($0) } ?? .groupNamed(value)
        case "certificate":
            return .certificate(value)
        default:
            guard let prefix = AddressPrefix(value) else {
                throw Mistake(
                    accepted: "an address as in 10.1.2.3, ::1, 10.0.0.0/8 or fd00::/8, with no bits set behind the prefix")
            }
            return .addresses(prefix)
        }
    }

    /// The range of ids that a text means; nil for a name, which does not begin with a digit.
    private static func numbers(_ text: String, _ kind: String) throws(Mistake) -> ClosedRange<UInt32>? {
        guard let first = text.utf8.first, (0x30...0x39).contains(first) else { return nil }
        let ends = text.split(separator: "-", omittingEmptySubsequences: false).map(number)
        if ends.count == 1, let one = ends[0] { return one...one }
        if ends.count == 2, let low = ends[0], let high = ends[1], low <= high { return low...high }
        throw Mistake(accepted: "behind '\(kind)' a number, two with a - between them, the lower one first, or a name")
    }

    private static func number(_ text: Substring) -> UInt32? {
        text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? UInt32(text) : nil
    }
}
