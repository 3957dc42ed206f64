internal import FlomDaemon
internal import FlomModel
internal import FlomNet
internal import FlomNetCore
internal import FlomOptions
internal import FlomReports
internal import FlomSettings
internal import FlomStore
internal import FlomSystem
internal import Glibc

/// `--access-test`: what a user or certificate may do to the daemon, and which rule decides it.
///
/// The rules are those in the record of the running daemon. With `-c` or `--access-rule`, and where no daemon runs, they are
/// those that a daemon would be started with.
struct AccessTest {
    private let settings: Settings

    init(_ settings: Settings) { self.settings = settings }

    func run() throws(Failure) {
        let endpoint = try settings.endpoint()
        let record = isAboutRunning ? EndpointRecord.read(of: endpoint) : nil
        let isRunning = record != nil && LocalDaemon.isRunning(endpoint)
        let access: AccessSettings
        if isRunning {
            guard let recorded = record?.access else {
                throw Failure(.failure, "the rules of the daemon on '\(endpoint.name)' cannot be read from its record")
            }
            access = recorded
        } else {
            access = try settings.accessSettings()
        }
        let policy: AccessPolicy
        do { policy = try access.policy() } catch {
            throw Failure(.failure, error.sentence, code: ReturnNumber.invalidOption)
        }
        let owner = Files.status(of: endpoint.recordPath, followLinks: false)?.st_uid
        var who = AccessIdentity(daemonUID: isRunning ? owner ?? geteuid() : geteuid())
        let isSocket = if case .unix = endpoint { true } else { false }
        var shown: String
        switch settings.access.tested {
        case .uid(let uid):
            (who.uid, who.gids, who.isOnSocket) = (uid, Users.gids(of: uid), isSocket)
            shown = "user \(Users.name(of: uid) ?? "\(uid)") (uid \(uid), groups \(Self.list(who.gids)))"
            if !isSocket { shown += "; over TCP the daemon looks for the user only to break, shutdown and prune" }
        case .certificate(let subject):
            (who.certificate, who.isOnSocket) = (subject, isSocket)
            shown = "certificate \(subject)"
        case .address(let address):
            who.address = address
            shown = "address \(address.text)"
        case .anybody: shown = "anybody"
        }
        let lines = policy.explanation(who, on: settings.access.testedResource.map { Array($0.utf8) })
        if settings.report.format == .json { return printJSON(lines) }
        StandardOutput.print(
            "\(shown), \(isRunning ? "to the daemon on" : "to a daemon started now on") '\(endpoint.name)':")
        var table = Table([.init("RIGHT"), .init("ON", minimumWidth: 4), .init("MAY"), .init("BY", minimumWidth: 12)])
        for line in lines {
            _ = table.add([
                line.right.rawValue, line.right.namesResource ? line.on ?? "any" : "", line.decision.isAllowed ? "yes" : "no",
                line.decision.source,
            ])
        }
        table.flush()
    }

    /// Rules given by `--access-rule` or `-c` take precedence over the running daemon's.
    private var isAboutRunning: Bool {
        settings.configurationFile == nil && !settings.daemon.access.rules.contains { $0.place == "--access-rule" }
    }

    private static func list(_ gids: Set<UInt32>) -> String { gids.sorted().map { "\($0)" }.joined(separator: " ") }

    private func printJSON(_ lines: [AccessPolicy.Line]) {
        for line in lines {
            var writer = JSONWriter()
            writer.beginObject()
            writer.field("right", line.right.rawValue)
            if let on = line.on { writer.field("on", on) }
            writer.field("allowed", line.decision.isAllowed)
            if let rule = line.decision.rule {
                writer.field("place", rule.place)
                writer.field("rule", rule.text)
            } else {
                writer.field("default", line.decision.custom)
            }
            writer.endObject()
            guard StandardOutput.print(String(decoding: writer.bytes, as: UTF8.self)) else { return }
        }
    }
}
