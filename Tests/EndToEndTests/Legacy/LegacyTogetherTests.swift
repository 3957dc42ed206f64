import FlomTestKit
import Testing

/// Several resources, and nested requests, with FLoM 1.7.2's daemon, which knows neither: one request after the other in
/// canonical order, one connection each.
@Suite struct LegacyTogetherTests {
    /// The end of a 1.7.2 client: it unlocks, half-closes, and waits until the daemon closes.
    private func part(_ session: consuming LegacySession) async throws {
        try await session.receiveUnlock()
        try await session.receiveEnd()
    }

    private func lock(_ daemon: LegacyDaemon, _ name: String, partCount: String?, _ answers: String...) async throws
        -> LegacySession
    {
        let session = try await daemon.accept()
        let lock = try await session.receiveLock()
        #expect(lock["resource", "name"] == LegacyMessages.encoded(name))
        #expect(lock["session", "x-parts"] == partCount)
        for answer in answers { try await session.answer(answer) }
        return session
    }

    @Test func theyAreTakenInCanonicalOrderAndGivenBackInReverse() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let daemon = try LegacyDaemon(box.socket)
        let gate = try box.gate("gate")
        let script = "echo $FLOM_RESOURCE $FLOM_RESOURCE_1 $FLOM_RESOURCE_2 $FLOM_RESOURCE_3 $0$1; cat \(gate.path)"
        let run = try box.startFlom(
            "-r", "b.c", "-r", "_s_a[1]", "-r", "A[3]", "-q", "2", "--", "sh", "-c", script)
        let granted = LegacyMessages.firstAnswer(0)
        let numeric = try await lock(daemon, "A[3]", partCount: "3", granted)
        var sequence: LegacySession? = try await lock(
            daemon, "_s_a[1]", partCount: "2", LegacyMessages.firstAnswer(1),
            LegacyMessages.laterAnswer(0).replacing("rc=\"0\"", with: "rc=\"0\" element=\"7\""))
        #expect(run.outputSoFar.isEmpty && numeric.hearsNothing)
        var set: LegacySession? = try await lock(
            daemon, "b.c", partCount: nil, granted.replacing("rc=\"0\"", with: "rc=\"0\" element=\"c\""))
        try await eventually("the command runs") { run.outputSoFar == "b.c b.c _s_a[1] A[3] c7\n" }
        try await gate.open()
        try await set!.receiveUnlock()
        try await set!.receiveEnd()
        // The next lock is released when the daemon has closed this connection.
        #expect(numeric.hearsNothing && sequence!.hearsNothing)
        set = nil
        try await sequence!.receiveUnlock()
        try await sequence!.receiveEnd()
        #expect(numeric.hearsNothing && run.isRunning)
        sequence = nil
        try await part(numeric)
        let outcome = try await run.wait()
        #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome)")
    }

    @Test(arguments: [(4, 98), (5, 96), (6, 99)] as [(Int, Int32)])
    func aRefusalOfTheSecondGivesTheFirstBack(code: Int, status: Int32) async throws {
        let box = try Sandbox()
        defer { box.close() }
        let daemon = try LegacyDaemon(box.socket)
        let run = try box.startFlom("-r", "B", "-r", "A", "-o", "0", "--", "echo", "ran")
        let first = try await lock(daemon, "A", partCount: "2", LegacyMessages.firstAnswer(0))
        do {
            let second = try await lock(daemon, "B", partCount: nil, LegacyMessages.firstAnswer(code))
            try await second.receiveEnd()
        }
        try await part(first)
        let outcome = try await run.wait()
        #expect(outcome.status == status && outcome.output.isEmpty, "\(outcome)")
    }

    @Test func aTimeoutAtTheSecondGivesTheFirstBack() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let daemon = try LegacyDaemon(box.socket)
        let run = try box.startFlom("-r", "B", "-r", "A", "-o", "2000", "--", "echo", "ran")
        let first = try await lock(daemon, "A", partCount: "2", LegacyMessages.firstAnswer(0))
        do {
            let second = try await lock(daemon, "B", partCount: nil, LegacyMessages.firstAnswer(1))
            try await second.receiveEnd()
        }
        try await part(first)
        let outcome = try await run.wait()
        #expect(outcome.status == 98 && outcome.output.isEmpty, "\(outcome)")
    }

    /// 1.7.2 ignores the additions, and the message fits into the 511 bytes that it survives, however long the name is.
    @Test(arguments: [1, 100, 240]) func theFirstMessageFits(length: Int) async throws {
        let box = try Sandbox()
        defer { box.close() }
        let daemon = try LegacyDaemon(box.socket)
        let name = String(repeating: "n", count: length)
        let words = [box.program] + box.options + ["-r", "other", "-r", name, "--", "true"]
        let run = try box.start(words, environment: ["FLOM_REQUEST_ID": "0123456789abcdef0123456789abcdef:1"])
        do {
            let session = try await daemon.accept()
            let lock = try await session.receiveLock()
            #expect(lock["session", "x-parts"] == "2")
            if length == 1 {
                #expect(
                    lock["session", "x-parent"] == "0123456789abcdef0123456789abcdef:1" && lock["session", "x-deadlock"] == "1")
            }
            if length == 240 { #expect(lock["session", "x-parent"] == nil && lock["session", "x-deadlock"] == nil) }
            try await session.answer(LegacyMessages.firstAnswer(6))
            try await session.receiveEnd()
        }
        #expect(try await run.wait().status == 99)
    }
}
