import FlomTestKit
import Foundation
import Testing

/// Several resources for one command: all at one moment, or none.
@Suite(.serialized) struct TogetherTests {
    private func environment(_ outcome: Outcome) -> [String: String] {
        let lines = outcome.output.split(separator: "\n").filter { $0.hasPrefix("FLOM_") }
        return Dictionary(lines.map { ($0.prefix { $0 != "=" }.description, $0.drop { $0 != "=" }.dropFirst().description) }) {
            $1
        }
    }

    // MARK: - Values for the command

    @Test func theCommandFindsAllInItsEnvironment() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let told = environment(
            try await box.flom("-r", "B", "-r", "A[3]", "-q", "2", "-r", "x.y", "-r", "/p", "-l", "PR", "--", "sh", "-c", "env"))
        let rows = try await box.history()
        try #require(rows.count == 4)
        let journal = try #require(box.recorded("journal-id"))
        let expected: [[String: String]] = [
            ["RESOURCE": "B", "LOCK_MODE": "EX"], ["RESOURCE": "A[3]"], ["RESOURCE": "x.y", "ELEMENT": "x"],
            ["RESOURCE": "/p", "LOCK_MODE": "PR"],
        ]
        var all: [String: String] = [:]
        for (index, facts) in expected.enumerated() {
            var facts = facts
            facts["FENCING_TOKEN"] = "\(try #require(rows[index].fencingToken))"
            facts["REQUEST_ID"] = "\(journal):\(rows[index].request)"
            for (name, value) in facts {
                all["FLOM_\(name)_\(index + 1)"] = value
                if index == 0 { all["FLOM_\(name)"] = value }
            }
        }
        #expect(told == all)
        // Granted in canonical order, whatever the order of the options.
        #expect(try #require(rows[1].fencingToken) < #require(rows[0].fencingToken))
    }

    @Test func oneResourceIsNotNumberedAndNothingIsInherited() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let inner = [box.program] + box.options + ["-r", "B", "--", "env"]
        let outcome = try await box.run(
            [box.program] + box.options + ["-r", "x.y", "-r", "C", "--element-placeholder", "--"] + inner)
        let told = environment(outcome)
        #expect(Set(told.keys) == ["FLOM_RESOURCE", "FLOM_LOCK_MODE", "FLOM_FENCING_TOKEN", "FLOM_REQUEST_ID"], "\(outcome)")
        #expect(told["FLOM_RESOURCE"] == "B")
    }

    @Test func elementsFollowInTheOrderGivenOrStandInTheirPlaces() async throws {
        let box = try Sandbox()
        defer { box.close() }
        #expect(try await box.flom("-r", "y.z", "-r", "R", "-r", "a.b", "--", "echo", "w").output == "w y a\n")
        let words = ["-i", "60000", "-r", "m.n", "-r", "R", "-r", "_s_k[1]", "--element-placeholder", "--", "echo"]
        let outcome = try await box.run(
            [box.program] + box.options + words + ["{}", "<{3}{1}>", "{2}", "{4}", "{0}", "{-1}", "{x}", "{", "{1", "{}{3"])
        #expect(outcome.output == "m <1m> {2} {4} {0} {-1} {x} { {1 m{3\n", "\(outcome)")
        let listed = try await box.flom("-V", "-r", "c.d", "-r", "e.f", "--", "true")
        #expect(listed.output.contains("[Resource]/Name='c.d','e.f'\n"), "\(listed)")
        #expect(listed.output.contains("Locked element is 'c'\nLocked element is 'e'\n"), "\(listed)")
    }

    @Test func historyHasARowEachWithOneGroup() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.flom("-r", "S", "--", "true")
        #expect(
            try await box.flom(
                "-q", "2", "-l", "PR", "-r", "B", "-r", "N[3]", "-l", "CR", "-r", "M[3]", "-q", "1", "-r", "/p", "-l", "NL", "--",
                "sh", "-c", "exit 3"
            ).status == 3)
        let rows = try await box.history()
        #expect(rows.map(\.resource) == ["S", "B", "N[3]", "M[3]", "/p"])
        #expect(rows.map(\.group) == [nil, 2, 2, 2, 2])
        #expect(rows.map(\.quantity) == [nil, nil, 2, 1, nil])
        #expect(rows.map(\.mode) == ["EX", "PR", "EX", "EX", "NL"])
        let group = rows.dropFirst()
        #expect(group.allSatisfy { $0.exitStatus == 3 && $0.outcome == "released" && $0.command == ["sh", "-c", "exit 3"] })
        #expect(Set(group.map(\.grantedAt)).count == 1 && Set(group.map(\.endedAt)).count == 1)
        #expect(Set(group.map(\.commandPID)).count == 1 && Set(group.map(\.fencingToken)).count == 4)
    }

    // MARK: - Resources that exclude each other

    static let impossible: [(resources: [String], clue: String)] = [
        (["A", "A"], "'A' is asked for twice"), (["A", "B", "A"], "'A' is asked for twice"),
        (["N[3]", "N[3]"], "'N[3]' is asked for twice"), (["x.y", "x.y"], "'x.y' is asked for twice"),
        (["_s_k[2]", "_s_k[2]"], "'_s_k[2]' is asked for twice"), (["/a", "/a/b"], "'/a' and '/a/b' exclude each other"),
        (["/a/b/c", "C", "/a"], "'/a/b/c' and '/a' exclude each other"), (["/a/b", "/a/b"], "'/a/b' is asked for twice"),
    ]

    @Test(arguments: impossible)
    func partsThatExcludeEachOtherAreRefused(resources: [String], clue: String) async throws {
        let box = try Sandbox()
        defer { box.close() }
        let names = resources.flatMap { ["-r", $0] }
        let outcome = try await box.run([box.program] + box.options + names + ["--", "echo", "ran"])
        #expect(outcome.status == 99 && outcome.output.isEmpty, "\(outcome)")
        #expect(outcome.errors.contains(clue) && outcome.errors.hasSuffix("[6]\n"), "\(outcome)")
        let rows = try await box.history()
        #expect(rows.map(\.outcome) == resources.map { _ in "refused" })
        #expect(rows.count { $0.detail?.hasPrefix("overlapping ") == true } == 1)
        let culprit = try #require(rows.first { $0.detail?.hasPrefix("overlapping ") == true })
        #expect(rows.filter { $0.request != culprit.request }.allSatisfy { $0.detail == "together \(culprit.request)" })
        // Every row has the command that could not run.
        try await eventually("all are described") { try await box.history().allSatisfy { $0.command == ["echo", "ran"] } }
        #expect(try await box.status().isEmpty)
    }

    @Test(arguments: [
        ["/a/b", "/a/c"], ["/a/b", "/a/bc"], ["/a", "/b"], ["-l", "PR", "/a", "/a/b"], ["-l", "CR", "/a/b/c", "/a", "/a/b"],
    ])
    func pathsThatDoNotExcludeEachOtherAreGrantedTogether(words: [String]) async throws {
        let box = try Sandbox()
        defer { box.close() }
        let (options, names) = words[0] == "-l" ? (words[..<2], words[2...]) : ([], words[...])
        let outcome = try await box.run(
            [box.program] + box.options + options + names.flatMap { ["-r", $0] } + ["--", "echo", "ran"])
        #expect(outcome.output == "ran\n", "\(outcome)")
        #expect(try await box.history().map(\.outcome) == names.map { _ in "released" })
    }

    @Test func oneImpossibleResourceRefusesAll() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let outcome = try await box.flom("-r", "A", "-r", "N[3]", "-q", "4", "--", "true")
        #expect(outcome.status == 99 && outcome.errors.contains("3 in all") && outcome.errors.contains("[6]"), "\(outcome)")
        let missing = try await box.flom("-e", "no", "-o", "0", "-r", "A", "-r", "B", "--", "true")
        #expect(missing.status == 96 && missing.errors.contains("one of the 2 resources"), "\(missing)")
        #expect(try await box.history().map(\.detail) == ["together 2", "impossible", "unknown_resource", "together 3"])
        // The resource is not created.
        #expect(try await box.flom("-e", "no", "-o", "0", "-r", "A", "--", "true").status == 96)
    }

    @Test func sixtyFourAreTheMost() async throws {
        let box = try Sandbox()
        defer { box.close() }
        func words(_ count: Int) -> [String] {
            [box.program] + box.options + (1...count).flatMap { ["-r", "R\($0)"] } + ["--", "sh", "-c", "echo $FLOM_RESOURCE_64"]
        }
        let refused = try await box.run(words(65))
        #expect(refused.status == 99 && refused.output.isEmpty && refused.errors.contains("at most 64 resources"), "\(refused)")
        #expect(!Files.exists(box.socket))
        #expect(try await box.run(words(64)).output == "R64\n")
        #expect(try await box.history().count == 64)
    }

    // MARK: - Waiting

    @Test func withoutWaitingOneBusyResourceIsEnough() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let holder = try await box.hold("B")
        let busy = try await box.flom("-r", "A", "-r", "B", "-r", "C", "-o", "0", "--", "echo", "ran")
        #expect(busy.status == 98 && busy.output.isEmpty && busy.errors.contains("one of the 3 resources"), "\(busy)")
        #expect(try await box.flom("-r", "C", "-r", "A", "-o", "0", "--", "true").status == 0)
        try await holder.letGo()
        #expect(try await holder.process.wait().status == 0)
        #expect(try await box.flom("-r", "A", "-r", "B", "-r", "C", "-o", "0", "--", "echo", "ran").output == "ran\n")
        let rows = try await box.history().filter { $0.outcome == "refused" }
        #expect(rows.map(\.detail) == ["together \(rows[1].request)", "busy", "together \(rows[1].request)"])
        #expect(rows.allSatisfy { $0.command == ["echo", "ran"] })
    }

    @Test func aWaiterForOneHoldsNoneOfTheOthers() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let holder = try await box.hold("B")
        let start = ContinuousClock.now
        let late = try box.startFlom("-r", "A", "-r", "B", "-o", "2000", "--", "echo", "ran")
        _ = try await found("it waits for both") {
            try await box.status().filter { $0.outcome == "waiting" }.count == 2 ? true : nil
        }
        let outcome = try await late.wait()
        #expect(outcome.status == 98 && outcome.output.isEmpty && outcome.errors.contains("2000 ms"), "\(outcome)")
        #expect(ContinuousClock.now - start >= .seconds(2))
        #expect(try await box.history().map(\.outcome) == ["held", "timed_out", "timed_out"])

        let waiter = try await box.queue(for: "A", "-r", "B", "--", "echo", "both")
        #expect(try await box.flom("-r", "A", "-o", "0", "--", "echo", "meanwhile").output == "meanwhile\n")
        #expect(waiter.isRunning)
        try await holder.letGo()
        #expect(try await waiter.wait().output == "both\n")
        #expect(try await box.status().isEmpty)
    }

    @Test func sixtyClientsInOppositeOrdersAllFinish() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let orders = [["A", "B"], ["B", "A"], ["C", "B", "A"]]
        let script =
            "for r in $FLOM_RESOURCE_1 $FLOM_RESOURCE_2 $FLOM_RESOURCE_3; do mkdir in.$r || echo $r >> overlaps; done; echo run >> runs; rmdir in.*"
        let clients = try (0..<60).map { number in
            try box.start(
                [box.program] + box.options + orders[number % 3].flatMap { ["-r", $0] } + ["--", "sh", "-c", script])
        }
        for client in clients {
            let outcome = try await client.wait(within: .seconds(60))
            #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome)")
        }
        #expect(Files.text(of: box.path("overlaps")) == nil)
        #expect(Files.text(of: box.path("runs")) == String(repeating: "run\n", count: 60))
        #expect(try await box.status().isEmpty)
        #expect(try await box.history().count { $0.outcome == "released" && $0.exitStatus == 0 } == 20 * (2 + 2 + 3))
    }

    // MARK: - Deaths

    private func holdBoth(_ box: Sandbox) async throws -> Holder { try await box.hold("B", options: "-r", "A") }

    private func isFree(_ resource: String, _ box: Sandbox) async throws -> Bool {
        try await box.flom("-r", resource, "-o", "0", "--", "true").status == 0
    }

    @Test(arguments: [(true, false), (false, true), (true, true)])
    func killedHoldersKeepEveryPartUntilTheCommandEnds(daemon: Bool, client: Bool) async throws {
        let box = try Sandbox()
        defer { box.close() }
        let holder = try await holdBoth(box)
        if daemon { try await box.killDaemon() }
        if client {
            holder.process.send(SIGKILL)
            try await holder.process.wait()
        }
        for resource in ["A", "B"] { #expect(try await !isFree(resource, box)) }
        #expect(try await isFree("C", box))
        if client {
            try await eventually("both are shown as an orphan's") {
                let rows = try await box.status()
                return rows.map(\.resource) == ["A", "B"] && rows.allSatisfy { $0.isOrphan && $0.commandPID == holder.commandPID }
            }
        }
        let next = try await box.queue(for: "A", "-r", "C", "-r", "B", "--", "echo", "next")
        try await holder.letGo()
        if !client { #expect(try await holder.process.wait().status == 0) }
        #expect(try await next.wait().output == "next\n")

        let rows = try await box.history().filter { $0.clientPID == holder.process.pid }
        // A living client tells the new daemon how its command ended.
        let outcome = client ? "reclaimed" : "released"
        #expect(rows.map(\.resource) == ["A", "B"] && rows.map(\.outcome) == [outcome, outcome])
        #expect(rows.allSatisfy { $0.group == rows[0].request })
        if client { #expect(rows.allSatisfy { $0.detail?.contains("\(holder.commandPID)") == true }) }
        let after = try await box.history().filter { $0.clientPID == next.pid }
        #expect(after.count == 3 && after.allSatisfy { $0.outcome == "released" })
    }

    /// A stopped process is not gone: the next daemon keeps its place until it comes back, and it holds up no other.
    @Test func aGroupThatWaitsKeepsItsPlaceAcrossACrash() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let holder = try await box.hold("B")
        let waiter = try await box.queue(for: "A", "-r", "B", "--", "echo", "ran")
        waiter.send(SIGSTOP)
        try await eventually("it is stopped") { ProcessFacts(waiter.pid)?.state == "T" }
        try await box.killDaemon()
        // Both parts still wait, and neither is held.
        #expect(try await isFree("A", box))
        let parts = try await box.status().filter { $0.clientPID == waiter.pid }
        #expect(
            parts.map(\.resource) == ["A", "B"] && parts.allSatisfy { $0.outcome == "waiting" && $0.group == parts[0].request })

        let behind = try await box.queue(for: "B", "--", "echo", "behind")
        try await holder.letGo()
        // It does not take its offer, so the next waiter goes first.
        #expect(try await behind.wait().output == "behind\n")
        #expect(waiter.isRunning && waiter.outputSoFar.isEmpty)
        // It finds its daemon gone, comes back, and is granted next.
        waiter.send(SIGCONT)
        let outcome = try await waiter.wait()
        #expect(outcome.status == 0 && outcome.output == "ran\n" && outcome.errors.isEmpty, "\(outcome)")
        try await eventually("A is free") { try await isFree("A", box) }
    }

    @Test func nothingIsLeftOfAGroupWhoseClientWasKilledWhileItWaited() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let holder = try await box.hold("B")
        let waiter = try await box.queue(for: "A", "-r", "B", "--", "true")
        waiter.send(SIGKILL)
        try await waiter.wait()
        try await eventually("both parts are withdrawn") {
            try await box.history().filter { $0.clientPID == waiter.pid }.map(\.outcome) == ["withdrawn", "withdrawn"]
        }
        try await holder.letGo()
        #expect(try await holder.process.wait().status == 0)
        #expect(try await isFree("B", box))
    }

    @Test func aCommandThatCannotBeStartedGivesAllBack() async throws {
        let box = try Sandbox()
        defer { box.close() }
        for _ in 0..<2 {
            #expect(try await box.flom("-i", "60000", "-r", "A", "-r", "_S_k[1]", "--", "no-such-command-anywhere").status == 97)
        }
        #expect(try await box.flom("-o", "0", "-r", "A", "-r", "_S_k[1]", "--", "echo").output == "1\n")
        #expect(try await box.history().prefix(4).allSatisfy { $0.detail == "not_started" })
    }
}
