import FlomTestKit
import Foundation
import Testing

/// The options that flom answers itself: help, version, signals, machine id; and a mount point.
@Suite struct InformationTests {
    private func flom(_ words: String...) async throws -> Outcome {
        let box = try Sandbox()
        defer { box.close() }
        let outcome = try await box.run([box.program] + words)
        #expect(box.processes.isEmpty)
        return outcome
    }

    /// What is typed, what the output begins with, and the status. `FlomOptionsTests` has what counts of several.
    private static let order: [(words: [String], begins: String, status: Int32)] = [
        (["--help"], "Usage:", 0), (["-v", "--signal-list"], "flom ", 0), (["-c", "/nonexistent", "-v"], "flom ", 0),
        (["--print", "bash"], "# bash completion", 0), (["--unique-id", "-v"], "flom ", 0), (["--version", "--nosuch"], "", 99),
    ]

    @Test(arguments: order)
    func itAnswersBeforeAnythingElse(words: [String], begins: String, status: Int32) async throws {
        let box = try Sandbox()
        defer { box.close() }
        let outcome = try await box.run([box.program] + words)
        #expect(
            outcome.status == status && outcome.output.hasPrefix(begins) && outcome.errors.isEmpty == (status == 0), "\(outcome)")
        #expect((status == 0) != outcome.output.isEmpty && box.processes.isEmpty)
    }

    /// Names, versions and licences of what is linked in; those that are written down are those that were built.
    @Test func theVersionListsLibraries() async throws {
        let outcome = try await flom("-V", "--version")
        for word in ["Swift runtime", "SwiftNIO", "swift-nio-ssl", "BoringSSL", "SQLite", "GNU C library", "LGPL", "Apache-2.0"] {
            #expect(outcome.output.contains(word), "\(word)")
        }
        let state = try #require(Files.text(of: Program.repository + "/.build/workspace-state.json"))
        let json = try #require(try JSONSerialization.jsonObject(with: Data(state.utf8)) as? [String: Any])
        let object = try #require(json["object"] as? [String: Any])
        let dependencies = try #require(object["dependencies"] as? [[String: Any]])
        var checked = 0
        for dependency in dependencies {
            let package = (dependency["packageRef"] as? [String: Any])?["identity"] as? String ?? ""
            let checkout = (dependency["state"] as? [String: Any])?["checkoutState"] as? [String: Any]
            guard let name = ["swift-nio": "SwiftNIO "][package] ?? (package == "swift-system" ? nil : package + " "),
                let version = checkout?["version"] as? String
            else { continue }
            let line = outcome.output.split(separator: "\n").first { $0.drop { $0 == " " }.hasPrefix(name) }
            #expect(line?.contains(" \(version) ") == true, "\(package) \(version): \(line ?? "no line")")
            checked += 1
        }
        #expect(checked == 4)
    }

    @Test(.enabled(if: Conditions.machineID != nil, "this machine has no machine id")) func theMachineIsNamed() async throws {
        #expect(try await flom("--unique-id").output == Conditions.machineID! + "\n")
    }

    @Test(.enabled(if: Conditions.canMount, "needs the right to mount")) func aMachineWithoutAnIdIsToldSo() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try Files.makeDirectory(box.path("etc"))
        let script = "mount --bind \"$0\" /etc && { [ ! -d /var/lib/dbus ] || mount --bind \"$0\" /var/lib/dbus; } && exec \"$@\""
        let outcome = try await box.run(["unshare", "-m", "sh", "-c", script, box.path("etc"), box.program, "--unique-id"])
        #expect(outcome.status == 99 && outcome.output.isEmpty && outcome.errors.contains("/etc/machine-id"), "\(outcome)")
    }

    @Test func aMountPointThatIsNoneStopsCommandsAndNothingElse() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let nothing = box.path("nothing")
        try Files.write("[Daemon]\nMountPointVFS=\(nothing)\n", to: box.path("home/.flom"))
        let run = try await box.flom("-r", "R", "--", "echo", "ran")
        #expect(
            run.status == 99 && run.output.isEmpty && run.errors.contains("'\(nothing)' cannot be opened as a directory"),
            "\(run)")
        #expect(try await box.flom("--show-config").status == 0)
        // Typed, too: refused after the listing.
        let typed = try await flom("-V", "-m", nothing, "--", "true")
        #expect(typed.status == 99 && typed.errors.contains("an empty directory of yours is accepted"), "\(typed)")
        #expect(typed.output.contains("[Daemon]/MountPointVFS='\(nothing)'\n"), "\(typed)")
    }
}
