import FlomTestKit
import Foundation

/// A daemon that shows its state as files.
struct StatusFilesWorld {
    let box: Sandbox
    /// The directory of the files.
    let place: String

    init(directory: String = "files") throws {
        box = try Sandbox()
        place = box.path(directory)
        try Files.makeDirectory(place)
    }

    /// Whether FUSE can be had here.
    static let isPossible = Conditions.isRoot && access("/dev/fuse", R_OK | W_OK) == 0 && Conditions.canMount

    /// Runs flom with `-m`.
    @discardableResult
    func flom(_ words: String...) async throws -> Outcome {
        try await box.run([box.program] + box.options + ["-m", place] + words)
    }

    @discardableResult
    func startDaemon(_ options: String...) async throws -> pid_t {
        let outcome = try await box.run([box.program] + box.options + ["-m", place] + options + ["-r", "warmup", "--", "true"])
        guard outcome.status == 0, outcome.errors.isEmpty, let pid = box.daemonPID, isMounted else {
            throw NeverHappened(description: "no files: \(outcome)")
        }
        return pid
    }

    func close() {
        box.close()
        // Of a daemon that was killed.
        while umount2(place, Int32(MNT_DETACH)) == 0 {}
        rmdir(place)
        rmdir(box.directory)
    }

    /// The lines of the table of mounts for the directory.
    var mounts: [String] {
        (Files.text(of: "/proc/self/mounts") ?? "").split(separator: "\n").map(String.init)
            .filter { $0.split(separator: " ")[1] == place.replacing(" ", with: #"\040"#) }
    }
    var isMounted: Bool { !mounts.isEmpty }

    /// Whether the directory is there, empty, and no mount: as it was before.
    var isClean: Bool { !isMounted && Files.names(in: place).isEmpty && Files.exists(place) }

    func names(_ path: String) -> [String] { Files.names(in: place + "/" + path).sorted() }
    func text(_ path: String) -> String? { Files.text(of: place + "/" + path) }

    /// The directory of a resource; nil if it is not there.
    func locker(_ resource: String) -> String? {
        names("status/lockers").map { "status/lockers/" + $0 }.first { text($0 + "/resource_name") == resource + "\n" }
    }

    /// Waits for a state of a resource: the numbers of its holders and waiters.
    func locker(_ resource: String, holders: Int, waiters: Int) async throws -> String {
        try await found("'\(resource)' has \(holders) holders and \(waiters) waiters") {
            locker(resource).flatMap {
                names($0 + "/holders").count == holders && names($0 + "/waitings").count == waiters ? $0 : nil
            }
        }
    }
}
