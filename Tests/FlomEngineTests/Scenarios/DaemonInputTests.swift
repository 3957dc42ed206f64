import FlomEngine
import FlomModel
import Testing

/// What the daemon tells of, so that only the engine makes events.
@Suite struct DaemonInputTests {
    private let now = Moment(boottime: Instant(nanoseconds: 1), wallMicroseconds: 1)

    private func request(_ names: String...) throws -> LockRequest {
        let parts = try names.map { LockPart(try ResourceName(Array($0.utf8)), .exclusive) }
        var request = LockRequest(resource: parts[0].resource, mode: .exclusive)
        request.others = Array(parts.dropFirst())
        request.mayWait = false
        return request
    }

    @Test func whatWasRefusedIsDescribedInAllItsParts() throws {
        var engine = Engine(policy: QueuePolicy(maxOvertakeMilliseconds: 0), nextRequest: 1, epoch: 1, lastTokenCounter: 0)
        var effects = Effects()
        engine.step(.lock(SessionID(1), try request("a")), at: now, into: &effects)
        engine.step(.lock(SessionID(2), try request("a", "b")), at: now, into: &effects)
        #expect(engine.newestRequest == RequestID(3) && !engine.isOpen(RequestID(2)))
        effects.removeAll()
        let command: [[UInt8]] = [Array("ls".utf8)]
        engine.step(.describedRefused(RequestID(2), parts: 2, command: command), at: now, into: &effects)
        #expect(effects.events == [2, 3].map { Event(RequestID($0), .described(command: command)) })
        effects.removeAll()
        // One that is open is described by its session.
        engine.step(.describedRefused(RequestID(1), parts: 1, command: command), at: now, into: &effects)
        #expect(effects.events.isEmpty && effects.answers.isEmpty)
    }

    @Test func allLivesEndWithTheDaemon() {
        var engine = Engine(policy: QueuePolicy(maxOvertakeMilliseconds: 0), nextRequest: 1, epoch: 1, lastTokenCounter: 0)
        var effects = Effects()
        engine.step(.livesEnd, at: now, into: &effects)
        #expect(effects.lives == [.allEnded] && effects.events.isEmpty)
    }
}
