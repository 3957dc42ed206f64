import FlomEngine
import FlomModel
import Testing

/// What the shell may ask before it bothers the engine: is there such a resource?
@Suite struct ExistsTests {
    private let name = try! ResourceName(Array("R".utf8))
    private let session = SessionID(1)

    @Test func fromItsCreationToTheEndOfItsLife() throws {
        var engine = Engine(policy: .bounded, nextRequest: 1, epoch: 1, lastTokenCounter: 0)
        var effects = Effects()
        let start = Instant(nanoseconds: 0)
        #expect(!engine.exists(name))

        // Waiting for it does not make it.
        var request = LockRequest(resource: name, mode: .nullLock)
        request.mayCreate = false
        engine.step(.lock(SessionID(2), request), at: start, into: &effects)
        #expect(!engine.exists(name))

        engine.step(.lock(session, LockRequest(resource: name, mode: .exclusive)), at: start, into: &effects)
        #expect(engine.exists(name) && !engine.exists(.unnamed))

        engine.step(.unlock(session, name, .exited(status: 0)), at: start, into: &effects)
        engine.step(.hungUp(SessionID(2)), at: start, into: &effects)
        #expect(engine.exists(name))
        let end = try #require(engine.nextDeadline)
        engine.step(.deadlinePassed, at: end, into: &effects)
        #expect(!engine.exists(name))
    }
}
