import FlomTestKit
import Foundation
import Testing

/// Every kind of resource with the built command: the values for the command, and a hundred clients at once.
@Suite(.serialized) struct KindTests {
    // MARK: - Values for the command

    @Test func theElementIsTheLastArgumentAndInTheEnvironment() async throws {
        let box = try Sandbox()
        defer { box.close() }
        #expect(try await box.flom("-i", "60000", "-r", "a.b", "--", "echo", "x", "y").output == "x y a\n")
        #expect(try await box.flom("-r", "a.b", "--", "sh", "-c", "echo $FLOM_ELEMENT/$0").output == "b/b\n")
        let listed = try await box.flom("-V", "-r", "_s_n[1]", "--", "echo")
        #expect(listed.output.contains("Locked element is '1'\n1\n"), "\(listed)")
        #expect(try await box.flom("-r", "R", "--", "sh", "-c", "echo \"<$FLOM_ELEMENT>\"").output == "<>\n")
        #expect(
            try await box.run(
                ["env", "FLOM_ELEMENT=old", box.program] + box.options + ["-r", "R", "--", "printenv", "FLOM_ELEMENT"]
            ).output == "")
    }

    @Test func thePlaceholderIsReplacedAndNothingAppended() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let words = ["--element-placeholder", "-i", "60000", "-r", "a.b", "--", "echo", "<{}>", "{}{}", "{", "}", "{x}"]
        let outcome = try await box.run([box.program] + box.options + words)
        #expect(outcome.output == "<a> aa { } {x}\n", "\(outcome)")
        #expect(try await box.flom("-r", "a.b", "--", "echo", "{}").output == "{} b\n")
    }

    @Test func quantities() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let two = try await box.hold("n[3]", options: "-q", "2")
        #expect(try await box.flom("-r", "n[3]", "-o", "0", "--", "true").status == 0)
        #expect(try await box.flom("-r", "n[3]", "-q", "2", "-o", "0", "--", "true").status == 98)
        let impossible = try await box.flom("-r", "n[3]", "-q", "4", "--", "true")
        #expect(
            impossible.status == 99 && impossible.errors.contains("3 in all") && impossible.errors.contains("[6]"),
            "\(impossible)")
        #expect(try await box.flom("-r", "m[3]", "-q", "4", "-e", "no", "--", "true").status == 99)
        #expect(try await box.flom("-r", "n[3]", "-q", "0", "-o", "0", "--", "true").status == 0)
        let negative = try await box.flom("-r", "n[3]", "-q", "-2", "-o", "0", "--", "true")
        #expect(negative.status == 0 && negative.errors.contains("ignored"), "\(negative)")
        let rows = try await box.run([box.program] + box.options + ["--status", "--format", "json"])
        #expect(rows.output.contains("\"quantity\":2"), "\(rows)")
        try await two.letGo()
        #expect(try await two.process.wait().status == 0)
    }

    @Test(arguments: [
        ("n[0]", "1 to 2147483647"), ("a..b", "letter"), ("/a/", "level 2"), ("_s_a", "in brackets"), ("_t_%Y[1]", "every hour"),
        ("_t_%%S[1]", "every hour"), ("a\nb", "byte 2"),
    ])
    func namesAreRefusedWithTheReason(name: String, reason: String) async throws {
        let box = try Sandbox()
        defer { box.close() }
        let outcome = try await box.flom("-r", name, "--", "true")
        #expect(outcome.status == 99 && outcome.errors.contains(reason), "\(outcome)")
    }

    @Test func aModeIsIgnoredWhereThereIsNone() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let holder = try await box.hold("a.b", options: "-l", "NL")
        #expect(try await box.flom("-r", "a.b", "-l", "PR", "--", "echo").output == "b\n")
        let noted = try await box.flom("-V", "-r", "_s_n[1]", "-l", "PR", "--", "true")
        #expect(noted.status == 0 && noted.errors.contains("no lock modes"), "\(noted)")
        try await holder.letGo()
        _ = try await holder.process.wait()
    }

    @Test func pathsExcludeAlongTheirLine() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let holder = try await box.hold("/srv/db one/x")
        #expect(try await box.flom("-r", "/srv", "-o", "0", "--", "true").status == 98)
        #expect(try await box.flom("-r", "/srv/db one/x/y", "-l", "CR", "-o", "0", "--", "true").status == 98)
        #expect(try await box.flom("-r", "/srv/db", "-o", "0", "-e", "no", "--", "true").status == 0)
        try await holder.letGo()
        #expect(try await holder.process.wait().status == 0)
    }

    @Test func aTransactionalSequenceTakesBackWhatFailed() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let name = "_S_order[1]"
        func number(_ script: String) async throws -> String {
            try await box.flom("-r", name, "-i", "60000", "--", "sh", "-c", "echo $0; \(script)").output
        }
        #expect(try await number("exit 1") == "1\n")
        #expect(try await number("kill -9 $$") == "1\n")
        #expect(try await number("true") == "1\n")
        #expect(try await number("true") == "2\n")
        try await box.killDaemon()
        #expect(try await number("exit 3") == "3\n")
        try await box.killDaemon()
        #expect(try await number("true") == "3\n")
        #expect(
            try await box.run([box.program] + box.options + ["--history", "--format", "json"]).output.contains(
                "\"element\":\"3\""))
        // An orderly end of the daemon ends the life of its resources; the next numbering begins at 1.
        #expect(try await box.flom("-x").status == 0)
        try await eventually("the daemon has ended") { box.recorded("state") == "ended" }
        #expect(try await number("true") == "1\n")
    }

    /// The time zone is that of the command that started the daemon, as in 1.7.2.
    @Test(arguments: [("Asia/Kathmandu", "+0545"), ("UTC", "+0000")])
    func stampsShowTheDaemonsZone(zone: String, offset: String) async throws {
        let box = try Sandbox()
        defer { box.close() }
        func stamp(in zone: String) async throws -> String {
            let words = box.options + ["-r", "_t_%Y%m%d.%H:%M:%S#ffffff.%z[1]", "--", "echo"]
            return try await box.run([box.program] + words, environment: ["TZ": zone]).output
        }
        func clock() async throws -> String {
            String(try await box.run(["date", "+%Y%m%d.%H:%M:%S"], environment: ["TZ": zone]).output.dropLast())
        }
        let before = try await clock()
        let first = try await stamp(in: zone)
        // Later commands do not change it.
        let second = try await stamp(in: "America/St_Johns")
        let after = try await clock()
        #expect(first.hasSuffix(".\(offset)\n") && second.hasSuffix(".\(offset)\n"), "\(first) and \(second)")
        #expect(before <= first && first < second && second.prefix(after.count) <= after, "\(before) to \(after)")
    }

    // MARK: - A hundred at once

    /// Runs this number of clients at once, and kills the daemon several times meanwhile. A waiter that loses its daemon gives up with 99, has run
    /// nothing, and asks again.
    ///
    /// - Parameter words: resource and script of the n-th client.
    private func crowd(
        in box: Sandbox, killing kills: Int, _ words: (Int) -> (resource: String, script: String)
    ) async throws {
        func start(_ number: Int) throws -> RunningProcess {
            let (resource, script) = words(number)
            return try box.start(
                [box.program] + box.options + ["-r", resource, "-i", "60000", "--", "sh", "-c", script])
        }
        var clients = try (0..<100).map { (number: $0, process: try start($0)) }
        for kill in 0..<kills {
            let target = clients[kill * 7].process.pid
            try await eventually("somebody ends") { !ProcessTable.isAlive(target) }
            try await box.killDaemon()
        }
        while !clients.isEmpty {
            var again: [(number: Int, process: RunningProcess)] = []
            for client in clients {
                let outcome = try await client.process.wait(within: .seconds(90))
                if kills > 0 && outcome.status == 99 {
                    again.append((client.number, try start(client.number)))
                } else {
                    #expect(outcome.status == 0, "\(outcome)")
                }
            }
            clients = again
        }
    }

    private func lines(_ file: String, in box: Sandbox) -> [String] {
        (Files.text(of: box.path(file)) ?? "").split(separator: "\n").map(String.init)
    }

    @Test(arguments: [0, 4]) func aHundredNumbers(kills: Int) async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await crowd(in: box, killing: kills) { _ in ("_s_n[4]", "echo $0 >> numbers") }
        let numbers = lines("numbers", in: box).compactMap { Int($0) }.sorted()
        if kills == 0 {
            #expect(numbers == Array(1...100))
        } else {
            #expect(numbers.count == 100 && Set(numbers).count == 100, "\(numbers)")
        }
    }

    @Test(arguments: [0, 4]) func aPoolIsNeverExceeded(kills: Int) async throws {
        let box = try Sandbox()
        defer { box.close() }
        let script = "mkdir in.$$; ls -d in.* | wc -l >> counts; rmdir in.$$"
        try await crowd(in: box, killing: kills) { _ in ("pool[3]", script) }
        let counts = lines("counts", in: box).compactMap { Int($0.trimmingCharacters(in: .whitespaces)) }
        #expect(counts.count == 100 && counts.allSatisfy { (1...3).contains($0) }, "\(counts)")
    }

    @Test(arguments: [0, 4]) func elementsAreNeverShared(kills: Int) async throws {
        let box = try Sandbox()
        defer { box.close() }
        let script = "mkdir in.$0 || echo $0 >> overlaps; echo $0 >> uses; rmdir in.$0"
        try await crowd(in: box, killing: kills) { _ in ("a.b.c.d", script) }
        #expect(lines("overlaps", in: box).isEmpty)
        #expect(lines("uses", in: box).count == 100 && Set(lines("uses", in: box)) == ["a", "b", "c", "d"])
    }

    @Test(arguments: [0, 4]) func stampsAreAllDistinct(kills: Int) async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await crowd(in: box, killing: kills) { _ in ("_t_%Y%m%d.%H%M%S.#fff[5]", "echo $0 >> stamps") }
        let stamps = lines("stamps", in: box)
        #expect(stamps.count == 100 && Set(stamps).count == 100, "\(stamps)")
    }

    @Test(arguments: [0, 4]) func aTreeExcludesAlongItsLines(kills: Int) async throws {
        let box = try Sandbox()
        defer { box.close() }
        let script =
            "mkdir in.$NODE || echo $NODE >> overlaps; test -d in.top && test $NODE != top && echo top >> overlaps; echo >> runs; rmdir in.$NODE"
        try await crowd(in: box, killing: kills) { number in
            let (path, node) = number.isMultiple(of: 10) ? ("/t", "top") : ("/t/\(number % 7)", "\(number % 7)")
            return (path, "NODE=\(node); " + script)
        }
        #expect(lines("overlaps", in: box).isEmpty)
        #expect((Files.text(of: box.path("runs")) ?? "").count == 100)
    }
}
