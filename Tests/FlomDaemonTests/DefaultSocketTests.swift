import FlomModel
import FlomStore
import FlomSystem
import Foundation
import Testing

@testable import FlomDaemon
@testable import FlomNetCore
@testable import FlomSettings

/// The default socket of a user: under the name or under the number.
@Suite final class DefaultSocketTests {
    private let directory: String
    private let uid = geteuid()

    init() throws {
        var template = Array("/tmp/flom-names-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    enum Trace: CaseIterable {
        case nothing
        /// A daemon has ended in order.
        case ended
        /// A daemon was killed.
        case crashed
        /// A daemon serves.
        case served
        /// A starter's lock, and no record.
        case empty
    }

    private var open: [Int32] = []

    private func leave(_ trace: Trace, as name: String, mode: mode_t = 0o600) throws {
        if trace == .nothing { return }
        let file = Foundation.open("\(directory)/flom-\(name).record", O_RDWR | O_CREAT | O_CLOEXEC, mode)
        try #require(file >= 0 && fchmod(file, mode) == 0)
        open.append(file)
        if trace != .empty {
            try EndpointRecord(
                endpoint: "/tmp/flom-\(name)", journalPath: "/j", journalID: "a", bootID: "b", pid: 1,
                state: trace == .ended ? .ended : .running, lastEvent: 1, settings: DaemonSettings()
            ).write(file)
        }
        if trace == .served || trace == .empty { try #require(flock(file, LOCK_EX | LOCK_NB) == 0) }
    }

    private func find(name: String?) -> String {
        let path = DefaultSocket.find(in: directory, uid: uid, name: name, host: uid)
        return String(path.dropFirst(directory.utf8.count + "/flom-".utf8.count))
    }

    private var number: String { "\(uid)" }

    @Test func withoutTracesItIsTheNameOrTheNumber() {
        #expect(find(name: "ada") == "ada")
        #expect(find(name: nil) == number)
    }

    /// The state under the name, the state under the number, and the choice when the name is known.
    static let pairs: [(Trace, Trace, isNamed: Bool)] = [
        (.nothing, .ended, false), (.nothing, .crashed, false), (.nothing, .served, false), (.nothing, .empty, true),
        (.ended, .nothing, true), (.ended, .crashed, false), (.ended, .served, false), (.ended, .empty, true),
        (.crashed, .ended, true), (.crashed, .served, false), (.served, .ended, true), (.served, .crashed, true),
    ]

    @Test(arguments: pairs) func aServedUserKeepsTheName(byName: Trace, byNumber: Trace, isNamed: Bool) throws {
        defer { for file in open { close(file) } }
        try leave(byName, as: "ada")
        try leave(byNumber, as: number)
        #expect(find(name: "ada") == (isNamed ? "ada" : number))
        // A silent directory service: an existing place is still found.
        let found = find(name: nil)
        #expect(found == (isNamed && byName != .nothing ? "ada" : number))
    }

    @Test func theDaemonThatServesIsTakenOfSeveral() throws {
        defer { for file in open { close(file) } }
        for (name, trace) in [("a", Trace.ended), ("b", .served), ("c", .crashed), ("d", .empty)] { try leave(trace, as: name) }
        #expect(find(name: nil) == "b")
    }

    @Test func rootOfANamespaceIsNotRoot() {
        func find(host: UInt32) -> String { DefaultSocket.find(in: directory, uid: 0, name: "root", host: host) }
        #expect(find(host: 0) == directory + "/flom-root")
        #expect(find(host: 1000) == directory + "/flom-root~1000")
    }

    /// A named socket is for others too, and not this user's default socket.
    @Test func aSharedSocketProvesNothing() throws {
        defer { for file in open { close(file) } }
        try leave(.served, as: "shared", mode: 0o644)
        #expect(find(name: nil) == number)
    }

    @Test func filesThatCouldBeAnothersProveNothing() throws {
        defer { for file in open { close(file) } }
        try leave(.served, as: "linked")
        let record = directory + "/flom-linked.record"
        try #require(link(record, directory + "/another-name") == 0)
        try #require(symlink(record, directory + "/flom-link.record") == 0)
        #expect(find(name: nil) == number)
        if geteuid() == 0 {
            try leave(.served, as: "theirs")
            try #require(chown(directory + "/flom-theirs.record", 4711, 4711) == 0)
            #expect(find(name: nil) == number)
        }
    }
}
