import FlomModel
import Testing

@testable import FlomStatusFiles

/// The files, as a function of the daemon's state.
@Suite struct StatusTreeTests {
    private static func row(
        _ number: Int64, _ resource: String, _ outcome: RequestOutcome, _ change: (inout HistoryRow) -> Void = { _ in }
    ) -> HistoryRow {
        var row = HistoryRow(
            request: RequestID(number), resource: Array(resource.utf8), mode: .exclusive, outcome: outcome, askedAt: 1_000_000)
        if outcome == .held {
            row.grantedAt = 2_500_000
            row.token = FencingToken(100 + number)
        }
        (row.user, row.host, row.uid, row.clientPID) = ("root", "vm", 0, 10)
        row.command = [Array("make".utf8), Array("a report".utf8)]
        change(&row)
        return row
    }

    private static func tree(_ rows: [HistoryRow], also: [String] = [], peers: [RequestID: String] = [:]) throws -> StatusTree {
        var numbers = LockerNumbers()
        return try tree(rows, &numbers, also: also, peers: peers)
    }

    private static func tree(
        _ rows: [HistoryRow], _ numbers: inout LockerNumbers, also: [String] = [], peers: [RequestID: String] = [:]
    ) throws -> StatusTree {
        var snapshot = StatusSnapshot()
        snapshot.rows = rows
        snapshot.resources = try also.map { try ResourceName(Array($0.utf8)) }
        snapshot.peers = peers
        (snapshot.endpoint, snapshot.version) = ("/run/s", "1")
        return StatusTree(snapshot, &numbers)
    }

    /// Each path with its content, as `find` would print them; `status.json` left out.
    private static func listing(_ tree: StatusTree) -> [String] {
        func visit(_ place: Place, _ path: String) -> [String] {
            tree.entries(of: place)!.flatMap { entry -> [String] in
                let path = path + "/" + entry.name
                if entry.place == .document { return [] }
                if entry.place.isDirectory { return [path + "/"] + visit(entry.place, path) }
                let content = String(decoding: tree.content(of: entry.place, at: 0)!, as: UTF8.self)
                return ["\(path)=\(content)"]
            }
        }
        return visit(.root, "")
    }

    private static let frame = ["/status/", "/status/incubator/", "/status/lockers/"]
    private static func common(_ command: String = "make 'a report'", since: String) -> [String] {
        ["pid=10\n", "user=root\n", "host=vm\n", "command=\(command)\n", "since=1970-01-01T00:00:\(since)Z\n"]
    }

