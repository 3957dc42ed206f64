import FlomEngine
import FlomModel
import FlomNetCore
import FlomStore
import Foundation
import Testing

@testable import FlomDaemon
@testable import FlomSettings

/// The identity of a place: it distinguishes places of one path.
@Suite struct PlaceIdentityTests {
    private static let table = """
        22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda1 rw
        30 22 0:26 / /tmp rw shared:2 - tmpfs tmpfs rw,size=1g
        31 22 0:27 / /run/user/1000 rw - tmpfs tmpfs rw
        40 22 254:0 /srv/a\\040b /mnt/with\\040blank rw - ext4 /dev/vda1 rw
        """
    private static let unit = """
        22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda1 rw
        50 22 254:0 /tmp/systemd-private-0123456789abcdef0123456789abcdef-db.service-aB3dEf/tmp /tmp rw - ext4 /dev/vda1 rw
        """
    private static let nextBoot = """
        22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vdb1 rw
        50 22 254:1 /tmp/systemd-private-fedcba9876543210fedcba9876543210-db.service-Zz9Yy8/tmp /tmp rw - ext4 /dev/vdb1 rw
        """
    private static let container = """
        60 1 0:50 / / rw - overlay overlay rw,lowerdir=/l,upperdir=/var/lib/containers/one/diff,workdir=/w
        """

    private func kind(_ directory: String, _ table: String) -> String? {
        MountTable.kind(of: directory, in: Array(table.utf8))
    }

    @Test func theMountThatIsSeenCounts() {
        #expect(kind("/tmp", Self.table) == "tmpfs / ")
        #expect(kind("/tmp/below", Self.table) == "tmpfs / ")
        #expect(kind("/tmpfs", Self.table) == "ext4 / ")
        #expect(kind("/mnt/with blank/x", Self.table) == "ext4 /srv/a b ")
        #expect(kind("/tmp", "nonsense\n1 2 3 - 4") == nil)
    }

    @Test func aUnitsPrivatePlaceIsTheSameAfterAReboot() {
        let now = kind("/tmp", Self.unit)
        #expect(now == "ext4 /tmp/systemd-private-db.service/tmp " && now == kind("/tmp", Self.nextBoot))
        #expect(now != kind("/tmp", Self.table))
    }

    @Test func containersDifferByTheirOwnFiles() {
        #expect(kind("/tmp", Self.container) == "overlay / upperdir=/var/lib/containers/one/diff")
    }

    typealias Case = (device: UInt64, namespace: UInt64, mount: String, isOfThisBoot: Bool?, relation: PlaceIdentity.Relation)
    /// Each row compared with device 1 in namespace 7 with mount `m`.
    static let cases: [Case] = [
        (1, 7, "m", true, .same), (1, 8, "m", true, .same), (1, 7, "m", nil, .same),
        // Mounted anew in the same namespace: the earlier place is gone.
        (2, 7, "m", true, .same), (2, 7, "n", true, .other), (2, 7, "m", nil, .same),
        // Another namespace, and another directory in it.
        (2, 8, "m", true, .other), (2, 0, "m", true, .other), (2, 8, "m", nil, .other),
        // After a reboot the numbers mean nothing.
        (1, 7, "n", false, .other), (2, 8, "m", false, .perhaps), (1, 7, "m", false, .perhaps),
    ]

    @Test(arguments: cases) func placesAreToldApart(_ one: Case) {
        let then = PlaceIdentity(device: one.device, inode: 1, namespace: one.namespace, mount: one.mount)
        let now = PlaceIdentity(device: 1, inode: 1, namespace: 7, mount: "m")
        #expect(then.relation(to: now, isOfThisBoot: one.isOfThisBoot) == one.relation)
        #expect(PlaceIdentity(text: then.text) == then)
    }
}

/// The journal of a socket whose record is missing.
@Suite final class PlaceOfJournalTests {
    private let directory: String
    private let here = PlaceIdentity(device: 0x4c, inode: 1, namespace: 7, mount: "m")

