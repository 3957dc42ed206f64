import FlomCore
import FlomEngine
import FlomModel
import Testing

/// What the daemon decides when clients come, come back, and go.
@Suite struct SessionTableTests {
    private static let request = RequestID(7)
    private static let process = ProcessIdentity(pid: 10, startTime: 100)
    private static let command = ProcessIdentity(pid: 11, startTime: 110)
    private static let view = ProcessView(bootID: "a", pidNamespace: 1, boottimeOffsetNanoseconds: 0)
    private static let noView = ProcessView(bootID: "a", pidNamespace: 2, boottimeOffsetNanoseconds: 0)

    private func lock(_ secret: [UInt8] = [1], _ change: (inout LockRequest) -> Void = { _ in }) -> LockRequest {
        guard let db = try? ResourceName(Array("db".utf8)) else { preconditionFailure("'db' is a name") }
        var lock = LockRequest(resource: db, mode: .exclusive)
        (lock.client.canResume, lock.client.isLocal, lock.client.process) = (true, true, Self.process)
        lock.secretHash = secret
        change(&lock)
        return lock
    }

    private func table(_ kinds: [Event.Kind]) -> SessionTable {
        var table = SessionTable()
        for kind in kinds { _ = table.follow(Event(Self.request, kind)) { _ in false } }
        return table
    }

    @Test func whatFollowsFromAnEvent() {
        let granted = Event.Kind.granted(FencingToken(1))
        let rows: [(LockRequest, Event.Kind, hasCommand: Bool, SessionTable.FollowUp)] = [
            (lock(), .queued(position: 1), false, []), (lock(), .orphaned, false, []),
            (lock(), granted, false, .makeLivenessPipe),
            // Its command runs already, or nothing can be handed to it.
            (lock(), granted, true, []), (lock { $0.client.address = "192.0.2.1" }, granted, false, []),
            (lock { $0.client.isLocal = false }, granted, false, []), (lock { $0.client.canResume = false }, granted, false, []),
            (lock(), .resumed, false, .closeInquiry), (lock(), .passedOver, false, .removeLivenessPipe),
            (lock(), .released(.exited(status: 0)), false, [.removeLivenessPipe, .closeInquiry]),
            (lock(), .withdrawn(.hungUp), false, [.removeLivenessPipe, .closeInquiry]),
            (lock(), .reclaimed(.livenessPipeEnded), false, [.removeLivenessPipe, .closeInquiry]),
        ]
        for (lock, kind, hasCommand, next) in rows {
            var table = table([.requested(lock)])
            let found = table.follow(Event(Self.request, kind)) { _ in hasCommand }
            #expect(found == next, "\(kind)")
        }
    }

    @Test func aSecretLeadsToItsOpenRequest() {
        let open = table([.requested(lock())])
        #expect(open.arrival([1], resumes: false) { _ in true } == .comesBack(Self.request))
        #expect(open.arrival([2], resumes: false) { _ in true } == .asks)
        #expect(open.arrival([2], resumes: true) { _ in true } == .comesBackInVain)
        // It has ended in this very turn, or is open over this very connection.
        #expect(open.arrival([1], resumes: false) { _ in false } == .asks)
        let ended = table([.requested(lock()), .released(.exited(status: 0))])
        #expect(ended.arrival([1], resumes: true) { _ in true } == .comesBackInVain)
    }

    /// A client that asks for something else in place of what it waits for keeps its secret.
    @Test func theNewerRequestKeepsTheSecret() {
        var table = table([.requested(lock())])
        let newer = RequestID(8)
        _ = table.follow(Event(newer, .requested(lock()))) { _ in false }
        _ = table.follow(Event(Self.request, .withdrawn(.unlocked))) { _ in false }
        #expect(table.arrival([1], resumes: false) { _ in true } == .comesBack(newer))
    }

    @Test func ofSeveralResourcesTheFirstStandsForAll() {
        let table = table([.requested(lock { $0.group = RequestID(6) })])
        #expect(table.holders.isEmpty)
    }

    @Test func whoHasComeBackIsSeenAnew() {
        let client = lock().client
        var other = client
        other.process = ProcessIdentity(pid: 99, startTime: 1)
        let rows: [(ClientIdentity, isHeld: Bool, isHolder: Bool, SessionTable.Return)] = [
            (client, true, true, .init(isIdentified: false, makesLivenessPipe: false)),
            (client, true, false, .init(isIdentified: false, makesLivenessPipe: true)),
            (client, false, false, .init(isIdentified: false, makesLivenessPipe: false)),
            (other, true, true, .init(isIdentified: true, makesLivenessPipe: false)),
        ]
        let table = table([.requested(lock())])
        for (client, isHeld, isHolder, next) in rows {
            #expect(table.returned(Self.request, client, isHeld: isHeld, isHolder: isHolder) == next)
        }
    }

    private func left(_ phase: OpenRequest.Phase, _ lock: LockRequest, _ view: ProcessView = view) -> OpenRequest {
        var open = OpenRequest(id: Self.request, request: lock, phase: phase, askedAt: Instant(nanoseconds: 0))
        open.view = view
        return open
    }

