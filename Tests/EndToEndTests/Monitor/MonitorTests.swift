import FlomTestKit
import Foundation
import Testing

/// What a daemon shows over HTTP (`--http`).
@Suite(.enabled(if: Conditions.hasProgram("curl"), "needs curl")) struct MonitorTests {
    private struct World {
        let box: Sandbox
        let place: String
        let reader: HTTPReader

        init(_ options: String...) async throws {
            box = try Sandbox()
            place = "127.0.0.1:\(try FreePort.find())"
            reader = HTTPReader(box, place)
            _ = try await box.run([box.program] + box.options + ["--http", place] + options + ["-r", "warmup", "--", "true"])
            let reader = reader
            try await eventually("\(place) is served") { (try? await reader.get("/healthz").status) == 200 }
        }

        func close() { box.close() }
    }

    /// The objects of a list in a JSON answer.
    private func objects(_ answer: HTTPReader.Answer, _ key: String) throws -> [[String: Any]] {
        let object = try JSONSerialization.jsonObject(with: Data(answer.body.utf8)) as? [String: Any]
        return try #require(object?[key] as? [[String: Any]], "\(answer)")
    }

    @Test func statusSaysWhoHoldsAndWhoWaits() async throws {
        let world = try await World()
        defer { world.close() }
        let holder = try await world.box.hold("db")
        let waiter = try await world.box.queue(for: "db", "--", "true")
        let answer = try await world.reader.get("/api/v1/status")
        #expect(answer.status == 200 && answer.field("Content-Type") == "application/json", "\(answer)")
        let requests = try objects(answer, "requests")
        #expect(requests.map { $0["outcome"] as? String } == ["held", "waiting"], "\(answer)")
        #expect(requests.last?["place"] as? Int == 1, "\(answer)")
        try await holder.letGo()
        #expect(try await waiter.wait().status == 0)
    }

    @Test func historyHasTheFiltersOfTheCommandLineAndPages() async throws {
        let world = try await World()
        defer { world.close() }
        for _ in 0..<3 { try await world.box.flom("-r", "one", "--", "true") }
        try await world.box.flom("-r", "two", "--", "false")
        let first = try await world.reader.get("/api/v1/history?resource=one&limit=2")
        #expect(try objects(first, "requests").map { $0["request"] as? Int } == [4, 3], "\(first)")
        let next =
            try #require(try JSONSerialization.jsonObject(with: Data(first.body.utf8)) as? [String: Any])["next"] as? String
        let second = try await world.reader.get("/api/v1/history?resource=one&limit=2&cursor=\(try #require(next))")
        #expect(
            try objects(second, "requests").map { $0["request"] as? Int } == [2] && !second.body.contains("next"), "\(second)")
        let failed = try await world.reader.get("/api/v1/history?resource=t*&outcome=released&since=1h")
        #expect(try objects(failed, "requests").map { $0["exit_status"] as? Int } == [1], "\(failed)")
    }

    @Test(arguments: [
        ([], ""), (["--by", "user"], "by=user"), (["--by", "command", "--outcome", "released"], "by=command&outcome=released"),
        (["-r", "o*", "--since", "1h"], "resource=o*&since=1h"), (["-r", "two"], "resource=two"),
    ])
    func statisticsAreThoseOfTheCommandLine(options: [String], query: String) async throws {
        let world = try await World()
        defer { world.close() }
        let holder = try await world.box.hold("one")
        let waiter = try await world.box.queue(for: "one", "--", "true")
        try await holder.letGo()
        #expect(try await waiter.wait().status == 0)
        try await world.box.flom("-r", "two", "--", "false")
        // With an end, so that both count the same time.
        let until = ISO8601DateFormatter().string(from: Date(timeIntervalSinceNow: 1))
        try await eventually("that moment has passed") { Date() > ISO8601DateFormatter().date(from: until) ?? .distantFuture }
        let outcome = try await world.box.run(
            [world.box.program] + world.box.options + ["--stats", "--format", "json", "--until", until] + options)
        let lines = outcome.output.split(separator: "\n").map(String.init)
        let answer = try await world.reader.get("/api/v1/stats?until=\(until)&\(query)")
        let groups = try objects(answer, "groups")
        #expect(lines.count > 0 && groups.count == lines.count, "\(answer)\n\(outcome)")
        // Over TCP a reader is shown of commands the program alone.
        for (line, group) in zip(lines, groups) where !line.contains("command") {
            let told = try JSONSerialization.jsonObject(with: Data(line.utf8))
            #expect(group as NSDictionary == told as? NSDictionary, "\(group)\n\(line)")
        }
    }

    @Test(arguments: [
        ("/nothing", 404, "there is nothing at /nothing"),
        ("/api/v1/history?limit=0", 400, "the parameter limit: '0' is not accepted; it takes a whole number from 1"),
        ("/api/v1/history?since=whenever", 400, "the parameter since: 'whenever' is not accepted"),
        ("/api/v1/history?resource=a%00b", 400, "no path that can be read"),
        ("/api/v1/history?resource=%", 400, "no path that can be read"),
        ("/api/v1/history?wish=1", 400, "there is no parameter 'wish' here; there are command, host"),
        ("/api/v1/history?cursor=-1", 400, "the parameter cursor: '-1' is not accepted"),
        ("/api/v1/stats?by=age", 400, "the parameter by: 'age' is not accepted; it takes resource, user, host, command"),
        ("/api/v1/stats?limit=1", 400, "there is no parameter 'limit' here; there are by, command"),
        ("/api/v1/events?after=x", 400, "the parameter after: 'x' is not accepted"),
        ("/metrics?all", 400, "there is no parameter 'all' at /metrics"),
    ])
    func whatIsWrongIsSaid(path: String, status: Int, words: String) async throws {
        let world = try await World()
        defer { world.close() }
        let answer = try await world.reader.get(path)
        #expect(answer.status == status && answer.field("Content-Type") == "application/problem+json", "\(answer)")
        #expect(answer.body.contains(words), "\(answer)")
    }

    @Test func onlyReadingIsPossible() async throws {
        let world = try await World()
        defer { world.close() }
        let posted = try await world.reader.get("/api/v1/status", "--request", "POST")
        #expect(posted.status == 405 && posted.field("Allow") == "GET, HEAD", "\(posted)")
        let withBody = try await world.reader.get("/", "--request", "GET", "--data", "something")
        #expect(withBody.status == 413, "\(withBody)")
        let head = try await world.reader.get("/metrics", "--head")
        #expect(head.status == 200 && head.body.isEmpty && head.field("Content-Length") != "0", "\(head)")
    }

    @Test func aCopyThatIsStillGoodIsNotSentAgain() async throws {
        let world = try await World()
        defer { world.close() }
        let first = try await world.reader.get("/")
        let tag = try #require(first.field("ETag"))
        let again = try await world.reader.get("/", "--header", "If-None-Match: \(tag)")
        #expect(again.status == 304 && again.body.isEmpty, "\(again)")
        #expect(try await world.reader.get("/", "--header", "If-None-Match: \"other\"").status == 200)
    }

    @Test func longAnswersAreCompressedForThoseWhoTakeIt() async throws {
        let world = try await World()
        defer { world.close() }
        let plain = try await world.reader.get("/live.js")
        let short = try await world.reader.get("/live.js", "--compressed")
        #expect(plain.body == short.body && plain.field("Content-Encoding") == nil, "\(plain.head)")
        #expect(short.field("Content-Encoding") == "gzip" && short.field("Vary") == "Accept-Encoding", "\(short.head)")
        #expect(plain.field("Vary") == "Accept-Encoding", "\(plain.head)")
        let lengths = [plain, short].compactMap { $0.field("Content-Length").flatMap { Int($0) } }
        #expect(lengths.count == 2 && lengths[1] * 2 < lengths[0], "\(lengths)")
        // Each form has a validator of its own, and is known by it.
        let tags = [try #require(plain.field("ETag")), try #require(short.field("ETag"))]
        #expect(tags[0] != tags[1])
        let known = try await world.reader.get("/live.js", "--compressed", "--header", "If-None-Match: \(tags[1])")
        #expect(known.status == 304 && known.field("Vary") == "Accept-Encoding", "\(known.head)")
        #expect(try await world.reader.get("/live.js", "--compressed", "--header", "If-None-Match: \(tags[0])").status == 200)
        // What fits into a packet, and a stream of which each piece is to come at once, stay as they are.
        #expect(try await world.reader.get("/healthz", "--compressed").field("Content-Encoding") == nil)
        let stream = try world.reader.stream("/api/v1/events?after=0", "--compressed", "--include")
        try await eventually("events have come") { stream.outputSoFar.contains("event: granted") }
        #expect(!stream.outputSoFar.contains("Content-Encoding"), "\(stream.outputSoFar)")
    }

    @Test func noOtherPageReadsOrShowsThis() async throws {
        let world = try await World()
        defer { world.close() }
        let answer = try await world.reader.get("/api/v1/status", "--header", "Origin: http://elsewhere.example")
        #expect(answer.field("Access-Control-Allow-Origin") == nil, "\(answer)")
        #expect(answer.field("Content-Security-Policy")?.hasPrefix("default-src 'none';") == true, "\(answer)")
        #expect(answer.field("X-Content-Type-Options") == "nosniff", "\(answer)")
    }

    // MARK: - Events

    @Test func eventsComeAsTheyHappenAndGoOnWhereTheReaderWas() async throws {
        let world = try await World()
        defer { world.close() }
        let stream = try world.reader.stream("/api/v1/events")
        try await eventually("the stream has begun") { stream.outputSoFar.contains("retry: 1000\nid: ") }
        try await world.box.flom("-r", "db", "--", "true")
        try await eventually("the release has come") { stream.outputSoFar.contains("event: released\n") }
        let kinds = stream.outputSoFar.split(separator: "\n").filter { $0.hasPrefix("event: ") }.map { String($0.dropFirst(7)) }
        #expect(kinds == ["requested", "granted", "described", "started", "released"], "\(stream.outputSoFar)")
        // Over TCP nobody knows who reads, so no command is told.
        #expect(!stream.outputSoFar.contains("\"command\""), "\(stream.outputSoFar)")

        let numbers = stream.outputSoFar.split(separator: "\n").filter { $0.hasPrefix("id: ") }.compactMap {
            Int($0.dropFirst(4))
        }
        let granted = numbers[2]
        let again = try world.reader.stream("/api/v1/events", "--header", "Last-Event-ID: \(granted)")
        try await eventually("the rest has come") { again.outputSoFar.contains("event: released\n") }
        #expect(
            !again.outputSoFar.contains("event: granted") && again.outputSoFar.contains("event: described"),
            "\(again.outputSoFar)")
    }

    @Test func aStreamOutlivesNoDaemonAndNothingIsLostBetweenTwo() async throws {
        let world = try await World()
        defer { world.close() }
        let stream = try world.reader.stream("/api/v1/events")
        try await eventually("the stream has begun") { stream.outputSoFar.contains("id: ") }
        let last = try #require(stream.outputSoFar.split(separator: "\n").last { $0.hasPrefix("id: ") }?.dropFirst(4))
        try await world.box.killDaemon()
        _ = try await stream.wait()
        // The next daemon shows its state at the same place: the endpoint record says so.
        try await world.box.flom("-r", "after", "--", "true")
        let reader = world.reader
        try await eventually("the next daemon is there") { (try? await reader.get("/healthz").status) == 200 }
        let again = try world.reader.stream("/api/v1/events?after=\(last)")
        try await eventually("what came in between is told") {
            again.outputSoFar.contains("event: daemon_started") && again.outputSoFar.contains("event: released")
        }
    }

    // MARK: - The page

    @Test(arguments: [
        ("/", "text/html; charset=utf-8"), ("/live.js", "text/javascript; charset=utf-8"),
        ("/live.css", "text/css; charset=utf-8"),
        ("/page.css", "text/css; charset=utf-8"),
    ])
    func thePageHasItsFiles(path: String, type: String) async throws {
        let world = try await World()
        defer { world.close() }
        let answer = try await world.reader.get(path)
        #expect(answer.status == 200 && answer.field("Content-Type") == type && !answer.body.isEmpty, "\(answer)")
    }

    // MARK: - Readers that are not well

    @Test func manyIdleConnectionsKeepNobodyOut() async throws {
        let world = try await World()
        defer { world.close() }
        let port = String(try #require(world.place.split(separator: ":").last))
        let crowd = try world.box.start([
            "python3", "-c",
            """
            import socket, sys, time
            crowd = []
            for n in range(1000):
                s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
                if n % 2: s.sendall(b"GET /metrics HTTP/1.1\\r\\nHost: x\\r\\nX-Slow: ")
                crowd.append(s)
            print("there", flush=True)
            time.sleep(60)
            """, port,
        ])
        try await eventually("all have connected") { crowd.outputSoFar.contains("there") }
        #expect(try await world.reader.get("/readyz").status == 200)
        #expect(try await world.box.flom("-r", "db", "--", "true").status == 0)
    }

    @Test(arguments: [
        "\u{1}\u{2}\u{3} nonsense\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET /" + String(repeating: "a", count: 40_000),
    ])
    func nonsenseEndsItsConnection(bytes: String) async throws {
        let world = try await World()
        defer { world.close() }
        let port = String(try #require(world.place.split(separator: ":").last))
        let sender = try world.box.start([
            "python3", "-c",
            """
            import socket, sys
            s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
            try:
                s.sendall(sys.argv[2].encode())
                while s.recv(4096): pass
            except ConnectionError: pass
            print("ended")
            """, port, bytes,
        ])
        #expect(try await sender.wait().output == "ended\n")
        #expect(try await world.reader.get("/healthz").status == 200)
    }

    // MARK: - Who may read

    @Test func theRulesOfAccessApply() async throws {
        let world = try await World("--access-rule", "deny read to address 127.0.0.1 on secret*")
        defer { world.close() }
        try await world.box.flom("-r", "secret1", "--", "true")
        try await world.box.flom("-r", "open", "--", "true")
        let all = try await world.reader.get("/api/v1/history")
        #expect(all.body.contains("\"open\"") && !all.body.contains("secret1"), "\(all)")
        let one = try await world.reader.get("/api/v1/history?resource=secret1")
        #expect(one.status == 403 && one.body.contains("you may not see who holds"), "\(one)")
        let events = try world.reader.stream("/api/v1/events?after=0")
        try await eventually("the events have come") { events.outputSoFar.contains("\"open\"") }
        #expect(!events.outputSoFar.contains("secret1"), "\(events.outputSoFar)")
    }

    @Test func onASocketTheKernelSaysWhoReads() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let reader = HTTPReader(box, box.path("http"))
        _ = try await box.run([box.program] + box.options + ["--http", box.path("http"), "-r", "db", "--", "true", "with words"])
        try await eventually("the socket is served") { (try? await reader.get("/healthz").status) == 200 }
        // The reader's own command, with all of its words.
        let answer = try await reader.get("/api/v1/history")
        #expect(answer.body.contains(#""command":["true","with words"]"#), "\(answer)")
        try await box.flom("-x")
        try await eventually("its name has gone") { !Files.exists(box.path("http")) }
    }

    @Test(.enabled(if: Conditions.hasProgram("openssl"), "needs openssl"))
    func withTLSReadersNeedACertificateToo() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let certificates = Certificates(in: box)
        try await certificates.make("reader")
        let place = "127.0.0.1:\(try FreePort.find())"
        let options = box.options + certificates.options("reader")
        _ = try await box.run([box.program] + options + ["--http", place, "-r", "db", "--", "true"])
        let shown = ["--cert", certificates.certificate("reader"), "--key", certificates.key("reader"), "--insecure"]
        let reader = HTTPReader(box, place, options: shown, scheme: "https")
        try await eventually("it is served") { (try? await reader.get("/healthz").status) == 200 }
        await #expect(throws: NeverHappened.self) {
            try await HTTPReader(box, place, options: ["--insecure"], scheme: "https").get("/healthz")
        }
        await #expect(throws: NeverHappened.self) { try await HTTPReader(box, place).get("/healthz") }
    }

    // MARK: - The place

    @Test func aPlaceThatIsTakenDelaysNoLock() async throws {
        let world = try await World()
        defer { world.close() }
        let second = try Sandbox()
        defer { second.close() }
        let daemon = try second.start(
            [second.program] + second.options + ["--foreground", "-d", "-1", "--http", world.place])
        try await eventually("it says that it cannot") {
            daemon.errorsSoFar.contains("FLM181W nothing is shown over HTTP at \(world.place)")
        }
        #expect(try await second.flom("-r", "db", "--", "true").status == 0)
        // It gets the place when it is free.
        try await world.box.killDaemon()
        try await eventually("it has the place") {
            daemon.errorsSoFar.contains("FLM180N shows its state over HTTP at \(world.place)")
        }
    }
}