    init() throws {
        var template = Array("/tmp/flom-place-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    private func find(_ identity: PlaceIdentity? = nil, boot: String = "now") -> JournalPlace {
        JournalPlace.find(name: "s", endpoint: "/tmp/s", "/tmp", identity ?? here, in: directory, boot)
    }

    private func name(_ place: JournalPlace) -> String { String(place.journalPath.dropFirst(directory.utf8.count + 1)) }

    private func leave(_ base: String, journal: String, _ identity: PlaceIdentity, boot: String = "now") throws {
        let file = open("\(directory)/\(base).place", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        try #require(file >= 0)
        defer { close(file) }
        var record = EndpointRecord(
            endpoint: "/tmp/s", journalPath: journal.hasPrefix("/") ? journal : "\(directory)/\(journal)", journalID: "a",
            bootID: boot, pid: 1, state: .running, lastEvent: 1, settings: DaemonSettings())
        record.place = identity
        try record.write(file)
    }

    private var mountedAnew: PlaceIdentity { PlaceIdentity(device: 0x4d, inode: 1, namespace: 7, mount: "m") }
    private var elsewhere: PlaceIdentity { PlaceIdentity(device: 0x4d, inode: 1, namespace: 8, mount: "m") }

    @Test func aNewPlaceIsNamedByItsPath() {
        #expect(name(find()) == "s@tmp.journal" && find().record == nil)
    }

    @Test func itsOwnIsFoundAlsoWhenItWasNamed() throws {
        try leave("s@tmp", journal: "elsewhere", here)
        #expect(name(find()) == "elsewhere" && find().record != nil)
    }

    @Test func aNamedJournalOnALostFileSystemIsNotReplaced() throws {
        try leave("s@tmp", journal: "/nowhere/at/all/j", here)
        #expect(name(find()) == "s@tmp.journal")
    }

    @Test func aDeviceNumberThatChangesChangesNothing() throws {
        try leave("s@tmp", journal: "s@tmp.journal", mountedAnew)
        #expect(name(find()) == "s@tmp.journal")
        // After a reboot the namespace has another number too.
        try leave("s@tmp", journal: "s@tmp.journal", elsewhere, boot: "before")
        #expect(name(find()) == "s@tmp.journal" && find().record != nil)
    }

    @Test func anotherPlaceOfTheSamePathHasAnotherJournal() throws {
        try leave("s@tmp", journal: "s@tmp.journal", elsewhere)
        #expect(name(find()) == "s@tmp~4c-1.journal" && find().record == nil)
        #expect(find().isOthers("\(directory)/s@tmp.journal"))
        try leave("s@tmp~4c-1", journal: "s@tmp~4c-1.journal", here)
        #expect(name(find()) == "s@tmp~4c-1.journal" && find().record != nil)
        #expect(name(find(elsewhere)) == "s@tmp.journal")
    }

    @Test func openRequestsElsewhereAreKnown() throws {
        #expect(find().elsewhere.isEmpty)
        try makeJournal("s@tmp.journal", endpoint: "/tmp/s", boot: "now")
        try leave("s@tmp", journal: "s@tmp.journal", elsewhere)
        // A daemon was killed, and has left no file.
        #expect(find().elsewhere.isEmpty)
        let lock = open("\(directory)/s@tmp.journal.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        try #require(flock(lock, LOCK_EX | LOCK_NB) == 0)
        let found = find().elsewhere
        #expect(found.map(\.process) == [1] && found.map(\.openRequests) == [0])
        close(lock)
        // Its journal cannot be read.
        unlink("\(directory)/s@tmp.journal")
        #expect(find().elsewhere.map(\.openRequests) == [nil])
    }

    /// A place that looks the same after a reboot is another one if a daemon uses its journal.
    @Test func aJournalInUseIsNotTakenOver() throws {
        try leave("s@tmp", journal: "s@tmp.journal", elsewhere, boot: "before")
        let lock = open("\(directory)/s@tmp.journal.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        defer { close(lock) }
        try #require(flock(lock, LOCK_EX | LOCK_NB) == 0)
        #expect(name(find()) == "s@tmp~4c-1.journal")
    }

    private func makeJournal(_ name: String, endpoint: String, boot: String) throws {
        let stamp = Moment(boottime: Instant(nanoseconds: 1), wallMicroseconds: 1)
        let journal = try Journal.open(
            .init(path: "\(directory)/\(name)", sync: .off, machineID: "", bootID: boot), now: stamp)
        try journal.commit([.daemonStarted(.init(pid: 1, bootID: boot, version: "0", endpoint: endpoint))], at: stamp)
        journal.close()
    }

    @Test func journalsFromBeforeAreFound() throws {
        // A journal of another path that had the same numbers; a journal of this path in this boot, so of another place.
        try makeJournal("s@4c-1.journal", endpoint: "/nowhere/at/all/s", boot: "before")
        try makeJournal("s@5-1.journal", endpoint: "/tmp/s", boot: "now")
        #expect(name(find()) == "s@tmp.journal")
        try makeJournal("s@6-1.journal", endpoint: "/tmp/s", boot: "before")
        #expect(name(find()) == "s@6-1.journal")
        try leave("t@tmp", journal: "s@6-1.journal", elsewhere)
        #expect(name(find()) == "s@tmp.journal")
        unlink("\(directory)/s@4c-1.journal")
        try makeJournal("s@4c-1.journal", endpoint: "/tmp/s", boot: "now")
        #expect(name(find()) == "s@4c-1.journal")
    }

    static let paths = [
        ("/tmp", "tmp"), ("/", "-"), ("/run/user/1000", "run-user-1000"), ("/a-b/c d", "a%2db-c%20d"), ("/ü", "%c3%bc"),
    ]

    @Test(arguments: paths) func pathsBecomeNames(path: String, name: String) { #expect(JournalPlace.escaped(path) == name) }

    @Test func aLongPathIsADigest() {
        #expect(JournalPlace.escaped("/" + String(repeating: "x", count: 300)).utf8.count == 64)
    }

    // MARK: - Stamps

    @Test func stampsOutliveTheJournal() throws {
        let path = directory + "/s.stamps"
        let name = try ResourceName(Array("_t_%Y%m%d%H[1]".utf8))
        let other = try ResourceName(Array("_t_%H%d%m%Y[1]".utf8))
        func stamp(_ shown: Int64) -> TimestampValue { TimestampValue(shown: shown, text: Array("\(shown)".utf8)) }
        var known = [name: stamp(5)]
        var marks: StampMarks? = StampMarks(path: path, stamps: &known)
        marks?.note(
            .lives(
                StoredResource(
                    name: other, idleLifespanMilliseconds: 0, idleSince: nil,
                    state: .timestamp(firstShown: 1, last: stamp(7)))))
        marks = nil
        // A new journal, and one that is a copy.
        for before in [[:], [name: stamp(4)], [name: stamp(9)]] {
            var found = before
            marks = StampMarks(path: path, stamps: &found)
            #expect(found == [name: before[name] == stamp(9) ? stamp(9) : stamp(5), other: stamp(7)])
        }
    }

    @Test func invalidLinesOfStampsAreSkipped() throws {
        let path = directory + "/s.stamps"
        try Data("nonsense\n7 ! \n5 NQ== X3RfJVklbSVkJUhbMV0=\n6 Ng".utf8).write(to: URL(fileURLWithPath: path))
        var found: [ResourceName: TimestampValue] = [:]
        _ = StampMarks(path: path, stamps: &found)
        #expect(found == [try ResourceName(Array("_t_%Y%m%d%H[1]".utf8)): TimestampValue(shown: 5, text: Array("5".utf8))])
    }
}