    @Test func whatAnEarlierDaemonHasLeft() {
        let old = lock { $0.client.canResume = false }
        let now = Instant(nanoseconds: 1)
        var table = SessionTable()
        let lost = table.recover(left(.waiting, old), seenFrom: Self.view, now: now)
        #expect(lost == nil && table.holders.isEmpty)
        let held = table.recover(left(.held(FencingToken(1)), old), seenFrom: Self.view, now: now)
        #expect(held?.isSeenAlike == true)
        let elsewhere = table.recover(left(.waiting, lock(), Self.noView), seenFrom: Self.view, now: now)
        #expect(elsewhere?.isSeenAlike == false)
        // From another place it cannot be told whether it is the same process: it is identified anew.
        #expect(table.returned(Self.request, lock().client, isHeld: false, isHolder: false).isIdentified)
    }

    @Test func underWhoseCommandAClientRuns() {
        func parent(
            _ client: ClientIdentity, of kinds: [Event.Kind], isHeld: Bool = true, named: RequestID? = Self.request
        ) -> SessionTable.Parent { table(kinds).parent(named, of: client) { _ in isHeld } }
        let client = lock().client
        let asked = Event.Kind.requested(lock())
        let known = [Self.process, Self.command]
        #expect(parent(client, of: [asked, .started(Self.command)]) == .isHeldByOneOf(Self.request, known))
        #expect(parent(client, of: [asked], isHeld: false) == .none && parent(client, of: [asked], named: nil) == .none)
        // A command that is known by no number, or a client that cannot be seen: it is believed.
        let nobody = ProcessIdentity(pid: 0, startTime: 0)
        #expect(parent(client, of: [asked, .started(nobody)]) == .isHeld(Self.request))
        var unseen = client
        unseen.process = nil
        #expect(parent(unseen, of: [asked]) == .isHeld(Self.request))
        var remote = client
        remote.isLocal = false
        #expect(parent(remote, of: [asked]) == .isHeld(Self.request))
        // What runs here is no child of a command on another host.
        #expect(parent(client, of: [.requested(lock { $0.client.isLocal = false })]) == .none)
    }

    @Test func onlyWhatTheJournalHasLostIsGivenBack() {
        for (parts, isShut, isOnRecord) in [(1, true, true), (1, false, false), (2, true, false)] {
            #expect(!SessionTable.mayReinstate(parts: parts, isShut: isShut, isOnRecord: isOnRecord))
        }
        #expect(SessionTable.mayReinstate(parts: 1, isShut: true, isOnRecord: false))
    }
}

@Suite struct SessionStateTests {
    private static let id = SessionID(3)
    private static let request = RequestID(7)

    private func state(_ change: (inout SessionState) -> Void) -> SessionState {
        var state = SessionState()
        change(&state)
        return state
    }

    @Test func whatTheEndOfAConnectionMeans() {
        let asked = state { ($0.speaksExtension, $0.asked) = (true, Self.request) }
        // Nothing has been said on it yet: whoever was never told of a grant did not hold.
        #expect(asked.ending(of: Self.id, open: Self.request) == .hungUpUntold(Self.id))
        var told = asked
        let isFirst = told.tell(Answer(Self.id, Self.request, .queued(position: 1)))
        #expect(told.ending(of: Self.id, open: Self.request) == .disconnected(Self.id))
        let isFirstAgain = told.tell(Answer(Self.id, Self.request, .granted(Grant(FencingToken(1)))))
        #expect(isFirst && !isFirstAgain)
        // It has come back for a request of an earlier connection.
        #expect(asked.ending(of: Self.id, open: RequestID(2)) == .disconnected(Self.id))
        #expect(state { _ in }.ending(of: Self.id, open: nil) == .hungUp(Self.id))
    }

    @Test func whatAnUnlockNames() {
        let bound = state { $0.boundName = try? ResourceName(Array("/a/b".utf8)) }
        #expect(bound.nameToUnlock(Array("/a/b".utf8), hasRequest: true) == bound.boundName)
        #expect(bound.nameToUnlock(Array("/a".utf8), hasRequest: true) == bound.boundName)
        #expect(bound.nameToUnlock(Array("/b".utf8), hasRequest: true) == nil)
        #expect(bound.nameToUnlock(Array("/b".utf8), hasRequest: false) == bound.boundName)
        #expect(state { _ in }.nameToUnlock([], hasRequest: false) == nil)
    }

    @Test func whatAConfirmationMeans() {
        let plain = state { $0.speaksExtension = true }
        let confirms = state { $0.confirmsOffers = true }
        #expect(plain.confirmation(of: Self.id, open: Self.request, holds: true) == .answer(stands: true))
        #expect(plain.confirmation(of: Self.id, open: nil, holds: false) == .answer(stands: false))
        #expect(confirms.confirmation(of: Self.id, open: Self.request, holds: true) == .answer(stands: true))
        #expect(confirms.confirmation(of: Self.id, open: Self.request, holds: false) == .apply(.confirmed(Self.id)))
        #expect(confirms.confirmation(of: Self.id, open: nil, holds: false) == .close)
    }

    @Test func aPidIsBelievedOnlyWhereItMeansTheSame() {
        let process = ProcessIdentity(pid: 4, startTime: 5)
        #expect(state { $0.sharesProcessNumbers = true }.verified(process) == process)
        #expect(state { _ in }.verified(process) == ProcessIdentity(pid: 0, startTime: 0))
    }
}
