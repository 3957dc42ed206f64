package import Foundation

/// Properties of the machine that some tests need; without them they are skipped, and say so.
package enum Conditions {
    /// Whether the program was built with a sanitizer (`tools/sanitize`), and takes several times as long.
    package static let isSanitized = ["ASAN_OPTIONS", "TSAN_OPTIONS"].contains { ProcessInfo.processInfo.environment[$0] != nil }

    package static let isRoot = geteuid() == 0

    package static func hasProgram(_ name: String) -> Bool {
        (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").contains { access("\($0)/\(name)", X_OK) == 0 }
    }

    /// Debian's own Python, for which its packages are: another one may come first in `PATH`.
    package static let python = access("/usr/bin/python3", X_OK) == 0 ? "/usr/bin/python3" : "python3"

    package static func hasPythonModule(_ name: String) -> Bool { succeeds([python, "-c", "import \(name)"]) }

    /// The name of a browser that can be driven without a screen.
    package static let browser: String? = ["chromium", "chromium-browser", "google-chrome"].first(where: hasProgram)

    /// Whether tests can act as another user: one without an entry in the password database, and without files in the way.
    package static let canBecomeNobodyKnown =
        isRoot && hasProgram("setpriv") && getpwuid(Stranger.uid) == nil && getpwuid(Stranger.other) == nil

    /// Whether a command ends with status 0; its output is discarded.
    package static func succeeds(_ command: [String]) -> Bool {
        var words = (["sh", "-c", #"exec >/dev/null 2>&1; exec "$@""#, "sh"] + command).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var pid: pid_t = 0
        var status: Int32 = 1
        return posix_spawnp(&pid, "sh", nil, nil, &words, environ) == 0 && waitpid(pid, &status, 0) == pid && status == 0
    }

    package static let canUnshareProcesses = isRoot && hasProgram("unshare")

    /// Whether hard limits can be raised.
    package static let mayLiftLimits = succeeds([
        "python3", "-c",
        "import resource as r; kind = r.RLIMIT_NPROC; now, most = r.getrlimit(kind); r.setrlimit(kind, (now, most + 1))",
    ])

    /// The words that run a command which may not raise its limits, also if it is root's.
    package static let withoutRightsOverLimits =
        isRoot && hasProgram("setpriv") ? ["setpriv", "--inh-caps=-sys_resource", "--bounding-set=-sys_resource", "--"] : []

    /// Whether a file system can be mounted here: root in a container often cannot.
    package static let canMount: Bool = {
        guard isRoot, hasProgram("mount") else { return false }
        guard let place = try? Files.makeTemporaryDirectory("flomtest-mount") else { return false }
        defer { rmdir(place) }
        guard mount("tmpfs", place, "tmpfs", 0, "size=1m") == 0 else { return false }
        return umount2(place, Int32(MNT_DETACH)) == 0
    }()

    /// The machine id as FLoM sends it; nil if this machine has none.
    package static let machineID: String? = ["/var/lib/dbus/machine-id", "/etc/machine-id"].lazy
        .compactMap { Files.text(of: $0)?.trimmingCharacters(in: .whitespacesAndNewlines).lowercased() }
        .first { $0.count == 32 }
}

/// Users without a name, for the tests that root runs as another user.
package enum Stranger {
    package static let uid: uid_t = 47_101
    package static let other: uid_t = 47_102

    /// The words that run a command as that user.
    package static func words(_ command: [String], uid: uid_t = uid) -> [String] {
        ["setpriv", "--reuid=\(uid)", "--regid=\(uid)", "--clear-groups", "--"] + command
    }
}
