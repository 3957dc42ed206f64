internal import FlomClient
internal import FlomCore
internal import FlomDaemon
internal import FlomNet
internal import FlomOptions
internal import FlomSettings
internal import FlomSystem

/// `--restart`: replaces the running daemon by the program that is on disk now. All sessions come back to the new one.
struct RestartCommand {
    private let connector: DaemonConnector
    private let dialogue: DaemonDialogue

    /// How long to wait for a successor. After that this command starts one itself.
    private static let patienceMilliseconds: Int64 = 3000

    init(_ settings: Settings) throws(Failure) {
        connector = try DaemonConnector(settings)
        dialogue = try DaemonDialogue(connector, settings)
    }

    func run() throws(Failure) {
        let start = Clock.boottimeNanoseconds()
        let before = EndpointRecord.read(of: connector.endpoint)
        try dialogue.restart()
        let patience = Deadline.after(milliseconds: Self.patienceMilliseconds)
        while true {
            let record = EndpointRecord.read(of: connector.endpoint)
            let isAnother = record?.pid != before?.pid || record?.begunNanoseconds != before?.begunNanoseconds
            if isAnother, let record, connector.reconnect(mayStart: false) != nil {
                let milliseconds = (Clock.boottimeNanoseconds() - start) / 1_000_000
                let who =
                    record.pid == before?.pid
                    ? "process \(record.pid) goes on with the program that is on disk now"
                    : "process \(record.pid) took over from process \(before?.pid ?? 0)"
                StandardOutput.print("restarted: \(who) after \(milliseconds) ms")
                return
            }
            if patience.hasPassed { break }
            Clock.sleep(milliseconds: 2)
        }
        do { _ = try connector.connect(until: .after(milliseconds: RequestDeadlines.handshakeMilliseconds)) } catch {
            throw Failure(error, connector)
        }
        StandardError.say("the daemon's own successor did not answer; another one was started")
    }
}
