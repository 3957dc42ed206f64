package import FlomNetCore
package import FlomSystem
internal import Glibc

/// The file beside the socket that says which journal belongs to this endpoint and what its daemon was started with.
///
/// It is never removed while it is in use. The process that starts a daemon, and then that daemon, holds a lock on it. Without it
/// another user's client, another HOME or a link to the directory would start the endpoint's next daemon on an empty journal, and
/// let in a second holder.
package struct EndpointRecord: Hashable, Sendable {
    package typealias State = EndpointState

    package var endpoint: String
    package var journalPath: String
    package var journalID: String
    package var bootID: String
    package var pid: Int32
    /// CLOCK_BOOTTIME at the daemon's start, in nanoseconds. It tells a daemon from the one before in the same process.
    package var begunNanoseconds: Int64 = 0
    /// The host's CLOCK_BOOTTIME in nanoseconds when the last event was recorded here; 0 where a time namespace hides that clock,
    /// nil in a record of before this was noted.
    package var seenNanoseconds: Int64?
    package var state: State
    package var lastEvent: Int64
    /// The epoch of the fencing tokens: a journal that is restored from a copy must not give out the same tokens again.
    package var epoch: Int64 = 0
    /// What the daemon was started with, as far as it is recorded (`DaemonSetting`); otherwise the defaults.
    package var settings = DaemonSettings()
    /// Whether the rules of access, which lie behind the page (`RecordedRules`), could be read.
    private var knowsRules = true
    /// The journal's clock of listening, in milliseconds, when its daemon found the journal behind this record and shut
    /// everything. Nil when the grace is over. See `HolderInquiry.graceLeft`.
    package var shutSince: Int64?
    /// Whether the device may lack some of the journal's log, which it reports only once: see `JournalLog.writeAnew`.
    package var hasFailedSync = false
    /// Whether a person lets the next daemon begin with the journal as it is: see `JournalContinuity`.
    package var acceptsJournal = false
    /// The identity of the UNIX socket's directory, in the boot of `bootID`.
    package var place: PlaceIdentity?
    /// The addresses at which the daemon can be reached from its own host, since addresses have come and gone (`AddressKeeper`).
    /// Empty where the endpoint's own address leads to it.
    package var listening: [InternetAddress] = []
    /// The TCP port in use; 0 for a UNIX socket. A port that the system chose is bound again by the next daemon.
    package var port: UInt16 = 0

    /// Whether the record may be of another boot. Unknown ids say nothing; the journal's clock decides then.
    package func mayBeOfAnotherBoot(than bootID: String) -> Bool {
        !bootID.isEmpty && !self.bootID.isEmpty && bootID != self.bootID
    }

    /// The rules of access; nil if they cannot be read.
    package var access: AccessSettings? {
        get { knowsRules ? settings.access : nil }
        set {
            knowsRules = newValue != nil
            settings.access = newValue ?? AccessSettings()
        }
    }

    // MARK: - On disk

    private static let heading = EndpointState.heading
    /// `last-event` and `seen-ns` come first and have a fixed width, so that they can be written in place after every commit.
    private static let lastEventOffset = heading.utf8.count + 1
    private static let lastEventWidth = 20
    private static let sizeLimit = RecordedRules.end
    /// The size of the record in bytes: a page, of which the kernel takes over all or nothing. A writer that is killed in the
    /// middle leaves a whole record.
    package static let size = 4096

    /// The record in a file; nil if the file is empty (a new record) or holds no record.
    package static func read(_ descriptor: Int32) -> EndpointRecord? {
        lseek(descriptor, 0, SEEK_SET)
        guard let bytes = Files.contents(of: descriptor, limit: sizeLimit) else { return nil }
        return EndpointRecord(bytes)
    }

    /// The record of an endpoint, for any user who may read it. Where every user may make files, a record of another user says
    /// nothing about a user's own default endpoint, and nothing at all to root.
    package static func read(of endpoint: Endpoint) -> EndpointRecord? {
        let path = endpoint.recordPath
        guard let descriptor = try? Descriptor.open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK),
            let found = try? descriptor.status(), found.st_mode & S_IFMT == S_IFREG
        else { return nil }
        let isOwn = found.st_uid == geteuid() || found.st_uid == 0
        if !isOwn, endpoint.isDefault || geteuid() == 0, Trust.isOpenToAll(Files.directory(of: path)) { return nil }
        return read(descriptor.number)
    }

    private init?(_ bytes: [UInt8]) {
        let page = bytes.prefix(Self.size)
        let content = page.prefix((page.lastIndex { !Self.padding.contains($0) } ?? -1) + 1)
        let lines = String(decoding: content, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.first.map(String.init) == Self.heading else { return nil }
        var values: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let equals = line.firstIndex(of: "=") else { continue }
            values[String(line[..<equals])] = String(line[line.index(after: equals)...])
        }
        guard let endpoint = values["endpoint"], let journalPath = values["journal"], let journalID = values["journal-id"],
            let bootID = values["boot"], let pid = values["pid"].flatMap({ Int32($0) }),
            let state = values["state"].flatMap({ State(rawValue: $0) }),
            let lastEvent = values["last-event"].flatMap({ Int64($0) })
        else { return nil }
        self.init(
            endpoint: endpoint, journalPath: journalPath, journalID: journalID, bootID: bootID, pid: pid, state: state,
            lastEvent: lastEvent, settings: DaemonSettings())
        for case .line(let line) in DaemonSetting.all.map(\.recorded) {
            let isRead = values[line.key].map { line.read($0, &settings) } ?? false
            guard isRead || !line.isRequired else { return nil }
        }
        access = RecordedRules.read(values["access"], letsRemoteAdministrate: values["remote-admin"] == "yes", from: bytes)
        settings.tls = TLSSettings(recordValues: values)
        begunNanoseconds = values["begun-ns"].flatMap { Int64($0) } ?? 0
        seenNanoseconds = values["seen-ns"].flatMap { Int64($0) }
        port = values["port"].flatMap { UInt16($0) } ?? 0
        epoch = values["epoch"].flatMap { Int64($0) } ?? 0
        listening = (values["listening"] ?? "").split(separator: " ").compactMap { word in
            let parts = word.split(separator: "/")
            guard parts.count == 2, let port = UInt16(parts[1]) else { return nil }
            return InternetAddress(text: String(parts[0]), port: port)
        }
        shutSince = values["shut-since"].flatMap { Int64($0) }
        hasFailedSync = values["sync-failed"] == "yes"
        acceptsJournal = values["accept-journal"] == "yes"
        place = values["place"].flatMap { PlaceIdentity(text: $0) }
    }

    /// - Parameter settings: of which the record takes what is recorded.
    package init(
        endpoint: String, journalPath: String, journalID: String, bootID: String, pid: Int32, state: State, lastEvent: Int64,
        settings: DaemonSettings
    ) {
        self.endpoint = endpoint
        self.journalPath = journalPath
        self.journalID = journalID
        self.bootID = bootID
        self.pid = pid
        self.state = state
        self.lastEvent = lastEvent
        apply(settings)
    }

    /// Takes over the settings that a record carries.
    package mutating func apply(_ wanted: DaemonSettings) {
        for setting in DaemonSetting.all where setting.isRecorded { setting.copy(wanted, &settings) }
        knowsRules = true
    }

    /// The lines of the settings: those that the first version wrote, or the others.
    ///
    /// - Parameter rules: where the rules lie.
    private func lines(areRequired: Bool, rules: String) -> String {
        DaemonSetting.all.compactMap { setting in
            switch setting.recorded {
            case .line(let line): line.isRequired == areRequired ? "\(line.key)=\(line.text(settings))" : nil
            case .rules:
                areRequired ? nil : "access=\(rules)\nremote-admin=\(settings.access.letsRemoteAdministrate ? "yes" : "no")"
            case .tls, .no: nil
            }
        }.joined(separator: "\n")
    }

    private func text(rules: String) -> String {
        """
        \(Self.heading)
        \(Self.progress(lastEvent, seenNanoseconds))
        endpoint=\(endpoint)
        journal=\(journalPath)
        journal-id=\(journalID)
        boot=\(bootID)
        pid=\(pid)
        begun-ns=\(begunNanoseconds)
        state=\(state.rawValue)
        \(lines(areRequired: true, rules: rules))
        port=\(port)
        epoch=\(epoch)
        \(lines(areRequired: false, rules: rules))
        shut-since=\(shutSince.map { "\($0)" } ?? "")
        listening=\(listening.map { "\($0.text)/\($0.port)" }.joined(separator: " "))
        sync-failed=\(hasFailedSync ? "yes" : "no")
        accept-journal=\(acceptsJournal ? "yes" : "no")
        place=\(place?.text ?? "")
        \(settings.tls?.recordLines ?? "tls=no")

        """
    }

    private static func padded(_ number: Int64) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, lastEventWidth - digits.utf8.count)) + digits
    }

    private static let padding = [UInt8(ascii: " "), UInt8(ascii: "\n")]

    /// Replaces the content.
    ///
    /// - Throws: ENAMETOOLONG if the content does not fit, which only long paths can cause.
    package func write(_ descriptor: Int32) throws(SystemError) {
        var bytes = Array(text(rules: try RecordedRules.write(access, to: descriptor)).utf8)
        guard bytes.count < Self.size else { throw SystemError("write", "endpoint record", code: ENAMETOOLONG) }
        bytes += [UInt8](repeating: UInt8(ascii: " "), count: Self.size - bytes.count - 1) + [UInt8(ascii: "\n")]
        let count = bytes.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
        guard count == bytes.count else { throw SystemError("write", "endpoint record") }
    }

    /// Whether the record differs from another one in more than which daemon runs and how far that has come. Then it has to be on
    /// the device before any client is served, or a loss of power leaves an endpoint that does not know its journal.
    package func saysMore(than other: EndpointRecord?) -> Bool {
        guard var other else { return true }
        (other.pid, other.begunNanoseconds, other.lastEvent, other.seenNanoseconds) =
            (pid, begunNanoseconds, lastEvent, seenNanoseconds)
        return other != self
    }

    package static func synchronize(_ descriptor: Int32) throws(SystemError) {
        // EINVAL: it lies on a file system where nothing outlives a loss of power anyway.
        guard fdatasync(descriptor) == 0 || errno == EINVAL else { throw SystemError("fdatasync", "endpoint record") }
    }

    private static func progress(_ number: Int64, _ seen: Int64?) -> String {
        "last-event=\(padded(number))" + (seen.map { "\nseen-ns=\(padded($0))" } ?? "")
    }

    /// Writes the progress in place. Cheap enough for every turn: one system call, no sync.
    ///
    /// - Parameter seen: see `seenNanoseconds`; nil only if the record was written without.
    package static func writeLastEvent(_ number: Int64, seen: Int64?, to descriptor: Int32) {
        let digits = Array(progress(number, seen).utf8)
        digits.withUnsafeBytes { _ = pwrite(descriptor, $0.baseAddress, $0.count, off_t(lastEventOffset)) }
    }
}

extension TLSSettings {
    fileprivate init?(recordValues values: [String: String]) {
        guard let certificate = values["tls-certificate"], let key = values["tls-private-key"],
            let authorities = values["tls-ca-certificate"]
        else { return nil }
        self.init(certificate: certificate, privateKey: key, authorities: authorities)
        checksPeerID = values["tls-check-peer-id"] == "yes"
        if let version = values["tls-min-version"].flatMap({ MinimumVersion(rawValue: $0) }) { minimumVersion = version }
        if let path = values["tls-revoked"], !path.isEmpty { revoked = path }
    }

    fileprivate var recordLines: String {
        """
        tls-certificate=\(certificate)
        tls-private-key=\(privateKey)
        tls-ca-certificate=\(authorities)
        tls-check-peer-id=\(checksPeerID ? "yes" : "no")
        tls-min-version=\(minimumVersion.rawValue)
        tls-revoked=\(revoked ?? "")
        """
    }
}
