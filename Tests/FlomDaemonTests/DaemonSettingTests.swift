import FlomModel
import FlomNetCore
import FlomStore
import Foundation
import Testing

@testable import FlomDaemon
@testable import FlomSettings

/// The table of a daemon's settings: every field is in it, and record, crash and reload go by it.
@Suite struct DaemonSettingTests {
    /// Every field has another value than its default.
    private static func full() throws -> DaemonSettings {
        var settings = DaemonSettings()
        settings.lifespanMilliseconds = 1000
        settings.socketMode = 0o640
        settings.journalPath = "/srv/j"
        settings.sync = .always
        settings.queuePolicy = QueuePolicy(maxOvertakeMilliseconds: 77)
        settings.lostHolderDelayMilliseconds = 4000
        settings.reclaimGraceMilliseconds = 5000
        settings.retentionMicroseconds = 7_776_000_000_000
        settings.recording.extent = .name
        settings.recording.redactions = [try #require(Redaction(Array("--password=*".utf8)))]
        settings.keepalive.probes = 7
        var tls = TLSSettings(certificate: "/etc/flom/a=b.pem", privateKey: "/etc/flom/key", authorities: "/etc/flom/ca")
        (tls.checksPeerID, tls.minimumVersion, tls.revoked) = (true, .tls13, "/etc/flom/revoked")
        settings.tls = tls
        (settings.discoveryAttempts, settings.discoveryTimeoutMilliseconds, settings.discoveryTTL) = (3, 600, 4)
        settings.access.rules = [try AccessRule("allow all to uid 0", place: "/etc/flom.conf:17")]
        settings.access.letsRemoteAdministrate = true
        settings.limits.connections = 10
        settings.http = MonitorPlace(text: "127.0.0.1:9650")
        settings.buckets = try #require(HistogramBounds(text: "0.5,60"))
        settings.mountPoint = "/run/flom files"
        settings.logLevel = .debug
        (settings.traceFile, settings.appendsTrace) = ("/tmp/trace", true)
        return settings
    }

    /// The fields that differ, by their names.
    private static func differing(_ one: DaemonSettings, _ other: DaemonSettings) -> [String] {
        zip(Mirror(reflecting: one).children, Mirror(reflecting: other).children).compactMap { one, other in
            "\(one.value)" == "\(other.value)" ? nil : one.label
        }
    }

    /// A field that is not in the table would be lost by a reload, and after a crash.
    @Test func everyFieldIsInTheTable() throws {
        let full = try Self.full()
        let names = Mirror(reflecting: full).children.compactMap(\.label)
        #expect(Self.differing(full, DaemonSettings()) == names, "a field has its default here")
        var copied = DaemonSettings()
        for setting in DaemonSetting.all { setting.copy(full, &copied) }
        #expect(Self.differing(copied, full) == [] && copied == full)
        #expect(DaemonSetting.all.count == names.count)
    }

    private static func record(_ settings: DaemonSettings) -> EndpointRecord {
        var record = EndpointRecord(
            endpoint: "/run/flom/s", journalPath: "/var/lib/flom/j", journalID: "ffe8dd2a4e9f0caff7bf2c2383409e96",
            bootID: "7de4f1709ed64449a6e9ae84ad354a69", pid: 20673, state: .running, lastEvent: 1, settings: settings)
        (record.seenNanoseconds, record.begunNanoseconds) = (1_727_436_072_433, 1_727_346_635_887)
        record.epoch = 1
        record.place = PlaceIdentity(text: "fe00-f80096 4026531832 b3be8297a2658e56")
        return record
    }

    /// What version 0.1.0 has written for these settings, padded with blanks to a page, and the rules behind the page.
    private static let page = """
        flom endpoint record 1
        last-event=00000000000000000001
        seen-ns=00000001727436072433
        endpoint=/run/flom/s
        journal=/var/lib/flom/j
        journal-id=ffe8dd2a4e9f0caff7bf2c2383409e96
        boot=7de4f1709ed64449a6e9ae84ad354a69
        pid=20673
        begun-ns=1727346635887
        state=running
        lifespan-ms=1000
        socket-mode=640
        sync=always
        max-overtake-ms=77
        port=0
        epoch=1
        lost-holder-delay-ms=4000
        reclaim-grace-ms=5000
        retention-us=7776000000000
        recording=name:2d2d70617373776f72643d2a
        log-level=debug
        access=4096:37:bf4e36e0f411d53549a1d8f787eb0bfbf8b1455c8390f3587bca1bd33b5a7295
        remote-admin=yes
        limits=10,1000,1000,1000,20000,100000,64,262144,512
        http=127.0.0.1:9650
        buckets=0.5,60
        mount-point=/run/flom files
        shut-since=
        listening=
        sync-failed=no
        accept-journal=no
        place=fe00-f80096 4026531832 b3be8297a2658e56
        tls-certificate=/etc/flom/a=b.pem
        tls-private-key=/etc/flom/key
        tls-ca-certificate=/etc/flom/ca
        tls-check-peer-id=yes
        tls-min-version=1.3
        tls-revoked=/etc/flom/revoked

        """
    private static let rules = "/etc/flom.conf:17\tallow all to uid 0\n"

    /// A daemon that is older, or newer, goes on with the record.
    @Test func theRecordHasTheseBytes() throws {
        let padding = String(repeating: " ", count: EndpointRecord.size - Self.page.utf8.count - 1) + "\n"
        let bytes = Array((Self.page + padding + Self.rules).utf8)
        let file = try #require(tmpfile())
        defer { fclose(file) }
        try Self.record(try Self.full()).write(fileno(file))
        var written = [UInt8](repeating: 0, count: 20_000)
        let count = pread(fileno(file), &written, written.count, 0)
        #expect(Array(written.prefix(max(0, count))) == bytes)
        ftruncate(fileno(file), 0)
        #expect(pwrite(fileno(file), bytes, bytes.count, 0) == bytes.count)
        #expect(EndpointRecord.read(fileno(file)) == Self.record(try Self.full()))
    }

    /// What is not recorded is not taken from a record either.
    private static let notRecorded = [
        "journalPath", "keepalive", "discoveryAttempts", "discoveryTimeoutMilliseconds", "discoveryTTL", "traceFile",
        "appendsTrace",
    ]

    @Test func aCrashLeavesWhatIsRecorded() throws {
        let full = try Self.full()
        let record = Self.record(full)
        #expect(Self.differing(record.settings, full) == Self.notRecorded)
        let endpoint = Endpoint.unix(path: "/run/flom/s", isDefault: false)
        let settings = try InheritedSettings.overlay(record, of: endpoint, on: DaemonSettings())
        #expect(Self.differing(settings, full) == Self.notRecorded)
    }

    @Test func aReloadTakesOverWhatItCan() throws {
        var before = DaemonSettings()
        (before.socketMode, before.journalPath) = (0o600, "/srv/i")
        let full = try Self.full()
        let (next, change) = SettingsChange.between(before, full)
        #expect(
            change.made == [
                "Lifespan (5000 → 1000)", "ReclaimGrace (30000 → 5000)", "Retention (forever → 7776000 s)",
                "RecordCommand (full → name)", "Redact (0 → 1 patterns)", "LogLevel (notice → debug)", "RemoteAdmin (no → yes)",
                "Rule (0 → 1 rules)",
                "Limits (20000,1000,1000,1000,20000,100000,64,262144,512 → 10,1000,1000,1000,20000,100000,64,262144,512)",
                "TcpKeepalive (60 s, 10 s, 6 times → 60 s, 10 s, 7 times)",
            ])
        #expect(
            change.impossible == [
                "SocketMode (600 → 640)", "Sync (auto → always)", "QueuePolicy and MaxOvertake (10000 ms → 77 ms)",
                "LostHolderDelay (15000 → 4000)", "Http (nowhere → 127.0.0.1:9650)",
                "Buckets (0.001,0.005,0.01,0.05,0.1,0.5,1,5,10,60,300,1800,3600,14400 → 0.5,60)",
                "MountPointVFS (nowhere → /run/flom files)", "the files and rules of TLS (none → others)",
                "File (/srv/i → /srv/j)",
                "DiscoveryAttempts (2 → 3)", "DiscoveryTimeout (500 → 600)", "DiscoveryTTL (1 → 4)",
            ])
        #expect(
            Self.differing(next, full) == [
                "socketMode", "journalPath", "sync", "queuePolicy", "lostHolderDelayMilliseconds", "tls", "discoveryAttempts",
                "discoveryTimeoutMilliseconds", "discoveryTTL", "http", "buckets", "mountPoint", "traceFile", "appendsTrace",
            ])
        #expect(SettingsChange.between(full, full).1 == SettingsChange())
        // A journal that nobody names stays.
        var unnamed = full
        unnamed.journalPath = nil
        #expect(SettingsChange.between(full, unnamed).1 == SettingsChange())
    }
}
