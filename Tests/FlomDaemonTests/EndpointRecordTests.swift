import FlomModel
import FlomNet
import FlomStore
import Foundation
import Testing

@testable import FlomDaemon
@testable import FlomNetCore
@testable import FlomSettings

/// The endpoint record is written in its place, because it is locked, and has to be whole whenever its writer is killed.
@Suite struct EndpointRecordTests {
    private func record(journal: String = "/var/lib/flom/default.journal") -> EndpointRecord {
        var settings = DaemonSettings()
        settings.socketMode = 0o666
        return EndpointRecord(
            endpoint: "/run/flom/default", journalPath: journal, journalID: String(repeating: "a", count: 32), bootID: "boot",
            pid: 4711, state: .running, lastEvent: 12, settings: settings)
    }

    /// Runs a function with a file that is removed afterwards.
    private func withFile(_ body: (Int32) throws -> Void) throws {
        var path = Array("/tmp/flom-record-XXXXXX".utf8CString)
        let descriptor = mkstemp(&path)
        try #require(descriptor >= 0)
        unlink(path)
        defer { close(descriptor) }
        try body(descriptor)
    }

    private func bytes(_ descriptor: Int32) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 20_000)
        return Array(buffer[..<max(0, pread(descriptor, &buffer, buffer.count, 0))])
    }

    @Test func allOfItIsReadAgain() throws {
        var record = record()
        record.port = 28_015
        record.epoch = 3
        record.shutSince = 5000
        record.seenNanoseconds = 77
        record.hasFailedSync = true
        var tls = TLSSettings(certificate: "/etc/flom/a=b.pem", privateKey: "/etc/flom/key", authorities: "/etc/flom/ca")
        (tls.checksPeerID, tls.minimumVersion, tls.revoked) = (true, .tls13, "/etc/flom/revoked")
        record.settings.tls = tls
        try withFile { file in
            try record.write(file)
            #expect(EndpointRecord.read(file) == record)
            (record.shutSince, record.hasFailedSync, record.lastEvent) = (nil, false, 13)
            try record.write(file)
            #expect(EndpointRecord.read(file) == record)
        }
    }

    /// Every setting at its longest leaves a thousand bytes for the journal's path.
    @Test func theLongestSettingsFit() throws {
        var record = record(journal: "/" + String(repeating: "j", count: 999))
        record.endpoint = "/" + String(repeating: "s", count: 106)
        record.settings.retentionMicroseconds = .max
        (record.lastEvent, record.epoch, record.shutSince) = (.max, .max, .max)
        let pattern = Array("*".utf8) + Array(repeating: UInt8(ascii: "p"), count: Redaction.longestPattern - 1)
        record.settings.recording.redactions = try (0..<CommandRecording.redactionLimit).map { _ in
            try #require(Redaction(pattern))
        }
        try withFile { file in
            try record.write(file)
            #expect(EndpointRecord.read(file) == record)
        }
    }

    /// The rules lie behind the page, alternately in two places, so that a page never names the place that is being written.
    @Test func rulesAreReadAgainAndReplaced() throws {
        var record = record()
        try withFile { file in
            for count in [1, 200, 0, 2, 2, 3] {
                var access = AccessSettings()
                access.letsRemoteAdministrate = count == 2
                access.rules = try (0..<count).map { try AccessRule("deny lock to uid \($0)", place: "/etc/flom.conf:\($0)") }
                record.access = access
                try record.write(file)
                #expect(EndpointRecord.read(file) == record)
            }
        }
    }

    /// A daemon does not serve with rules other than those of the last daemon.
    @Test func damagedRulesAreNotTakenForNone() throws {
        var record = record()
        record.access?.rules = [try AccessRule("deny lock to uid 7", place: "f:1")]
        try withFile { file in
            try record.write(file)
            #expect(pwrite(file, "X", 1, 4096 + 3) == 1)
            #expect(EndpointRecord.read(file) != nil && EndpointRecord.read(file)?.access == nil)
            try record.write(file)
            #expect(EndpointRecord.read(file) == record)
            ftruncate(file, 4097)
            #expect(EndpointRecord.read(file)?.access == nil)
        }
    }

    /// One write of one page in any case: there is no moment between two calls.
    @Test func itIsAlwaysOnePage() throws {
        try withFile { file in
            for length in [3000, 10, 1000] {
                let record = record(journal: "/" + String(repeating: "j", count: length))
                try record.write(file)
                #expect(bytes(file).count == 4096 && EndpointRecord.read(file) == record)
            }
        }
    }

    @Test func aRecordThatDoesNotFitIsRefusedAndChangesNothing() throws {
        try withFile { file in
            try record().write(file)
            let before = bytes(file)
            #expect(throws: (any Error).self) { try record(journal: "/" + String(repeating: "j", count: 4000)).write(file) }
            #expect(bytes(file) == before)
        }
    }

    @Test func theLastEventIsWrittenInItsPlace() throws {
        var record = record()
        for seen: Int64? in [nil, 0, 4_000_000_000] {
            record.seenNanoseconds = seen
            try withFile { file in
                try record.write(file)
                record.seenNanoseconds = seen.map { $0 + 1 }
                EndpointRecord.writeLastEvent(98_765, seen: record.seenNanoseconds, to: file)
                record.lastEvent = 98_765
                #expect(EndpointRecord.read(file) == record && bytes(file).count == 4096)
            }
        }
    }

    /// A record of a version whose record was not yet one page long.
    @Test func aShorterOneIsReadAndReplaced() throws {
        let record = record()
        try withFile { file in
            try record.write(file)
            let text = String(decoding: bytes(file), as: UTF8.self).split(separator: "\n")
            let old = text.filter { !$0.hasPrefix("shut-since") && !$0.hasPrefix("sync-failed") && !$0.hasPrefix(" ") }
            ftruncate(file, 0)
            let content = Array((old.joined(separator: "\n") + "\n").utf8)
            #expect(pwrite(file, content, content.count, 0) == content.count)
            #expect(EndpointRecord.read(file) == record)
            try record.write(file)
            #expect(EndpointRecord.read(file) == record)
        }
    }

    /// A sync is needed for the facts that the next starter has to find, not for the pid and the last event.
    @Test func changesThatTheDeviceHasToHave() {
        let first = record()
        var next = first
        (next.pid, next.lastEvent, next.seenNanoseconds) = (4712, 99, 5)
        #expect(first.saysMore(than: nil) && !next.saysMore(than: first))
        let changes: [(inout EndpointRecord) -> Void] = [
            { $0.journalPath = "/other" }, { $0.state = .ended }, { $0.bootID = "another" }, { $0.shutSince = 0 },
            { $0.hasFailedSync = true }, { $0.port = 1 }, { $0.epoch = 9 },
        ]
        for change in changes {
            var other = next
            change(&other)
            #expect(other.saysMore(than: first))
        }
    }
}
