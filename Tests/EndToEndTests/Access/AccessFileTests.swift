import FlomTestKit
import Foundation
import Testing

/// Rules in files: broken rules let nobody in, and the daemon's own rules survive crash and reload.
@Suite struct AccessFileTests {
    @Test(arguments: [
        ("[Access]\nRule=allow everything to anybody\n", ":2: Rule="),
        ("[Access]\nRul=deny all to anybody\n", ":2: there is no key Rul"),
        ("[Access]\nRule deny all to anybody\n", ":2: this is neither"),
        ("[Acces]\nRule=deny all to anybody\n", "stands in group [Access]"),
        ("Rule=deny all to anybody\n", ":1: this key stands before"), ("[Access]\nRemoteAdmin=perhaps\n", ":2: RemoteAdmin="),
        ("[Access]\nRule=deny lock to user no-such-user-here\n", "file:2: this host knows no user"),
    ])
    func aBrokenRuleStartsNoDaemon(text: String, complaint: String) async throws {
        let box = try Sandbox()
        defer { box.close() }
        // The file is one of the usual files, or that of -c.
        try Files.makeDirectory(box.path("config/flom"))
        try Files.write(text, to: box.path("config/flom/flom.conf"))
        try Files.write(text, to: box.path("file"))
        let usual = try await box.flom("-r", "R", "--", "echo", "ran")
        #expect(usual.status == 99 && usual.output.isEmpty, "\(usual)")
        #expect(usual.errors.contains(complaint.replacing("file:", with: "flom.conf:")), "\(usual)")
        unlink(box.path("config/flom/flom.conf"))
        let named = try await box.flom("-c", box.path("file"), "-r", "R", "--", "echo", "ran")
        #expect(named.status == 99 && named.output.isEmpty && named.errors.contains("file:"), "\(named)")
        #expect(box.daemonPID == nil || !Files.exists(box.socket))
        #expect(try await box.flom("-r", "R", "--", "echo", "ran").output == "ran\n")
    }

    @Test func aTypedRuleIsReadToo() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let wrong = try await box.flom("--access-rule", "deny lock", "-r", "R", "--", "true")
        #expect(wrong.status == 99 && wrong.errors.contains("option --access-rule: 'deny lock' is not accepted"), "\(wrong)")
        #expect(wrong.errors.contains("allow or deny, RIGHTS, to WHO"))
        let refused = try await box.flom("--access-rule", "deny lock to same-user on R", "-r", "R", "--", "true")
        #expect(refused.status == 99 && refused.errors.contains("you may not lock 'R'"), "\(refused)")
        #expect(try await box.flom("-r", "S", "--", "echo", "ran").output == "ran\n")
    }

    /// After a crash the next daemon has the rules of the one before, whichever user starts it.
    @Test func rulesSurviveACrash() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon("--access-rule", "deny lock to same-user on R")
        try await box.killDaemon()
        let refused = try await box.flom("-r", "R", "--", "true")
        #expect(refused.status == 99 && refused.errors.contains("you may not lock 'R'"), "\(refused)")
        #expect(try await box.flom("-r", "S", "--", "echo", "ran").output == "ran\n")
        // After an orderly end with nothing open the next daemon has its own rules.
        #expect(try await box.flom("-x").status == 0)
        try await eventually("it has ended") { box.recorded("state") == "ended" }
        #expect(try await box.flom("-r", "R", "--", "echo", "ran").output == "ran\n")
    }

    @Test func aReloadChangesTheRulesAndLeavesHoldersAlone() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try Files.write("[Access]\nRule=deny lock to anybody on S\n", to: box.path("file"))
        let daemon = try await box.startForeground("-c", "file")
        let holder = try await box.hold("R")
        try Files.write("[Access]\nRule=deny lock to anybody on R\n[Limits]\nWaiters=1\n", to: box.path("file"))
        daemon.send(SIGHUP)
        try await eventually("it has reloaded: \(daemon.errorsSoFar)") { daemon.errorsSoFar.contains("Rule (1 → 1 rules)") }
        #expect(try await box.flom("-r", "S", "--", "echo", "ran").output == "ran\n")
        #expect(try await box.flom("-r", "R", "-o", "0", "--", "true").errors.contains("you may not lock 'R'"))
        #expect(try await box.status().map(\.outcome) == ["held"])
        // A broken file does not change the rules.
        try Files.write("[Access]\nRule=allow lock\n", to: box.path("file"))
        daemon.send(SIGHUP)
        try await eventually("it says why: \(daemon.errorsSoFar)") { daemon.errorsSoFar.contains("file:2: Rule='allow lock'") }
        #expect(try await box.flom("-r", "R", "-o", "0", "--", "true").errors.contains("you may not lock 'R'"))
        try await holder.letGo()
        #expect(try await holder.process.wait().status == 0)
    }

    @Test func accessTestNamesTheRule() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try Files.write(
            "[Access]\n# first\nRule=allow lock to uid 1000-1999 on backup*\nRule=deny lock to uid 1000-1999\n",
            to: box.path("file"))
        let table = try await box.flom("-c", "file", "--access-test", "uid 1500")
        #expect(table.status == 0 && table.output.contains("to a daemon started now on '\(box.socket)'"), "\(table)")
        #expect(table.output.contains(/lock +backup\* +yes +\S*file:3: allow lock to uid 1000-1999 on backup\*/), "\(table)")
        #expect(table.output.contains(/lock +any +no +\S*file:4: deny lock/), "\(table)")
        let json = try await box.flom("-c", "file", "--access-test", "user root on backup1", "--format", "json")
        #expect(json.output.contains(#"{"right":"lock","on":"backup1","allowed":true,"default":"the daemon's user"#), "\(json)")
        // A running daemon tells its own rules.
        try await box.startDaemon("--access-rule", "deny lock to address 10.0.0.0/8")
        let running = try await box.flom("--access-test", "address 10.1.2.3")
        #expect(running.output.contains("to the daemon on '\(box.socket)'"), "\(running)")
        #expect(running.output.contains(/lock +any +no +--access-rule: deny lock to address 10.0.0.0\/8/), "\(running)")
        let wrong = try await box.flom("--access-test", "bob")
        #expect(wrong.status == 99 && wrong.errors.contains("'uid 1000', 'user bob', root"), "\(wrong)")
    }
}
