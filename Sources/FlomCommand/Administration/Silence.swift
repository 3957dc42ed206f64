internal import FlomClient
internal import FlomDaemon
internal import FlomModel
internal import FlomNetCore
internal import FlomOptions
internal import FlomSettings
internal import FlomSystem

/// Explains why a daemon that runs does not answer.
enum Silence {
    static func sentence(of endpoint: Endpoint) -> String {
        guard let pid = process(of: endpoint) else { return "the daemon on '\(endpoint.name)' does not answer" }
        return "the daemon on '\(endpoint.name)' (process \(pid)) does not answer: it is "
            + (Processes.isStopped(pid: pid)
                ? "stopped (kill -CONT \(pid) lets it go on)" : "stuck, or its machine has no time for it")
    }

    /// Why a request has not been answered. A daemon that cannot write its journal holds the answer back, but gives this reason
    /// when it is asked.
    static func reason(_ connector: DaemonConnector, _ settings: Settings) -> String {
        let sentence = sentence(of: connector.endpoint)
        guard process(of: connector.endpoint) != nil, !isStopped(connector.endpoint),
            let dialogue = try? DaemonDialogue(connector, settings, patience: patienceMilliseconds),
            let trouble = (try? dialogue.counters(patience: patienceMilliseconds))?.trouble
        else { return sentence }
        return trouble
    }

    /// How long to wait for the reason, although the user's time limit has passed.
    private static let patienceMilliseconds: Int64 = 200

    /// Whether the daemon is stopped, as far as this host's processes tell.
    static func isStopped(_ endpoint: Endpoint) -> Bool { process(of: endpoint).map { Processes.isStopped(pid: $0) } ?? false }

    /// The process that holds the endpoint's record; nil if it cannot be seen from here.
    private static func process(of endpoint: Endpoint) -> Int32? {
        guard LocalDaemon.isRunning(endpoint), let pid = EndpointRecord.read(of: endpoint)?.pid,
            Processes.startTime(of: pid) != nil
        else { return nil }
        return pid
    }
}
