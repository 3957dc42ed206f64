internal import FlomModel
internal import FlomReports

/// The files of one moment: the tree of 1.7.2, and what flom adds to it. docs/monitoring.md describes it for readers.
struct StatusTree {
    struct Entry: Equatable {
        let name: String
        let place: Place
    }

    private struct Locker {
        let name: [UInt8]
        let kind: ResourceKind
        var holders: [Int64] = []
        var waitings: [Int64] = []
        /// Microseconds since 1970-01-01 UTC, of the newest change that can still be seen; 0 if none can.
        var changedAt: Int64 = 0
    }

    private var lockers: [Int64: Locker] = [:]
    private var lockersInOrder: [Int64] = []
    private var incubator: [Int64] = []
    private var clients: [Int64: StatusClient] = [:]
    private let document: StatusDocument
    let takenAt: Int64
    private let startedAt: Int64

    init(_ snapshot: StatusSnapshot, _ numbers: inout LockerNumbers) {
        takenAt = snapshot.takenAt
        startedAt = snapshot.startedAt
        document = StatusDocument(
            snapshot.rows, endpoint: snapshot.endpoint, version: snapshot.version, startedAt: snapshot.startedAt,
            trouble: snapshot.trouble)
        let named = snapshot.rows.compactMap { row in (try? ResourceName(row.resource)).map { (row: row, name: $0) } }
            .sorted { $0.row.request < $1.row.request }
        numbers.follow(
            named.filter { $0.row.outcome != .awaitingCreation }.map { ($0.name.identity, $0.row.resource) }
                + snapshot.resources.map { ($0.identity, $0.bytes) })
        for (identity, known) in numbers.all {
            lockers[known.number] = Locker(name: known.name, kind: identity.kind)
            lockersInOrder.append(known.number)
        }
        // A waiter that is granted goes behind the other holders.
        let holders = named.filter { $0.row.outcome == .held }
            .sorted { ($0.row.token?.value ?? 0, $0.row.request) < ($1.row.token?.value ?? 0, $1.row.request) }
        for (row, name) in holders + named.filter({ $0.row.outcome != .held }) {
            let number = row.request.number
            var whereabouts = StatusClient.Whereabouts.incubator
            if row.outcome == .awaitingCreation {
                incubator.append(number)
            } else if let locker = numbers[name.identity]?.number {
                whereabouts = row.outcome == .held ? .holders(locker) : .waitings(locker)
                let place = row.outcome == .held ? \Locker.holders : \Locker.waitings
                lockers[locker]?[keyPath: place].append(number)
            }
            let client = StatusClient(
                row: row, kind: name.kind, whereabouts: whereabouts, peer: snapshot.peers[row.request])
            clients[number] = client
            if case .holders(let locker) = whereabouts { note(client.since, locker) }
            if case .waitings(let locker) = whereabouts { note(client.since, locker) }
        }
    }

    private mutating func note(_ moment: Int64, _ locker: Int64) {
        lockers[locker]!.changedAt = max(lockers[locker]!.changedAt, moment)
    }

    // MARK: - Directories

    /// What is in a directory, in order; nil if it does not exist.
    func entries(of place: Place) -> [Entry]? {
        switch place {
        case .root: return [Entry(name: "status", place: .status), Entry(name: "status.json", place: .document)]
        case .status: return [Entry(name: "incubator", place: .incubator), Entry(name: "lockers", place: .lockers)]
        case .incubator: return Self.numbered(incubator, Place.client)
        case .lockers: return Self.numbered(lockersInOrder, Place.locker)
        case .locker(let number):
            guard lockers[number] != nil else { return nil }
            return LockerFile.allCases.map { Entry(name: $0.rawValue, place: .lockerFile(number, $0)) } + [
                Entry(name: "holders", place: .holders(number)), Entry(name: "waitings", place: .waitings(number)),
            ]
        case .holders(let number): return lockers[number].map { Self.numbered($0.holders, Place.client) }
        case .waitings(let number): return lockers[number].map { Self.numbered($0.waitings, Place.client) }
        case .client(let number):
            return clients[number]?.files.map { Entry(name: $0.rawValue, place: .clientFile(number, $0)) }
        case .document, .lockerFile, .clientFile: return nil
        }
    }

    private static func numbered(_ numbers: [Int64], _ place: (Int64) -> Place) -> [Entry] {
        numbers.map { Entry(name: "\($0)", place: place($0)) }
    }

    /// What has a name in a directory; nil if there is no such name. The time does not depend on how much is there.
    func lookUp(_ name: String, in directory: Place) -> Place? {
        switch directory {
        case .root, .status, .locker, .client: return entries(of: directory)?.first { $0.name == name }?.place
        case .incubator: return client(name, .incubator)
        case .holders(let locker): return client(name, .holders(locker))
        case .waitings(let locker): return client(name, .waitings(locker))
        case .lockers: return Self.number(name).flatMap { lockers[$0] == nil ? nil : .locker($0) }
        case .document, .lockerFile, .clientFile: return nil
        }
    }

    private func client(_ name: String, _ whereabouts: StatusClient.Whereabouts) -> Place? {
        guard let number = Self.number(name), clients[number]?.whereabouts == whereabouts else { return nil }
        return .client(number)
    }

    private static func number(_ name: String) -> Int64? { Int64(name).flatMap { "\($0)" == name ? $0 : nil } }

    // MARK: - What is there

    func exists(_ place: Place) -> Bool {
        switch place {
        case .root, .document, .status, .incubator, .lockers: true
        case .locker(let number), .lockerFile(let number, _), .holders(let number), .waitings(let number):
            lockers[number] != nil
        case .client(let number): clients[number] != nil
        case .clientFile(let number, let file): clients[number]?.has(file) == true
        }
    }

    /// The bytes of a file; nil if it does not exist.
    ///
    /// - Parameter moment: at which this is the state, in microseconds since 1970-01-01 UTC.
    func content(of place: Place, at moment: Int64) -> [UInt8]? {
        switch place {
        case .document: Array(document.text(at: moment).utf8)
        case .lockerFile(let number, .name): lockers[number].map { $0.name + [UInt8(ascii: "\n")] }
        case .lockerFile(let number, .type): lockers[number].map { Array("\($0.kind.word)\n".utf8) }
        case .clientFile(let number, let file): clients[number]?.content(of: file)
        case .root, .status, .incubator, .lockers, .locker, .holders, .waitings, .client: nil
        }
    }

    /// The number of bytes of a file; 0 of a directory.
    func size(of place: Place) -> Int { place == .document ? document.byteCount : content(of: place, at: 0)?.count ?? 0 }

    /// When the place has changed, in microseconds since 1970-01-01 UTC.
    func changedAt(_ place: Place) -> Int64 {
        switch place {
        case .root, .status, .incubator, .lockers: startedAt
        case .document: takenAt
        case .locker(let number), .lockerFile(let number, _), .holders(let number), .waitings(let number):
            lockers[number].map { $0.changedAt == 0 ? startedAt : $0.changedAt } ?? startedAt
        case .client(let number), .clientFile(let number, _): clients[number]?.since ?? startedAt
        }
    }
}
