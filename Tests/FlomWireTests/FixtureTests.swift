import FlomModel
import FlomWire
import Testing

/// Messages as they were seen on the wire, in both directions, and the examples of docs/protocol.md: encoding gives these
/// bytes, decoding these values.
@Suite struct FixtureTests {
    static let capturedFromClient: [String: ClientMessage] = [
        "lock-simple": lock("R1") { $0.mode = 5 },
        "lock-no-wait": lock("R1") { ($0.mode, $0.wait) = (5, false) },
        "lock-shared-idle": lock("R1") { ($0.mode, $0.idleLifespanMilliseconds) = (3, 3000) },
        "lock-default-name": lock("_RESOURCE") { $0.mode = 5 },
        "lock-no-create": lock("NOSUCH") { ($0.mode, $0.create) = (5, false) },
        "lock-numeric": lock("N[4]") { $0.quantity = 3 },
        "lock-set": lock("S1.S2.S3"),
        "lock-hierarchical": lock("/a/b/c") { $0.mode = 5 },
        "lock-sequence": lock("_S_q[1]") { $0.idleLifespanMilliseconds = 60_000 },
        "lock-timestamp": lock("_t_%Y%m%d.%H%M%S.#fff[2]"),
        "unlock": .unlock(UnlockMessage(name: Array("R1".utf8))),
        "discover": .discover(extended: false),
        "shutdown": .shutdown(shutdown(immediate: false)),
        "shutdown-immediate": .shutdown(shutdown(immediate: true)),
    ]

    static let capturedFromServer: [String: ServerMessage] = [
        "answer-granted": answer(.first, .granted),
        "answer-queued": answer(.first, .queued),
        "answer-awaiting-creation": answer(.first, .awaitingCreation),
        "answer-busy": answer(.first, .busy),
        "answer-cannot-wait": answer(.first, .cannotWait),
        "answer-impossible": answer(.first, .impossible),
        "answer-invalid-name": answer(.first, .invalidResourceName),
        "answer-set": answer(.first, .granted) { $0.element = Array("S1".utf8) },
        "answer-sequence": answer(.first, .granted) { $0.element = Array("1".utf8) },
        "answer-timestamp": answer(.first, .granted) { $0.element = Array("20261122.073817..762".utf8) },
        "answer-late-grant": answer(.later, .granted),
        "answer-late-grant-set": answer(.later, .granted) { $0.element = Array("SA".utf8) },
        "answer-now-queued": answer(.later, .queued),
        "location-of-sender": .location(address: "", port: 36329),
        "location-ipv4": .location(address: "10.9.9.1", port: 28020),
        "location-ipv6": .location(address: "fe80::fcbe:deff:fed8:f6aa", port: 28030),
    ]

