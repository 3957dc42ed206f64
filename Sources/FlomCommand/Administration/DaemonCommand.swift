internal import FlomDaemon
internal import FlomNetCore
internal import FlomOptions
internal import FlomSettings
internal import FlomSystem
internal import Glibc

/// flom as the daemon: started by a client or by the previous daemon, or by `--foreground`.
struct DaemonCommand {
    private let settings: Settings
    private let invocation: Invocation

    init(_ settings: Settings, _ invocation: Invocation) {
        self.settings = settings
        self.invocation = invocation
    }

    /// Runs as ordered. With `--foreground` on its command line this program follows a daemon in the foreground: it either proves
    /// that it can, or is that process already.
    func run(_ order: DaemonOrder) throws(Failure) -> Never {
        let invocation = invocation
        if !order.isForeground { ServiceManager.forget() }
        let service = order.isForeground ? ServiceManager.fromEnvironment() : nil
        let (endpoint, wanted) = try settings.daemonSettings()
        DaemonProcess.run(at: endpoint, wanted, order: order, service: service) { () throws(DaemonError) in
            try Self.resolveAnew(invocation)
        }
    }

    private static func resolveAnew(
        _ invocation: Invocation
    ) throws(DaemonError) -> (endpoint: Endpoint, settings: DaemonSettings) {
        do {
            return try Settings.resolved(invocation) { Log.warning($0, id: LogID.notReloaded) }.daemonSettings()
        } catch { throw DaemonError(error.sentence) }
    }

    /// Runs `--foreground`.
    func run() throws(Failure) -> Never {
        guard invocation.commandStart == CommandLine.argc else {
            throw Failure(
                .failure, "--foreground runs no command; commands find the daemon at its socket or address",
                code: ReturnNumber.invalidOption)
        }
        if let refusal = try settings.tlsSettings()?.refusalForDaemon {
            throw Failure(.failure, refusal, code: ReturnNumber.invalidOption)
        }
        let endpoint = try settings.endpoint()
        let order: DaemonOrder
        do { order = try DaemonOrder.inForeground(for: endpoint) } catch {
            throw Failure(.failure, error.sentence, code: ReturnNumber.daemonNotStarted)
        }
        try run(order)
    }
}
