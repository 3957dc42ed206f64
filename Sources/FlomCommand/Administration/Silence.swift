internal import FlomClient
internal import FlomDaemon
internal import FlomModel
internal import FlomNetCore
internal import FlomOptions
internal import FlomSettings
internal import FlomSystem

/// What can be said of a daemon that is there and does not answer.
enum Silence {
    static func sentence(of endpoint: Endpoint) -> String {
        guard let pid = process(of: endpoint) else { return "the daemon on '\(endpoint.name)' does not answer" }
        return "the daemon on '\(endpoint.name)' (process \(pid)) does not answer: it is "
            + (Processes.isStopped(pid: pid)
                ? "stopped (kill -CONT \(pid) lets it go on)" : "stuck, or its machine has no time for it")
    }

    /// Why a request has not been answered. A daemon that cannot write its journal keeps the answer back, but says so to who asks.
    static func reason(_ connector: DaemonConnector, _ settings: Settings) -> String {
        let sentence = sentence(of: connector.endpoint)
        guard process(of: connector.endpoint) != nil, !isStopped(connector.endpoint),
            let dialogue = try? DaemonDialogue(connector, settings, patience: patienceMilliseconds),
            let trouble = (try? dialogue.counters(patience: patienceMilliseconds))?.trouble
        else { return sentence }
        return trouble
    }

    /// The time that the user has given is over already.
    private static let patienceMilliseconds: Int64 = 200

    /// Whether that can be seen without asking it.
    static func isStopped(_ endpoint: Endpoint) -> Bool { process(of: endpoint).map { Processes.isStopped(pid: $0) } ?? false }

    /// Of who holds the endpoint's record, if it is a process that can be seen here.
    private static func process(of endpoint: Endpoint) -> Int32? {
        guard LocalDaemon.isRunning(endpoint), let pid = EndpointRecord.read(of: endpoint)?.pid,
            Processes.startTime(of: pid) != nil
        else { return nil }
        return pid
    }
}
