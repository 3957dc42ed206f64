internal import FlomModel
internal import FlomNetCore
package import FlomSettings
internal import FlomStore
internal import FlomSystem
internal import Glibc

/// What the directory of this user's journals knows about a UNIX socket: its journal, and a copy of its endpoint record.
///
/// The record beside the socket is usually in `/tmp`, where a tidy-up or a reboot removes it. Without the copy a journal that was
/// named once would be forgotten together with its locks, and fencing tokens would start again.
package struct JournalPlace {
    /// The path of its files without their extensions: `/var/lib/flom/flom-root@tmp`.
    let base: String
    package let journalPath: String
    /// The record that the last daemon has left; nil if there was none.
    package let record: EndpointRecord?
    let identity: PlaceIdentity
    private let bootID: String

    package var recordPath: String { base + Self.recordEnding }
    var stampsPath: String { base + ".stamps" }

    private static let recordEnding = ".place"
    private static let journalEnding = ".journal"

    /// - Parameter directory: of this user's journals, private.
    /// - Throws: `DaemonError` if the socket's directory does not exist.
    static func find(for socket: String, in directory: String, bootID: String) throws(DaemonError) -> JournalPlace {
        let real = Files.canonical(socket) ?? socket
        let place = Files.directory(of: real)
        guard let identity = PlaceIdentity.of(directory: place) else {
            throw DaemonError("the socket's directory '\(place)' does not exist")
        }
        return find(name: Files.name(of: real), endpoint: socket, place, identity, in: directory, bootID)
    }

    static func find(
        name: String, endpoint: String, _ place: String, _ identity: PlaceIdentity, in directory: String, _ bootID: String
    ) -> JournalPlace {
        func found(_ base: String, _ journal: String, _ record: EndpointRecord? = nil) -> JournalPlace {
            // A journal that was named may have been in a directory that is gone.
            let isThere = Files.status(of: Files.directory(of: journal)) != nil
            return JournalPlace(
                base: base, journalPath: isThere ? journal : base + journalEnding, record: record, identity: identity,
                bootID: bootID)
        }
        let first = "\(directory)/\(name)@\(escaped(place))"
        let firstRecord = read(first + recordEnding)
        var perhaps: JournalPlace?
        for (base, record) in [(first, firstRecord)] + (firstRecord == nil ? [] : others(first, in: directory)) {
            guard let record else { continue }
            switch relation(of: record, to: identity, bootID) {
            case .same: return found(base, record.journalPath, record)
            // A journal that is in use belongs to another place.
            case .perhaps where perhaps == nil && !JournalLock.isTaken(of: record.journalPath):
                perhaps = found(base, record.journalPath, record)
            case .perhaps, .other: break
            }
        }
        if let perhaps { return perhaps }
        guard firstRecord == nil else {
            let own = first + "~" + identity.suffix
            return found(own, own + journalEnding)
        }
        let journal = first + journalEnding
        if Files.status(of: journal, followLinks: false) != nil { return found(first, journal) }
        return found(first, earlier(name: name, endpoint, identity, in: directory, bootID) ?? journal)
    }

    /// Whether the journal is known to belong to another place with the same path.
    func isOthers(_ journal: String) -> Bool {
        guard journal != journalPath, journal.hasSuffix(Self.journalEnding),
            let record = Self.read(String(journal.dropLast(Self.journalEnding.utf8.count)) + Self.recordEnding)
        else { return false }
        return Self.relation(of: record, to: identity, bootID) == .other
    }

    private static func relation(of record: EndpointRecord, to now: PlaceIdentity, _ bootID: String) -> PlaceIdentity.Relation {
        guard let then = record.place else { return .other }
        let isKnown = !bootID.isEmpty && !record.bootID.isEmpty
        return then.relation(to: now, isOfThisBoot: isKnown ? record.bootID == bootID : nil)
    }

    private static func others(_ first: String, in directory: String) -> [(String, EndpointRecord?)] {
        let prefix = Files.name(of: first) + "~"
        return Files.names(in: directory).filter { $0.hasPrefix(prefix) && $0.hasSuffix(recordEnding) }.sorted().map {
            ("\(directory)/\($0.dropLast(recordEnding.utf8.count))", read("\(directory)/\($0)"))
        }
    }

    private static func read(_ path: String) -> EndpointRecord? {
        guard let file = try? Descriptor.open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK) else { return nil }
        return EndpointRecord.read(file.number)
    }

    /// A directory's path as a part of a name: `/run/user/1000` is `run-user-1000`.
    static func escaped(_ directory: String) -> String {
        var text = ""
        for byte in directory.utf8.drop(while: { $0 == UInt8(ascii: "/") }) {
            let letter = Character(Unicode.Scalar(byte))
            if byte == UInt8(ascii: "/") {
                text += "-"
            } else if letter.isASCII && (letter.isLetter || letter.isNumber || letter == "." || letter == "_") {
                text.append(letter)
            } else {
                text += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }
        }
        if text.isEmpty { return "-" }
        return text.utf8.count <= longestDirectory ? text : SHA256.digest(of: Array(directory.utf8)).description
    }

    /// Names have at most 255 bytes, those of sockets 107.
    private static let longestDirectory = 100

    // MARK: - The same path elsewhere

    /// Another place with this path, in which a daemon of this user serves now or has left requests open.
    package struct Elsewhere: Hashable, Sendable {
        package let journalPath: String
        /// The process id of the daemon that serves there; nil if none does.
        package let process: Int32?
        /// The number of requests that hold or wait there; nil if that cannot be read.
        package let openRequests: Int?

        /// Completes `'/tmp/flom-ada' is …`.
        package var sentence: String {
            let who = process.map { "a daemon (process \($0))" } ?? "a daemon that was killed"
            let open = openRequests.map { "\($0) open request\($0 == 1 ? "" : "s")" } ?? "open requests"
            return
                "another place here than where \(who) of this user has \(open) in '\(journalPath)' (a /tmp of one's own: PrivateTmp=, a "
                + "container, a mount namespace), and locks here exclude none there"
        }

        /// The advice for the user.
        package static let advice =
            "name one socket for both, in a directory that both see (-s /run/flom/flom.sock), or one address (-a), or a group (-A)"
    }

    /// The places that the same path denotes elsewhere, and in which requests are open.
    package var elsewhere: [Elsewhere] {
        let first = base.split(separator: "~", maxSplits: 1).first.map(String.init) ?? base
        return ([(first, Self.read(first + Self.recordEnding))] + Self.others(first, in: Files.directory(of: base))).compactMap {
            base, record in
            guard base != self.base, let record, Self.relation(of: record, to: identity, bootID) == .other,
                record.bootID == bootID, record.state != .ended
            else { return nil }
            let isServed = JournalLock.isTaken(of: record.journalPath)
            let open = (try? JournalReader.open(path: record.journalPath)).flatMap { journal in
                defer { journal.close() }
                return (try? journal.openRequests())?.count
            }
            guard isServed || open.map({ $0 > 0 }) ?? true else { return nil }
            return Elsewhere(journalPath: record.journalPath, process: isServed ? record.pid : nil, openRequests: open)
        }
    }

    // MARK: - Journals from before

    /// A journal that an earlier version named by device and inode: the one for this directory, or else one for the same path in
    /// an earlier boot.
    private static func earlier(
        name: String, _ endpoint: String, _ identity: PlaceIdentity, in directory: String, _ bootID: String
    ) -> String? {
        func lastStart(_ path: String) -> DaemonStart? {
            guard let journal = try? JournalReader.open(path: path) else { return nil }
            defer { journal.close() }
            return try? journal.lastStart()
        }
        func isOfHere(_ start: DaemonStart) -> Bool {
            start.endpoint == endpoint || Files.canonical(start.endpoint) == Files.canonical(endpoint)
        }
        let exact = "\(directory)/\(name)@\(identity.suffix)\(journalEnding)"
        // A tmpfs reuses its numbers, also for another path.
        if Files.status(of: exact, followLinks: false) != nil, lastStart(exact).map(isOfHere) ?? true { return exact }
        let names = Files.names(in: directory)
        let taken = Set(names.filter { $0.hasSuffix(recordEnding) }.compactMap { read("\(directory)/\($0)")?.journalPath })
        let found = names.filter { $0.hasPrefix(name + "@") && isEarlierName($0.dropFirst(name.utf8.count + 1)) }
            .map { "\(directory)/\($0)" }
            .filter { path in
                guard !taken.contains(path), !JournalLock.isTaken(of: path), let start = lastStart(path) else { return false }
                return isOfHere(start) && !bootID.isEmpty && !start.bootID.isEmpty && start.bootID != bootID
            }
        return found.max { (Files.status(of: $0)?.st_mtim.tv_sec ?? 0) < (Files.status(of: $1)?.st_mtim.tv_sec ?? 0) }
    }

    /// Whether a name ends as an earlier version named journals: `4c-1.journal`.
    private static func isEarlierName(_ rest: Substring) -> Bool {
        guard rest.hasSuffix(journalEnding) else { return false }
        let numbers = rest.dropLast(journalEnding.utf8.count).split(separator: "-", omittingEmptySubsequences: false)
        return numbers.count == 2 && numbers.allSatisfy { UInt64($0, radix: 16) != nil }
    }

    // MARK: - Places that are gone

    /// Removes the files of sockets in temporary directories: directory and journal have been gone for a month.
    func sweep() {
        guard record == nil else { return }
        let directory = Files.directory(of: base)
        let oldest = Clock.wallMicroseconds() / 1_000_000 - Self.keptSeconds
        for name in Files.names(in: directory) where name.hasSuffix(Self.recordEnding) {
            let path = "\(directory)/\(name)"
            guard let found = Files.status(of: path, followLinks: false), Int64(found.st_mtim.tv_sec) < oldest,
                let record = Self.read(path), record.state == .ended, Files.status(of: record.journalPath) == nil,
                Files.status(of: Files.directory(of: record.endpoint)) == nil
            else { continue }
            unlink(String(path.dropLast(Self.recordEnding.utf8.count)) + ".stamps")
            unlink(path)
        }
    }

    private static let keptSeconds: Int64 = 30 * 24 * 3600
}
