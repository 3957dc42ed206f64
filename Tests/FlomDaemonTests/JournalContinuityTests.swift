import FlomModel
import FlomNetCore
import FlomStore
import FlomSystem
import Testing

@testable import FlomDaemon
@testable import FlomSettings

/// The journals with which the next daemon of an endpoint begins, and those that it refuses.
@Suite struct JournalContinuityTests {
    private static let path = "/var/lib/flom/default.journal"
    private static let past = Clock.boottimeNanoseconds()
    private static let future = past + 3_600_000_000_000

    private static func record(boot: String = "a", seen: Int64? = past) -> EndpointRecord {
        var record = EndpointRecord(
            endpoint: "/run/flom/default", journalPath: path, journalID: "j", bootID: boot, pid: 4711, state: .running,
            lastEvent: 12, settings: DaemonSettings())
        record.begunNanoseconds = past
        record.seenNanoseconds = seen
        return record
    }

    private static func refusal(
        _ found: JournalContinuity.Found, _ record: EndpointRecord? = record(), boot: String? = "a", offset: Int64? = 0
    ) -> String? {
        JournalContinuity.refusal(
            of: found, at: path, record, ProcessView(bootID: boot, pidNamespace: 1, boottimeOffsetNanoseconds: offset))
    }

    @Test func onlyWhatIsAsNewAsTheRecordIsGoneOnWith() {
        #expect(Self.refusal(.journal(id: "j", lastEvent: 12)) == nil && Self.refusal(.journal(id: "j", lastEvent: 13)) == nil)
        for (found, flaw) in [
            (.nothing, "it has disappeared"), (.empty, "it is empty, and the last daemon has recorded 12 events"),
            (.journal(id: "j", lastEvent: 11), "it ends with event 11"), (.journal(id: "k", lastEvent: 12), "it is another one"),
        ] as [(JournalContinuity.Found, String)] {
            let refusal = Self.refusal(found)
            #expect(refusal?.hasPrefix("the journal '\(Self.path)' of this endpoint cannot be used: \(flaw)") == true)
            #expect(refusal?.hasSuffix("flom --accept-journal") == true)
        }
    }

    @Test func nothingIsRefusedWhereNothingCanBeHeldOrAPersonHasSpoken() {
        var (ended, accepted, other) = (Self.record(), Self.record(), Self.record())
        ended.state = .ended
        accepted.acceptsJournal = true
        other.journalPath = "/elsewhere"
        for record in [nil, ended, accepted, other] { #expect(Self.refusal(.empty, record) == nil) }
        var shutDown = Self.record()
        shutDown.state = .shutDown
        #expect(Self.refusal(.empty, shutDown) != nil)
    }

    /// A container may be shown another boot id: the locks of the host's commands may still be held.
    @Test(
        arguments: [
            ("b", "a", future, 0, true), ("b", "a", past, 0, false), ("a", "a", future, 0, false), ("", "a", future, 0, false),
            ("b", nil, future, 0, false), ("b", "a", future, nil, false), ("b", "a", 0, 0, false), ("b", "a", nil, 0, false),
        ] as [(String, String?, Int64?, Int64?, Bool)])
    func aRebootIsProven(recorded: String, own: String?, seen: Int64?, offset: Int64?, isReboot: Bool) {
        let refusal = Self.refusal(.empty, Self.record(boot: recorded, seen: seen), boot: own, offset: offset)
        #expect((refusal == nil) == isReboot)
    }
}
