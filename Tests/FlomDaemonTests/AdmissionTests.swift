import Testing

@testable import FlomDaemon
@testable import FlomSettings

/// The admission of connections, on a clock of the test's own.
struct AdmissionTests {
    private static func limits(_ connections: Int, perPeer: Int, rate: Int) -> DaemonLimits {
        var limits = DaemonLimits()
        (limits.connections, limits.connectionsPerPeer, limits.connectionsPerSecond) = (connections, perPeer, rate)
        return limits
    }
    private static let second: Int64 = 1_000_000_000
    private static let bob = Admission.Peer.user(1001, isExempt: false)
    private static let anne = Admission.Peer.user(1002, isExempt: false)
    private static let root = Admission.Peer.user(0, isExempt: true)

    @Test func eachPeerHasItsShare() {
        var admission = Admission(Self.limits(10, perPeer: 2, rate: 100), available: 100)
        #expect(admission.enters(Self.bob, now: 0) == nil)
        #expect(admission.enters(Self.bob, now: 0) == nil)
        #expect(admission.enters(Self.bob, now: 0) == .perPeer(2))
        #expect(admission.enters(Self.anne, now: 0) == nil)
        admission.left(Self.bob)
        #expect(admission.enters(Self.bob, now: 0) == nil)
        #expect(admission.open == 3)
    }

    /// With 64 descriptors 32 are for connections. Waiters leave half of them free, holders a quarter.
    @Test(
        arguments: [
            (32, 15, true, true), (32, 16, false, true), (32, 23, false, true), (32, 24, false, false), (4, 2, false, true),
            (4, 3, false, false), (1, 0, true, true), (20_000, 19_935, true, true), (20_000, 19_936, false, true),
            (20_000, 19_968, false, false),
        ])
    func someDescriptorsAreKeptForThoseWhoMustComeIn(available: Int, staying: Int, toWait: Bool, toHold: Bool) {
        let admission = Admission(DaemonLimits(), available: available)
        #expect(admission.hasRoom(toWait: true, staying: staying) == toWait)
        #expect(admission.hasRoom(toWait: false, staying: staying) == toHold)
    }

    @Test func rootIsBoundByNothingButTheRoomThereIs() {
        var admission = Admission(Self.limits(5, perPeer: 1, rate: 1), available: 100)
        for _ in 0..<5 { #expect(admission.enters(Self.root, now: 0) == nil) }
        #expect(admission.enters(Self.root, now: 0) == .connections(5))
    }

    @Test func descriptorsForOtherThingsCountToo() {
        var admission = Admission(Self.limits(100, perPeer: 100, rate: 100), available: 4)
        #expect(admission.enters(Self.bob, now: 0) == nil)
        #expect(admission.enters(Self.bob, now: 0) == nil)
        #expect(admission.isFull(others: 2) && !admission.isFull(others: 1) && admission.mostConnections == 4)
        admission.left(Self.bob)
        #expect(!admission.isFull(others: 2))
    }

    @Test func aBurstIsTwiceTheRateAndComesBackWithTime() {
        var admission = Admission(Self.limits(1000, perPeer: 1000, rate: 10), available: 1000)
        func come(_ count: Int, at now: Int64) -> Int {
            (0..<count).count { _ in
                guard admission.enters(Self.bob, now: now) == nil else { return false }
                admission.left(Self.bob)
                return true
            }
        }
        #expect(come(50, at: 0) == 20)
        #expect(come(50, at: Self.second / 2) == 5)
        #expect(come(50, at: 10 * Self.second) == 20)
        #expect(admission.enters(Self.bob, now: 10 * Self.second) == .rate(10))
        // A clock that stands still or goes back admits no connection.
        #expect(admission.enters(Self.bob, now: 0) == .rate(10))
        #expect(admission.enters(Self.anne, now: 0) == nil)
    }

    @Test func aPeerThatLeftIsForgottenWhenNothingIsOwed() {
        var admission = Admission(Self.limits(1000, perPeer: 1000, rate: 10), available: 1000)
        #expect(admission.enters(Self.bob, now: 0) == nil)
        #expect(admission.enters(Self.anne, now: 0) == nil)
        admission.left(Self.bob)
        admission.tidy(now: 1)
        #expect(admission.peerCount == 2)
        admission.tidy(now: Self.second)
        #expect(admission.peerCount == 1)
    }

    @Test(
        arguments: [
            (40, 37, 2), (64, 37, 15), (64, 20, 32), (128, 37, 64), (1024, 37, 896), (1_048_576, 37, 1_048_448),
        ])
    func descriptorsAreKeptBack(descriptors: Int, inUse: Int, connections: Int) {
        #expect(DaemonLimits.available(descriptors: descriptors, inUse: inUse) == connections)
    }

    @Test func limitsSurviveTheRecord() throws {
        var limits = Self.limits(1, perPeer: 2, rate: 3)
        limits.unreadBytes = 77
        #expect(DaemonLimits(recordText: limits.recordText) == limits)
        // A text of a version with fewer limits, and texts that no version writes.
        #expect(DaemonLimits(recordText: "1,2,3") == Self.limits(1, perPeer: 2, rate: 3))
        let tooMany = limits.recordText + ",1"
        #expect(DaemonLimits(recordText: tooMany) == nil && DaemonLimits(recordText: "") == nil)
        #expect(DaemonLimits(recordText: limits.recordText.replacing("77", with: "0")) == nil)
    }
}
