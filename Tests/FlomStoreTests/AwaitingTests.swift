import FlomModel
import Testing

@testable import FlomStore

/// The clock of listening: how long each client on another host has been awaited, over any number of daemons.
@Suite struct AwaitingTests {
    private let files = TemporaryDirectory()

    private func remote(_ resource: String) -> LockRequest {
        var request = request(resource)
        request.client.isLocal = false
        request.client.canResume = true
        return request
    }

    private func local(_ resource: String) -> LockRequest {
        var request = request(resource)
        request.client.isLocal = true
        return request
    }

    /// Kills a daemon and starts the next one, which has read the open requests.
    private func nextDaemon(_ journal: Journal?, second time: Int64) throws -> (Journal, [RequestID: Int64]) {
        journal?.close()
        let journal = try Journal.open(files.settings, now: second(time))
        return (journal, try journal.beginAwaitingClients())
    }

    @Test func onlyListeningCountsAndOnlyForThoseWhoAreAway() throws {
        let (first, none) = try nextDaemon(nil, second: 0)
        #expect(none.isEmpty)
        try first.commit(
            [
                event(1, .requested(remote("away"))), event(1, .granted(token(1))),
                event(2, .requested(remote("back"))), event(2, .granted(token(2))),
                event(3, .requested(remote("waits"))), event(3, .queued(position: 1)),
                event(4, .requested(local("here"))), event(4, .granted(token(3))),
                event(5, .requested(remote("ended"))), event(5, .granted(token(4))),
            ], at: second(1))
        try first.commit([event(5, .released(.exited(status: 0)))], at: second(2))

        // However long no daemon listened.
        let (second1, missed1) = try nextDaemon(first, second: 1000)
        #expect(missed1 == [RequestID(1): 0, RequestID(2): 0, RequestID(3): 0])
        try second1.addListeningTime(milliseconds: 1000)
        try second1.addListeningTime(milliseconds: 1000)
        try second1.commit([event(2, .resumed)], at: second(1002))
        try second1.addListeningTime(milliseconds: 1000)

        let (third, missed2) = try nextDaemon(second1, second: 2000)
        #expect(missed2 == [RequestID(1): 3000, RequestID(2): 0, RequestID(3): 3000])
        // A daemon that is killed before it has listened changes nothing.
        let (fourth, missed3) = try nextDaemon(third, second: 2001)
        #expect(missed3 == missed2)
        try fourth.addListeningTime(milliseconds: 1000)

        let (fifth, missed4) = try nextDaemon(fourth, second: 3000)
        #expect(missed4 == [RequestID(1): 4000, RequestID(2): 1000, RequestID(3): 4000])
        // After a reboot too: the time has passed all the same.
        try fifth.advanceEpoch(bootID: "another boot")
        let (sixth, missed5) = try nextDaemon(fifth, second: 5)
        #expect(missed5 == missed4)
        sixth.close()
    }

    /// A request that is new meanwhile is not awaited, whatever the clock says.
    @Test func whoComesLaterIsNotAwaited() throws {
        let (first, _) = try nextDaemon(nil, second: 0)
        try first.addListeningTime(milliseconds: 7000)
        try first.commit([event(1, .requested(remote("new"))), event(1, .granted(token(1)))], at: second(8))
        try first.addListeningTime(milliseconds: 7000)
        let (second1, missed) = try nextDaemon(first, second: 20)
        #expect(missed == [RequestID(1): 0])
        second1.close()
    }
}
