import FlomModel
import Testing

@testable import FlomStore

/// From where a daemon has seen the processes of a request: what the next one compares with its own view.
@Suite struct ViewTableTests {
    let directory = TemporaryDirectory()

    private func journal(boot: String = "boot-1") throws -> Journal {
        try Journal.open(.init(path: directory.journal, machineID: "machine-1", bootID: boot), now: second(0))
    }

    private static let view = ProcessView(bootID: "boot-1", pidNamespace: .max, boottimeOffsetNanoseconds: -5)

    @Test func eachViewHasOneNumber() throws {
        let journal = try journal()
        // Unknown is a value of its own, and equal to nothing else.
        let views = [
            Self.view, ProcessView(bootID: "boot-2", pidNamespace: .max, boottimeOffsetNanoseconds: -5),
            ProcessView(pidNamespace: .max, boottimeOffsetNanoseconds: -5),
            ProcessView(bootID: "boot-1", pidNamespace: 1, boottimeOffsetNanoseconds: -5),
            ProcessView(bootID: "boot-1", boottimeOffsetNanoseconds: -5),
            ProcessView(bootID: "boot-1", pidNamespace: .max, boottimeOffsetNanoseconds: 0),
            ProcessView(bootID: "boot-1", pidNamespace: .max),
        ]
        let numbers = try views.map { try #require(try journal.useView($0)) }
        #expect(Set(numbers).count == views.count)
        #expect(try views.map { try journal.useView($0) } == numbers)
        #expect(try journal.useView(.unknown) == nil)
        journal.close()
        #expect(try self.journal().useView(Self.view) == numbers[0])
    }

    @Test func aRequestKeepsTheViewInWhichItWasSeen() throws {
        let first = try journal()
        _ = try first.useView(Self.view)
        try first.commit([event(1, .requested(request("A")))], at: second(1))
        _ = try first.useView(.unknown)
        try first.commit([event(2, .requested(request("B")))], at: second(2))
        let other = ProcessView(bootID: "boot-1", pidNamespace: 7, boottimeOffsetNanoseconds: 0)
        _ = try first.useView(other)
        try first.commit([event(3, .requested(request("C")))], at: second(3))
        // Its client has come back, and is seen anew.
        try first.commit([event(2, .identified(ProcessIdentity(pid: 5, startTime: 6)))], at: second(4))
        #expect(try first.recover().openRequests.map(\.view) == [Self.view, other, other])
        first.close()
        #expect(try journal().recover().openRequests.map(\.view) == [Self.view, other, other])
    }

    /// Evidence of a reboot is what the clock of that boot has shown last. What nothing was granted in may be of the boot before.
    @Test func whatTheClockShowedIsKeptWhenAnotherBootBegins() throws {
        func seenUntil(_ journal: Journal) throws -> [Instant?] { try journal.recover().openRequests.map(\.bootSeenUntil) }

        let first = try journal()
        try first.advanceEpoch(bootID: "boot-1")
        _ = try first.useView(Self.view)
        try first.commit([event(1, .requested(request("A"))), event(1, .granted(token(1)))], at: second(8))
        #expect(try seenUntil(first) == [second(8).boottime])
        first.close()

        let next = try journal(boot: "boot-2")
        let epoch = try next.advanceEpoch(bootID: "boot-2")
        #expect(try seenUntil(next) == [second(8).boottime])
        _ = try next.useView(ProcessView(bootID: "boot-2", pidNamespace: 1, boottimeOffsetNanoseconds: 0))
        try next.commit([event(2, .requested(request("B")))], at: second(3))
        #expect(try seenUntil(next) == [second(8).boottime, nil])
        try next.commit([event(2, .granted(FencingToken(epoch: epoch, counter: 1)))], at: second(4))
        #expect(try seenUntil(next) == [second(8).boottime, second(4).boottime])
    }
}
