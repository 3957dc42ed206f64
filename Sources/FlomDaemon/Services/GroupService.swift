internal import FlomNet
internal import FlomNetCore
internal import FlomSettings
internal import FlomSystem
internal import FlomWire
internal import Glibc
internal import NIOCore
internal import NIOPosix

/// The daemon's part in its multicast group: decides which of several daemons serves, and answers discovery queries.
///
/// **Two starters at one moment.** A starter joins silently and asks the group, naming its journal. If a daemon answers, the
/// starter yields. A starter that hears the query of another with an older journal waits one more timeout, in which that one
/// comes up, and asks again. A daemon whose journal has open grants never yields.
///
/// Used on the daemon's loop only; lives as long as the process.
final class GroupService {
    /// What the responder passes on, apart from the queries that it answers.
    private final class Ear {
        let note: DiscoveryNote?
        let onQuery: (InternetAddress) -> Void
        /// Whether this daemon answers.
        var isServing = false
        /// Whether a starter that takes precedence has asked.
        var hasHeardSenior = false

        init(_ note: DiscoveryNote?, onQuery: @escaping (InternetAddress) -> Void) {
            self.note = note
            self.onQuery = onQuery
        }

        func hear(_ heard: DiscoveryNote?, from source: InternetAddress) {
            // This daemon's own searches are ignored.
            if isServing, heard == nil || heard?.daemonID != note?.daemonID { onQuery(source) }
            if let heard, let note, heard.daemonID != note.daemonID, heard.isSenior(to: note) { hasHeardSenior = true }
        }
    }

    private let loop: any EventLoop
    private let answer: DiscoveryResponder.Answer
    private var note: DiscoveryNote? { answer.note }
    private var discovery: Discovery
    private let ear: Ear
    private let responder: DiscoveryResponder
    /// Queries block, so they have their own thread.
    private let pool = NIOThreadPool(numberOfThreads: 1)

    /// The most rounds: a senior starter that never comes up must not leave the group without a daemon.
    private static let mostRounds = 5
    /// How often a daemon looks for others in its group.
    private static let watchInterval = TimeAmount.seconds(60)

    static func address(of endpoint: NetworkEndpoint) throws(NetworkError) -> InternetAddress {
        try Resolver.group(
            endpoint.group ?? "", port: endpoint.groupPort, interface: endpoint.interface,
            until: .after(milliseconds: Listening.namingMilliseconds))
    }

    /// - Parameter onQuery: told the sources of other hosts' queries, once this daemon answers.
    init(
        on loop: any EventLoop, endpoint: NetworkEndpoint, settings: DaemonSettings, answer: DiscoveryResponder.Answer,
        onQuery: @escaping (InternetAddress) -> Void
    ) throws(NetworkError) {
        self.loop = loop
        self.answer = answer
        let group = try Self.address(of: endpoint)
        discovery = Discovery(group: group)
        discovery.attempts = settings.discoveryAttempts
        discovery.timeoutMilliseconds = Int64(settings.discoveryTimeoutMilliseconds)
        discovery.ttl = settings.discoveryTTL
        let ear = Ear(answer.note, onQuery: onQuery)
        self.ear = ear
        responder = DiscoveryResponder(on: loop, group: group, onQuery: { ear.hear($0, from: $1) })
    }

    // MARK: - Starting

    func start(neverYields: Bool, whenReady: @escaping (Readiness) -> Void) {
        pool.start()
        responder.start { [self] error in
            if let error { return whenReady(.failed(error.sentence)) }
            if neverYields { return serve(whenReady) }
            findOthers(round: 1, whenReady)
        }
    }

    /// Finds out whether another daemon serves the group, or takes precedence.
    private func findOthers(round: Int, _ whenReady: @escaping (Readiness) -> Void) {
        ear.hasHeardSenior = false
        ask { [self] others in
            if !others.isEmpty { return whenReady(.yields) }
            // After a senior's query its rounds end first, and then this starter asks once more.
            if ear.hasHeardSenior && round < Self.mostRounds { return findOthers(round: round + 1, whenReady) }
            serve(whenReady)
        }
    }

    private func serve(_ whenReady: @escaping (Readiness) -> Void) {
        responder.answer = answer
        ear.isServing = true
        whenReady(.ready)
    }

    /// Asks the group who serves it, excluding this daemon.
    private func ask(_ then: @escaping ([FoundDaemon]) -> Void) {
        let (discovery, note) = (discovery, note)
        let report = NIOLoopBound(then, eventLoop: loop)
        pool.runIfActive(eventLoop: loop) { try DiscoveryClient.discover(discovery, note: note) }
            .whenComplete { result in
                // An interface that cannot send now may be able to receive later.
                let found = (try? result.get()) ?? []
                report.value(found.filter { $0.daemonID == nil || $0.daemonID != note?.daemonID })
            }
    }

    // MARK: - Serving

    /// Looks once a minute for another daemon in the group: two networks may have become one.
    ///
    /// - Parameter whenSenior: called with the address of a daemon whose journal is older.
    func watch(whenSenior: @escaping (String) -> Void) {
        loop.assumeIsolated().scheduleTask(in: Self.watchInterval) { [self] in
            ask { [self] others in
                if let senior = others.first(where: { isSenior($0) }) { whenSenior("\(senior.source)") }
                watch(whenSenior: whenSenior)
            }
        }
    }

    private func isSenior(_ other: FoundDaemon) -> Bool {
        guard let note, let theirs = other.note else { return false }
        return theirs.isSenior(to: note)
    }

    func stop() { responder.stop() }
}
