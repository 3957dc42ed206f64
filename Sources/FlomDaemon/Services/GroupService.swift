internal import FlomNet
internal import FlomNetCore
internal import FlomSettings
internal import FlomSystem
internal import FlomWire
internal import Glibc
internal import NIOCore
internal import NIOPosix

/// The daemon's part in its multicast group: who serves when several could, and the answers to those who ask.
///
/// **Two starters at the same moment.** A starter joins first, silently, and asks the group itself, saying which journal it
/// starts on. Whoever is answered yields: somebody serves already. Whoever hears the query of a starter with an older journal
/// waits one more timeout, in which that one comes up, and asks again. A daemon whose journal has open grants never yields.
final class GroupService {
    private let loop: any EventLoop
    private let group: InternetAddress
    private let note: DiscoveryNote?
    private let answer: DiscoveryResponder.Answer
    private var discovery: Discovery
    private var responder: DiscoveryResponder!
    /// Queries block; they have a thread of their own.
    private let pool = NIOThreadPool(numberOfThreads: 1)
    private var heardSenior = false
    /// Hears who asks, of others, once this daemon answers.
    private let onQuery: (InternetAddress) -> Void

    /// A senior starter that never comes up must not keep the group without a daemon.
    private static let mostRounds = 5
    /// How often a daemon looks for others in its group.
    private static let watchInterval = TimeAmount.seconds(60)

    static func address(of endpoint: NetworkEndpoint) throws(NetworkError) -> InternetAddress {
        try Resolver.group(
            endpoint.group ?? "", port: endpoint.groupPort, interface: endpoint.interface,
            until: .after(milliseconds: Listening.namingMilliseconds))
    }

    init(
        on loop: any EventLoop, endpoint: NetworkEndpoint, settings: DaemonSettings, answer: DiscoveryResponder.Answer,
        onQuery: @escaping (InternetAddress) -> Void
    ) throws(NetworkError) {
        self.loop = loop
        self.onQuery = onQuery
        self.answer = answer
        note = answer.note
        group = try Self.address(of: endpoint)
        discovery = Discovery(group: group)
        discovery.attempts = settings.discoveryAttempts
        discovery.timeoutMilliseconds = Int64(settings.discoveryTimeoutMilliseconds)
        discovery.ttl = settings.discoveryTTL
    }

    // MARK: - Starting

    func start(neverYields: Bool, whenReady: @escaping (Readiness) -> Void) {
        responder = DiscoveryResponder(
            on: loop, group: group,
            onQuery: { [unowned self] heard, source in
                // Our own looks for others are no news.
                if responder.answer != nil, heard == nil || heard?.daemonID != note?.daemonID { onQuery(source) }
                if let heard, let note, heard.daemonID != note.daemonID, heard.isSenior(to: note) { heardSenior = true }
            })
        pool.start()
        responder.start { [unowned self] error in
            if let error { return whenReady(.failed(error.sentence)) }
            if neverYields { return serve(whenReady) }
            settle(round: 1, whenReady)
        }
    }

    private func settle(round: Int, _ whenReady: @escaping (Readiness) -> Void) {
        heardSenior = false
        ask { [unowned self] others in
            if !others.isEmpty { return whenReady(.yields) }
            // After a senior's query its own rounds end first; this one asks once more then.
            if heardSenior && round < Self.mostRounds { return settle(round: round + 1, whenReady) }
            serve(whenReady)
        }
    }

    private func serve(_ whenReady: @escaping (Readiness) -> Void) {
        responder.answer = answer
        whenReady(.ready)
    }

    /// Asks the group who serves it, ourselves left out.
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

    /// Looks now and then for another daemon in the group: two networks may have become one.
    func watch(whenSenior: @escaping (String) -> Void) {
        loop.assumeIsolated().scheduleTask(in: Self.watchInterval) { [unowned self] in
            ask { [unowned self] others in
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