    static let oursFromClient: [String: ClientMessage] = [
        "lock-offer": lock("R1") { message in
            message.mode = 5
            message.offer = fullOffer
        },
        "lock-several": lock("N[4]") { message in
            message.quantity = 3
            var offer = fullOffer
            offer.parent = "9a7c21:16"
            offer.mayBeRefusedAsDeadlock = true
            offer.partCount = 3
            message.offer = offer
        },
        "parts": .parts([
            ResourceMessage(name: Array("R1".utf8), mode: 5), ResourceMessage(name: Array("N[4]".utf8), quantity: 3),
            ResourceMessage(name: Array("S1.S2".utf8)),
        ]),
        "lock-resume": lock("S1.S2") { message in
            (message.wait, message.create) = (false, false)
            var offer = fullOffer
            offer.resumes = "9a7c21:17"
            offer.element = Array("S1".utf8)
            message.offer = offer
        },
        "lock-lease": lock("R1") { message in
            message.mode = 5
            var offer = fullOffer
            offer.isLeaseless = true
            offer.endsOrphan = true
            message.offer = offer
        },
        "lock-offers": lock("R1") { message in
            message.mode = 5
            var offer = fullOffer
            offer.confirmsOffers = true
            message.offer = offer
        },
        "confirm": .confirm,
        "break": .breakLock(BreakMessage(request: RequestID(17), reason: "its host is gone")),
        "prune": .prune(before: 1_700_000_000_000_000),
        "restart": .shutdown(
            {
                var message = shutdown(immediate: true, marked: true)
                message.restarts = true
                return message
            }()),
        "unlock-status": unlock(.exited(status: 3)),
        "unlock-signal": unlock(.signalled(9)),
        "unlock-failed": unlock(.notStarted),
        "unlock-expired": .unlock(
            {
                var message = UnlockMessage(name: Array("R1".utf8))
                message.rollback = true
                message.speaksExtension = true
                message.isExpired = true
                return message
            }()),
        "discover-marked": .discover(extended: true),
        "discover-starter": .discover(extended: true, note: note),
        "shutdown-marked": .shutdown(shutdown(immediate: false, marked: true)),
        "describe": .describe(command: ["make", "-j8", "all"].map { Array($0.utf8) }),
        "started": .started(ProcessIdentity(pid: 4712, startTime: 1_234_570)),
        "expired": .expired,
        "query": .query(HistoryQuery(resource: Array("R1".utf8), limit: 100)),
        "query-next": .query(
            HistoryQuery(resource: Array("R1".utf8), after: RequestID(18), upTo: RequestID(4000), pageSize: 50)),
        "query-filtered": .query(
            HistoryQuery(
                filter {
                    $0.resourcePattern = Array("db*".utf8)
                    ($0.user, $0.host, $0.command) = ("ada", "db1", Array("pg_dump".utf8))
                    ($0.since, $0.until) = (1_700_000_000_000_000, 1_700_000_100_000_000)
                    $0.request = RequestID(17)
                    $0.outcomes = [.released, .timedOut]
                }, limit: 5, newestFirst: true)),
    ]

    private static func filter(_ change: (inout HistoryFilter) -> Void) -> HistoryFilter {
        var filter = HistoryFilter()
        change(&filter)
        return filter
    }

    static let oursFromServer: [String: ServerMessage] = [
        "answer-granted": answer(.first, .granted) { message in
            message.details = details("9a7c21:17") { $0.token = FencingToken(epoch: 1, counter: 1) }
        },
        "answer-position": answer(.later, .queued) { message in
            message.details = details("9a7c21:18") { $0.position = 2 }
        },
        "answer-refused": answer(.final, .cannotLock) { message in
            message.details = details("9a7c21:18") { $0.reason = "the daemon is shutting down" }
        },
        "answer-about": answer(.first, .cannotWait) { message in
            var details = AnswerDetails()
            details.about = DaemonAbout(version: "0.1.0", journalID: "9a7c21", pid: 4711, since: 1_794_812_345_678_901)
            details.reason = "there is no such resource"
            message.details = details
        },
        "answer-number": answer(.first, .cannotLock) { message in
            var details = AnswerDetails()
            details.number = -409
            details.reason = "the certificate is made for 'else'"
            message.details = details
        },
        "tell-parts": .tellParts,
        "answer-parts": answer(.first, .granted) { message in
            message.details = details("9a7c21:17") { $0.token = FencingToken(epoch: 1, counter: 2) }
            message.others = [
                PartGranted(request: "9a7c21:18", token: FencingToken(epoch: 1, counter: 1), element: nil),
                PartGranted(request: "9a7c21:19", token: FencingToken(epoch: 1, counter: 3), element: Array("S1".utf8)),
            ]
        },
        "answer-kept": answer(.later, .granted) { message in
            message.details = details("9a7c21:17") {
                $0.token = FencingToken(epoch: 1, counter: 1)
                $0.keptMilliseconds = 15_000
            }
        },
        "answer-lost": answer(.first, .cannotLock) { message in
            var lost = AnswerDetails()
            lost.isLost = true
            lost.outcome = "reclaimed"
            lost.reason = "request 17 is reclaimed"
            message.details = lost
        },
        "closing": .closing(.stopped),
        "offered": .offered,
        "confirmed": .confirmed(refusal: nil),
        "revoked": .revoked(reason: "root took it away: its host is gone"),
        "break-refused": .breakAnswer(refusal: "request 17 is not open"),
        "pruned": .pruneAnswer(.done(requests: 120, events: 482)),
        "prune-refused": .pruneAnswer(.refused("only root may do that")),
        "unlocked": .unlocked,
        "page": .page(HistoryPage(rows: [releasedRow, refusedRow], hasMore: true, upTo: RequestID(4000))),
        "page-away": .page(HistoryPage(rows: [awayRow, waitingRow], upTo: RequestID(18))),
        "query-refused": .queryRefused(reason: "the journal cannot be read"),
        "location-noted": .location(address: "", port: 36329, note: note),
    ]