    @Test func nothingIsThreeDirectories() throws { #expect(Self.listing(try Self.tree([])) == Self.frame) }

    /// The names and words of 1.7.2, for each kind: of a holder first, then of a waiter.
    @Test(arguments: [
        ("db", "simple", ["lock_mode=Exclusive"], ["lock_mode=Exclusive"], []),
        ("/a/b", "hierarchical", ["lock_mode=Exclusive", "path=/a/b\n"], ["lock_mode=Exclusive", "path=/a/b\n"], []),
        ("foo[3]", "numeric", ["quantity=2\n"], ["quantity=2\n"], []),
        ("a.b", "set", ["element=7\n"], [], ["element"]),
        ("_s_n[1]", "sequence", ["sequence_value=7\n"], [], ["sequence_value"]),
        ("_t_%Y%m%d%H%M%S[1]", "timestamp", ["timestamp_value=7\n"], [], ["timestamp_value"]),
    ])
    func eachKindHasItsFiles(name: String, kind: String, held: [String], waiting: [String], absent: [String]) throws {
        let change: (inout HistoryRow) -> Void = { row in
            row.quantity = 2
            if row.outcome == .held { row.element = Array("7".utf8) }
        }
        let tree = try Self.tree([Self.row(4, name, .held, change), Self.row(6, name, .waiting, change)])
        let holder = ["peer_name=localhost/\n"] + held + Self.common(since: "02.500000") + ["token=104\n"]
        let waiter = ["peer_name=localhost/\n"] + waiting + Self.common(since: "01.000000")
        let expected =
            Self.frame + ["/status/lockers/1/"]
            + [
                "resource_name=\(name)\n", "resource_type=\(kind)\n", "holders/", "holders/4/",
            ].map { "/status/lockers/1/" + $0 } + holder.map { "/status/lockers/1/holders/4/" + $0 }
            + ["/status/lockers/1/waitings/", "/status/lockers/1/waitings/6/"]
            + waiter.map { "/status/lockers/1/waitings/6/" + $0 }
        #expect(Self.listing(tree) == expected)
        for file in absent { #expect(tree.lookUp(file, in: .client(6)) == nil) }
    }

    @Test func whoWaitsForANameIsInTheIncubator() throws {
        let tree = try Self.tree([Self.row(9, "foo[3]", .awaitingCreation)])
        #expect(
            Self.listing(tree) == Self.frame[..<2] + ["/status/incubator/9/"]
                + (["peer_name=localhost/\n", "resource_name=foo[3]\n", "resource_type=numeric\n"]
                + Self.common(since: "01.000000")).map { "/status/incubator/9/" + $0 } + Self.frame[2...])
        #expect(tree.lookUp("9", in: .incubator) == .client(9) && tree.lookUp("9", in: .holders(1)) == nil)
    }

    @Test func holdersStandInTheOrderOfTheirGrantsAndWaitersInThatOfTheQueue() throws {
        let tree = try Self.tree([
            Self.row(7, "db", .waiting), Self.row(5, "db", .waiting), Self.row(3, "db", .held) { $0.token = FencingToken(9) },
            Self.row(4, "db", .held) { $0.token = FencingToken(8) },
        ])
        #expect(tree.entries(of: .holders(1))?.map(\.name) == ["4", "3"])
        #expect(tree.entries(of: .waitings(1))?.map(\.name) == ["5", "7"])
    }

    /// A resource keeps its number and its first name while it exists; paths share their root level's.
    @Test func numbersOfResourcesAreKeptAndNeverGivenAgain() throws {
        var numbers = LockerNumbers()
        func names(_ rows: [HistoryRow], also: [String] = []) throws -> [String] {
            let tree = try Self.tree(rows, &numbers, also: also)
            return tree.entries(of: .lockers)!.map { entry in
                let name = tree.content(of: tree.lookUp("resource_name", in: entry.place)!, at: 0)!
                return entry.name + "=" + String(decoding: name.dropLast(), as: UTF8.self)
            }
        }
        #expect(
            try names([Self.row(2, "/a/b", .held), Self.row(3, "db", .held)], also: ["/a", "idle"]) == [
                "1=/a/b", "2=db", "3=idle",
            ])
        #expect(try names([Self.row(4, "/a/c", .held)], also: ["idle"]) == ["1=/a/b", "3=idle"])
        #expect(try names([Self.row(5, "db", .held)]) == ["4=db"])
    }

    @Test func peersAreNamed() throws {
        let rows = [
            Self.row(1, "db", .held) { $0.uid = nil }, Self.row(2, "db", .waiting) { ($0.uid, $0.host) = (nil, "far\nhost") },
        ]
        let tree = try Self.tree(rows, peers: [RequestID(1): "::1/43488"])
        let names = [Int64(1), 2].map { String(decoding: tree.content(of: .clientFile($0, .peerName), at: 0)!, as: UTF8.self) }
        #expect(names == ["::1/43488\n", "far\u{FFFD}host/\n"])
    }

    @Test(arguments: ["04", "+4", "5", "", "x", "4 ", "-4", "99999999999999999999"])
    func onlyWhatIsListedIsFound(name: String) throws {
        let tree = try Self.tree([Self.row(4, "db", .held)])
        #expect(tree.lookUp("4", in: .holders(1)) == .client(4))
        #expect(tree.lookUp(name, in: .holders(1)) == nil && tree.lookUp(name, in: .waitings(1)) == nil)
    }

    @Test func theDocumentHasItsLengthAtEachMoment() throws {
        let tree = try Self.tree([Self.row(4, "db", .held)])
        let text = String(decoding: tree.content(of: .document, at: 1_700_000_000_000_000)!, as: UTF8.self)
        #expect(text.hasPrefix(#"{"at":"2023-11-14T22:13:20.000000Z","endpoint":"/run/s","version":"1","started_at":"#))
        #expect(text.contains(#""requests":[{"request":4,"#) && text.hasSuffix("}]}\n"))
        #expect(tree.size(of: .document) == text.utf8.count)
    }

    @Test func numbersOfPlacesLeadBack() {
        let lockers: [Place] = LockerFile.allCases.map { .lockerFile(7, $0) }
        let clients: [Place] = ClientFile.allCases.map { .clientFile(1 << 40, $0) }
        let all: [Place] =
            [.root, .document, .status, .incubator, .lockers, .locker(7), .holders(7), .waitings(7), .client(1 << 40)] + lockers
            + clients
        #expect(Set(all.map(\.inode)).count == all.count)
        for place in all { #expect(Place(inode: place.inode) == place) }
        for inode: UInt64 in [0, 6, 1 << 61 | 200, 1 << 62 | 200] { #expect(Place(inode: inode) == nil) }
    }
}
