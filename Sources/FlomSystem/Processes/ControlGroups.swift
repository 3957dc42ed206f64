internal import CFlomSystem
internal import Glibc

/// The control groups with which service managers, batch systems and container engines end or freeze all processes of a unit or a
/// job: those of the unified hierarchy, of systemd's hierarchy of version 1, and of the freezer of version 1.
package enum ControlGroups {
    /// One line of `/proc/PID/cgroup`.
    package struct Membership: Hashable, Sendable {
        /// The hierarchy's name: empty for the unified one; `name=systemd` or a list of controllers for the others.
        package let hierarchy: String
        /// The path from the root of the hierarchy, or of the control group namespace: `/system.slice/ci.service`.
        package let path: String

        package init(hierarchy: String, path: String) {
            self.hierarchy = hierarchy
            self.path = path
        }
    }

    /// The memberships of a visible process, in the hierarchies that end or freeze processes.
    package static func memberships(of process: String = "self") -> [Membership] {
        Files.contents(of: "/proc/\(process)/cgroup").map(memberships(in:)) ?? []
    }

    static func memberships(in text: [UInt8]) -> [Membership] {
        text.split(separator: UInt8(ascii: "\n")).compactMap { line in
            let fields = String(decoding: line, as: UTF8.self).split(
                separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3, fields[2].hasPrefix("/") else { return nil }
            let found = Membership(hierarchy: String(fields[1]), path: String(fields[2]))
            return places(of: found.hierarchy).isEmpty ? nil : found
        }
    }

    /// The name of the group that a daemon of a user other than root can move to, if its parent has been delegated to that user.
    package static let ownGroup = "flom"

    /// Groups that a member of `path` could move to, the best first: the root, which nothing ends as a whole, then a group of
    /// flom's own below one of the ancestors, the farthest ancestor first.
    static func refuges(from path: String) -> [String] {
        guard path != "/", !path.hasPrefix("/.."), Files.name(of: path) != ownGroup else { return [] }
        var found = ["/"]
        var above = ""
        for name in path.split(separator: "/") {
            found.append("\(above)/\(ownGroup)")
            above += "/\(name)"
        }
        return found
    }

    /// Leaves the groups in which this process was started, as far as its rights go.
    ///
    /// - Returns: the groups that it could not leave.
    @discardableResult
    package static func leave() -> [Membership] {
        memberships().filter { membership in
            let refuges = refuges(from: membership.path)
            guard !refuges.isEmpty, let mount = places(of: membership.hierarchy).first(where: isMounted) else { return false }
            return !refuges.contains { enter(mount.path + ($0 == "/" ? "" : $0)) }
        }
    }

    /// Where hierarchies are mounted by convention, and the types of their file systems.
    private typealias Mount = (path: String, type: Int)

    private static func places(of hierarchy: String) -> [Mount] {
        switch hierarchy {
        case "": [("/sys/fs/cgroup", 0x6367_7270), ("/sys/fs/cgroup/unified", 0x6367_7270)]
        case "name=systemd": [("/sys/fs/cgroup/systemd", 0x27_E0EB)]
        case "freezer": [("/sys/fs/cgroup/freezer", 0x27_E0EB)]
        default: []
        }
    }

    private static func isMounted(_ mount: Mount) -> Bool { flom_filesystem_type(mount.path) == mount.type }

    private static func enter(_ group: String) -> Bool {
        let made = mkdir(group, 0o755) == 0
        let members = open(group + "/cgroup.procs", O_WRONLY | O_CLOEXEC)
        // 0 stands for the writing process.
        let entered = members >= 0 && writeAll(Array("0\n".utf8), to: members)
        if members >= 0 { close(members) }
        if made && !entered { rmdir(group) }
        return entered
    }
}