    @Test(arguments: Fixture.captured) func captured(_ fixture: Fixture) throws {
        try expect(fixture, Self.capturedFromClient[fixture.name], Self.capturedFromServer[fixture.name])
    }

    @Test(arguments: Fixture.ours) func ours(_ fixture: Fixture) throws {
        try expect(fixture, Self.oursFromClient[fixture.name], Self.oursFromServer[fixture.name])
    }

    private func expect(_ fixture: Fixture, _ client: ClientMessage?, _ server: ServerMessage?) throws {
        try #require((client == nil) != (server == nil), "\(fixture.name) belongs to one table")
        if let client {
            #expect(try ClientMessage(decoding: fixture.bytes) == client)
            #expect(String(decoding: try client.encoded(), as: UTF8.self) == fixture.message)
            #expect(throws: WireError.self) { try ServerMessage(decoding: fixture.bytes) }
        }
        if let server {
            #expect(try ServerMessage(decoding: fixture.bytes) == server)
            #expect(String(decoding: server.encoded(), as: UTF8.self) == fixture.message)
            #expect(throws: WireError.self) { try ClientMessage(decoding: fixture.bytes) }
        }
    }

    @Test func everyMessageOfTheTablesHasItsFixture() {
        #expect(
            Set(Fixture.captured.map(\.name)) == Set(Self.capturedFromClient.keys).union(Self.capturedFromServer.keys))
        #expect(Set(Fixture.ours.map(\.name)) == Set(Self.oursFromClient.keys).union(Self.oursFromServer.keys))
    }

    /// The lengths that were measured with 1.7.2.
    @Test(arguments: [
        ("lock-simple", 191 + 4), ("lock-numeric", 195 + 8), ("lock-set", 182 + 12), ("unlock", 111 + 4),
        ("answer-granted", 147), ("answer-set", 147 + 11 + 2), ("answer-late-grant", 95), ("shutdown", 155), ("discover", 78),
        ("location-of-sender", 113),
    ])
    func lengths(_ name: String, _ length: Int) throws {
        #expect(try #require(Fixture.captured.first { $0.name == name }).bytes.count == length)
    }

    /// A message cut anywhere is refused, never taken for a shorter one.
    @Test(arguments: Fixture.captured + Fixture.ours) func cutAnywhere(_ fixture: Fixture) {
        for length in 0..<fixture.bytes.count {
            let part = Array(fixture.bytes[..<length])
            #expect(throws: WireError.self) { try ClientMessage(decoding: part) }
            #expect(throws: WireError.self) { try ServerMessage(decoding: part) }
        }
    }

    @Test(arguments: Fixture.ours) func documented(_ fixture: Fixture) {
        let page = Fixture.text(ofFile: Fixture.repository + "/docs/protocol.md")
        #expect(page.split(separator: "\n").contains { $0 == fixture.line }, "docs/protocol.md lacks \(fixture.name)")
    }

    private static var fullOffer: Offer {
        var offer = Offer(secret: secret)
        offer.bootID = "6f0d4a5b8f3c4d0e9c1b2a3948576655"
        offer.process = ProcessIdentity(pid: 4711, startTime: 1_234_567)
        offer.pidNamespace = 4_026_531_836
        offer.user = "operator"
        offer.host = "build-7"
        return offer
    }

    private static func shutdown(immediate: Bool, marked: Bool = false) -> ShutdownMessage {
        var message = ShutdownMessage(immediate: immediate)
        message.peerID = machineID
        message.speaksExtension = marked
        return message
    }

    private static func unlock(_ completion: Completion) -> ClientMessage {
        var message = UnlockMessage(name: Array("R1".utf8))
        message.rollback = completion.rollsBack
        message.completion = completion
        message.speaksExtension = true
        return .unlock(message)
    }

    private static func details(_ request: String, _ change: (inout AnswerDetails) -> Void) -> AnswerDetails {
        var details = AnswerDetails()
        details.request = request
        change(&details)
        return details
    }
}
