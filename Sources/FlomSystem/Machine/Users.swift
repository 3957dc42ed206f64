internal import Glibc

/// Users and groups by name and number, from `/etc/passwd` and `/etc/group`, and from the system's other sources if those do not
/// have them.
///
/// The files are read here and not through `getpwuid`: in a static executable that function loads shared name services and
/// crashes, and it costs each command a dozen system calls.
package enum Users {
    /// The login name of a uid; nil if it has none.
    package static func name(of uid: UInt32) -> String? { entry(of: uid)?.name }

    /// The login name of the real uid, looked up once: the default socket and the request both contain it. Nil if it has none.
    package static let own: String? = listedName ?? askedName

    /// This user's name in requests and records.
    package static let ownOrNumber: String = own ?? "uid \(getuid())"

    /// The uid that the machine uses for this process if it is root: 0, or the user who made the user namespace in which it is
    /// root. It is looked up only there.
    package static let ownerOfRoot: UInt32 = {
        guard getuid() == 0, let namespace = Files.status(of: "/proc/self/ns/user"), namespace.st_ino != initialNamespace,
            let table = Files.contents(of: "/proc/self/uid_map")
        else { return getuid() }
        // Each line has the first uid inside, the first uid outside, and their count.
        for line in table.split(separator: UInt8(ascii: "\n")) {
            let numbers = line.split(separator: UInt8(ascii: " ")).compactMap { UInt32(String(decoding: $0, as: UTF8.self)) }
            if numbers.count == 3, numbers[0] == 0 { return numbers[1] }
        }
        return 0
    }()

    /// `PROC_USER_INIT_INO` of the kernel.
    private static let initialNamespace: UInt = 0xEFFF_FFFD

    /// Whether `/etc/passwd` lists this user. Other sources may become unavailable.
    package static var ownIsListed: Bool { listedName != nil }

    private static let listedName: String? = listed(getuid())?.name
    private static let askedName: String? = asked(getuid())?.name

    /// `$HOME`, or the directory in the password file.
    package static func homeDirectory() -> String? {
        if let home = getenv("HOME") { return String(cString: home) }
        return entry(of: getuid())?.home
    }

    /// The uid of a login name; nil if there is no such user.
    package static func uid(of name: String) -> UInt32? {
        line(named: name, in: "/etc/passwd", orOf: "passwd").flatMap { number($0, at: 2) }
    }

    /// The number of a group; nil if there is no such group.
    package static func gid(of name: String) -> UInt32? {
        line(named: name, in: "/etc/group", orOf: "group").flatMap { number($0, at: 2) }
    }

    /// The primary group of a user and the groups that list the user as a member. A process may have others: it keeps the groups
    /// that it was started with.
    package static func gids(of uid: UInt32) -> Set<UInt32> {
        guard let name = name(of: uid) else { return [] }
        var gids: Set<UInt32> = []
        if let own = line(named: name, in: "/etc/passwd", orOf: "passwd"), let gid = number(own, at: 3) { gids.insert(gid) }
        for line in (Files.contents(of: "/etc/group", limit: sizeLimit) ?? []).split(separator: UInt8(ascii: "\n")) {
            let fields = line.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
            guard fields.count >= 4, let gid = number(fields, at: 2) else { continue }
            if fields[3].split(separator: UInt8(ascii: ",")).contains(where: { $0.elementsEqual(name.utf8) }) { gids.insert(gid) }
        }
        // `NAME 1 2 3`, including groups from sources that are not read here.
        let others = ChildOutput.of(["getent", "initgroups", name])?.split(separator: UInt8(ascii: " ")).dropFirst() ?? []
        for word in others {
            if let gid = UInt32(String(decoding: word.filter { $0 != UInt8(ascii: "\n") }, as: UTF8.self)) { gids.insert(gid) }
        }
        return gids
    }

    private static func line(named name: String, in path: String, orOf database: String) -> [ArraySlice<UInt8>]? {
        func find(_ lines: [UInt8]) -> [ArraySlice<UInt8>]? {
            lines.split(separator: UInt8(ascii: "\n")).lazy
                .map { $0.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false) }
                .first { $0.count >= 4 && $0[0].elementsEqual(name.utf8) }
        }
        return Files.contents(of: path, limit: sizeLimit).flatMap(find)
            // `--` keeps a name from being taken for an option.
            ?? ChildOutput.of(["getent", database, "--", name]).flatMap(find)
    }

    private static func number(_ fields: [ArraySlice<UInt8>], at index: Int) -> UInt32? {
        UInt32(String(decoding: fields[index], as: UTF8.self))
    }

    private static let sizeLimit = 1 << 24

    private static func entry(of uid: UInt32) -> (name: String, home: String)? {
        listed(uid) ?? asked(uid)
    }

    private static func listed(_ uid: UInt32) -> (name: String, home: String)? {
        Files.contents(of: "/etc/passwd", limit: sizeLimit).flatMap { find(uid, in: $0) }
    }

    /// Asks the system's `getent`: a static executable cannot load the name service of LDAP or systemd itself.
    private static func asked(_ uid: UInt32) -> (name: String, home: String)? {
        ChildOutput.of(["getent", "passwd", "\(uid)"]).flatMap { find(uid, in: $0) }
    }

    /// Finds a user among lines of `name:password:uid:gid:comment:home:shell`.
    private static func find(_ uid: UInt32, in lines: [UInt8]) -> (name: String, home: String)? {
        let wanted = Array(String(uid).utf8)
        var rest = lines[...]
        while !rest.isEmpty {
            let line = rest.prefix { $0 != UInt8(ascii: "\n") }
            rest = rest[min(line.endIndex + 1, rest.endIndex)...]
            // Only the wanted line is split, because every command runs through this.
            guard let name = line.firstIndex(of: UInt8(ascii: ":")), name > line.startIndex,
                let password = line[(name + 1)...].firstIndex(of: UInt8(ascii: ":")),
                line[(password + 1)...].starts(with: wanted),
                line.dropFirst(password + 1 - line.startIndex + wanted.count).first == UInt8(ascii: ":")
            else { continue }
            guard let home = field(5, of: line) else { continue }
            return (String(decoding: line[..<name], as: UTF8.self), String(decoding: home, as: UTF8.self))
        }
        return nil
    }

    /// A field by its index from 0; nil if there are fewer.
    private static func field(_ index: Int, of line: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        var rest = line
        for _ in 0..<index {
            guard let end = rest.firstIndex(of: UInt8(ascii: ":")) else { return nil }
            rest = rest[(end + 1)...]
        }
        return rest.prefix { $0 != UInt8(ascii: ":") }
    }
}
