import FlomModel
import Testing

@testable import FlomEngine

/// Each test breaks one thing that `checkInvariants` is to find. That it finds nothing otherwise, every other test of the engine shows.
@Suite struct InvariantTests {
    /// Session 1 holds R, session 2 waits for it, session 3 awaits the creation of S.
    private static func engine() -> Engine {
        var engine = Engine(policy: .bounded, nextRequest: 1, epoch: 1, lastTokenCounter: 0)
        var effects = Effects()
        for session: UInt64 in 1...3 {
            var request = LockRequest(resource: Script.resource(session == 3 ? "S" : "R"), mode: .exclusive)
            request.mayCreate = session != 3
            engine.step(
                .lock(SessionID(session), request), at: Moment(boottime: Instant(nanoseconds: 0), wallMicroseconds: 0),
                into: &effects)
        }
        return engine
    }

    private static func sentence(_ damage: (inout Engine) -> Void) -> String? {
        var engine = engine()
        damage(&engine)
        do {
            try engine.checkInvariants()
            return nil
        } catch { return error.description }
    }

    private static func slot(_ engine: Engine) -> SlotIndex? { engine.table.index(of: Script.resource("R")) }

    @Test func nothingIsWrongAtFirst() { #expect(Self.sentence { _ in } == nil) }

    @Test func sessions() {
        #expect(Self.sentence { $0.sessions[SessionID(1)] = nil } != nil)
        #expect(Self.sentence { $0.sessions[SessionID(9)] = RequestID(1) } != nil)
        #expect(Self.sentence { $0.update(RequestID(2)) { $0.session = SessionID(3) } } != nil)
    }

    @Test func holders() throws {
        let slot = try #require(Self.slot(Self.engine()))
        #expect(Self.sentence { $0.table[slot].addHolder() } != nil)
        #expect(Self.sentence { $0.update(RequestID(1)) { $0[0].grant = nil } } != nil)
        #expect(Self.sentence { $0.lastTokenCounter = 0 } != nil)
        let twice = Self.sentence { engine in
            engine.table[slot].kind.restore(Ask(LockPart(Script.resource("R"), .exclusive)), nil)
        }
        #expect(twice?.contains("the holders of R exclude each other") == true)
    }

    @Test func waiters() throws {
        let slot = try #require(Self.slot(Self.engine()))
        #expect(Self.sentence { $0.table[slot].addWaiter() } != nil)
        #expect(Self.sentence { $0.update(RequestID(2)) { $0.isSetAside = true } } != nil)
        let lost = Self.sentence { engine in
            engine.table[slot].kind.leave(RequestID(2), Ask(LockPart(Script.resource("R"), .exclusive)))
        }
        #expect(lost?.contains("of 1 waiters for R 0 are in lanes") == true)
        #expect(Self.sentence { $0.nestedWaiters.insert(RequestID(2)) } != nil)
    }

    @Test func whatIsLeftOver() throws {
        let slot = try #require(Self.slot(Self.engine()))
        #expect(Self.sentence { $0.dirty.append((slot, nil)) } != nil)
        #expect(Self.sentence { $0.changedSlots.append(slot) } != nil)
        #expect(Self.sentence { $0.table[slot].isChanged = true } != nil)
        #expect(Self.sentence { $0.table[slot].idleSince = Instant(nanoseconds: 0) } != nil)
        #expect(Self.sentence { $0.table[slot].wakesAt = Instant(nanoseconds: 1) } != nil)
        #expect(Self.sentence { $0.awaitingCreation = [:] } != nil)
        #expect(Self.sentence { $0.offers[RequestID(2)] = Instant(nanoseconds: 1) } != nil)
        #expect(Self.sentence { $0.nextRequest = 2 } != nil)
    }
}
