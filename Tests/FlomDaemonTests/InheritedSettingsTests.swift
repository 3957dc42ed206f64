import FlomModel
import FlomNet
import FlomNetCore
import FlomSettings
import FlomStore
import FlomSystem
import Foundation
import Testing

@testable import FlomDaemon

/// Which settings and which journal a daemon takes over from the one before.
@Suite struct InheritedSettingsTests {
    private static let endpoint = Endpoint.unix(path: "/run/flom/test", isDefault: false)
    private static let now = Clock.boottimeNanoseconds()

    private static func wanted(journal: String? = nil) -> DaemonSettings {
        var settings = DaemonSettings()
        (settings.socketMode, settings.journalPath) = (0o600, journal)
        return settings
    }

    private static func record(
        _ state: EndpointRecord.State, journal: String, boot: String = "here", seen: Int64 = now
    ) -> EndpointRecord {
        var settings = DaemonSettings()
        (settings.lifespanMilliseconds, settings.socketMode, settings.sync) = (1234, 0o640, .always)
        settings.queuePolicy = QueuePolicy(maxOvertakeMilliseconds: 77)
        var record = EndpointRecord(
            endpoint: "/run/flom/test", journalPath: journal, journalID: "j", bootID: boot, pid: 4711, state: state,
            lastEvent: 12, settings: settings)
        record.seenNanoseconds = seen
        return record
    }

    private static func resolve(
        _ wanted: DaemonSettings, _ record: EndpointRecord?, offset: Int64? = 0
    ) throws(DaemonError) -> (settings: DaemonSettings, journalPath: String) {
        let view = ProcessView(bootID: "here", pidNamespace: 1, boottimeOffsetNanoseconds: offset)
        return try InheritedSettings.resolve(wanted, at: endpoint, record, nil, view: view)
    }

    /// Gives the body the path of a journal that can be written, and of one that is not there.
    private func withJournal(_ body: (_ journal: String, _ missing: String) throws -> Void) throws {
        let directory = NSTemporaryDirectory() + "flom-inherited-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        _ = FileManager.default.createFile(atPath: directory + "/a.journal", contents: nil)
        try body(directory + "/a.journal", directory + "/gone.journal")
    }

    @Test func withoutARecordTheStarterDecides() throws {
        let found = try Self.resolve(Self.wanted(journal: "/srv/own.journal"), nil)
        #expect(found.journalPath == "/srv/own.journal" && found.settings == Self.wanted(journal: "/srv/own.journal"))
    }

    @Test func afterAnOrderlyEndTheStarterDecidesAndTheJournalStays() throws {
        try withJournal { journal, missing in
            let record = Self.record(.ended, journal: journal)
            let found = try Self.resolve(Self.wanted(), record)
            #expect(found.settings == Self.wanted() && found.journalPath == journal)
            let named = try Self.resolve(Self.wanted(journal: missing), record)
            #expect(named.journalPath == missing)
        }
    }

    @Test(arguments: [EndpointRecord.State.running, .shutDown])
    func afterACrashTheRecordDecides(_ state: EndpointRecord.State) throws {
        try withJournal { journal, missing in
            let record = Self.record(state, journal: journal)
            for named in [nil, journal] {
                let found = try Self.resolve(Self.wanted(journal: named), record)
                #expect(found.journalPath == journal && found.settings.lifespanMilliseconds == 1234)
                #expect(found.settings.socketMode == 0o640 && found.settings.sync == .always)
                #expect(found.settings.queuePolicy.maxOvertakeMilliseconds == 77)
            }
            #expect {
                _ = try Self.resolve(Self.wanted(journal: missing), record)
            } throws: { ($0 as? DaemonError)?.sentence.hasSuffix("start it once without --journal '\(missing)'") == true }
        }
    }

    @Test func aJournalThatIsGoneAfterACrash() throws {
        try withJournal { _, missing in
            var record = Self.record(.running, journal: missing)
            #expect {
                _ = try Self.resolve(Self.wanted(), record)
            } throws: { ($0 as? DaemonError)?.sentence.contains(JournalContinuity.isMissing) == true }
            record.acceptsJournal = true
            let accepted = try Self.resolve(Self.wanted(), record)
            #expect(accepted.journalPath == missing)
        }
    }

    /// The record of another boot is forgotten with its journal only if the reboot is proven, or nothing was open.
    @Test func aJournalThatIsGoneAfterAReboot() throws {
        try withJournal { journal, missing in
            let own = Self.wanted(journal: journal)
            let proven = Self.record(.running, journal: missing, boot: "before", seen: Self.now + 3_600_000_000_000)
            let afterReboot = try Self.resolve(own, proven)
            #expect(afterReboot.journalPath == journal)
            #expect(throws: DaemonError.self) {
                _ = try Self.resolve(own, Self.record(.running, journal: missing, boot: "before"))
            }
            let afterEnd = try Self.resolve(own, Self.record(.ended, journal: missing, boot: "before"))
            #expect(afterEnd.journalPath == journal)
        }
    }

    /// TLS never falls back to plain text, but files that the starter names are meant.
    @Test func tlsOfTheRecordAndOfTheStarter() throws {
        let recorded = TLSSettings(certificate: "/old/certificate", privateKey: "/old/key", authorities: "/old/ca")
        let named = TLSSettings(certificate: "/new/certificate", privateKey: "/new/key", authorities: "/new/ca")
        for (own, before, expected) in [
            (nil, nil, nil), (nil, recorded, recorded), (named, nil, named), (named, recorded, named),
        ] as [(TLSSettings?, TLSSettings?, TLSSettings?)] {
            var (wanted, record) = (Self.wanted(), Self.record(.running, journal: "/j"))
            (wanted.tls, record.settings.tls) = (own, before)
            let settings = try InheritedSettings.overlay(record, of: Self.endpoint, on: wanted)
            #expect(settings.tls == expected)
        }
    }

    @Test func rulesThatCannotBeRead() {
        var record = Self.record(.running, journal: "/j")
        record.access = nil
        #expect {
            _ = try InheritedSettings.overlay(record, of: Self.endpoint, on: Self.wanted())
        } throws: { ($0 as? DaemonError)?.sentence.contains("the access rules of the last daemon") == true }
    }
}
