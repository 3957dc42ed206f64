internal import FlomNetCore
internal import FlomSystem
internal import Glibc

/// The installed flom, which starts an endpoint's daemon for a program that is linked with this library.
///
/// It is run with a request that has no effect and is not recorded: in mode NL, for a resource that it neither creates nor waits for. To ask,
/// flom starts the daemon if there is none.
package struct DaemonProgram: Hashable, Sendable {
    /// The program, which is searched as by the shell; nil for `FLOM_PROGRAM` in the environment, or else `flom`.
    package var path: String?
    /// How long the daemon lives on when nobody needs it, in milliseconds; negative for ever.
    package var lifespanMilliseconds: Int32 = 5000
    /// Further options for the daemon, such as `--journal`, as on a command line.
    package var options: [String] = []

    package init() {}

    /// - Throws: with a sentence, flom's own if it has run.
    func start(_ endpoint: Endpoint, tls: TLSSettings?) throws(StartError) {
        let program = path ?? getenv("FLOM_PROGRAM").map { String(cString: $0) } ?? "flom"
        guard let ends = try? Descriptor.pipe() else {
            throw StartError("no daemon can be started: \(SystemError("pipe").reason)")
        }
        defer { close(ends.read) }
        let pid = Helper.start([program] + words(endpoint, tls), errors: ends.write, leads: true)
        let reason = SystemError("execvp")
        close(ends.write)
        guard let pid else { throw StartError(sentence(program, reason)) }
        let said = Self.read(ends.read)
        guard let status = Helper.awaitEnd(of: pid), status & 0x7F == 0 else {
            throw StartError("'\(program)', which is to start the daemon, was ended by a signal", wasKilled: true)
        }
        // Granted, or refused for want of the resource: a daemon has answered.
        if [0, Self.cannotWait].contains(status >> 8) { return }
        throw StartError(said.isEmpty ? "'\(program)' could not start a daemon: it ended with status \(status >> 8)" : said)
    }

    /// flom's status for a resource that does not exist.
    private static let cannotWait: Int32 = 96
    /// A name that nobody uses. If a program does, the request is granted beside any other.
    private static let resource = "flomlibrary"

    private func words(_ endpoint: Endpoint, _ tls: TLSSettings?) -> [String] {
        var words: [String] = []
        if case .unix(let path, isDefault: false) = endpoint { words = ["-s", path] }
        words += ["-d", "\(lifespanMilliseconds)"] + options
        if let tls {
            words += ["--tls-certificate", tls.certificate, "--tls-private-key", tls.privateKey]
            words += ["--tls-ca-certificate", tls.authorities]
            words += ["--tls-check-peer-id", tls.checksPeerID ? "yes" : "no", "--tls-min-version", tls.minimumVersion.rawValue]
            if let revoked = tls.revoked { words += ["--tls-revoked", revoked] }
        }
        return words + ["-l", "NL", "-r", Self.resource, "-e", "no", "-o", "0", "--", "true"]
    }

    private func sentence(_ program: String, _ error: SystemError) -> String {
        let remedy = "install flom, or name it in the environment variable FLOM_PROGRAM"
        return error.code == ENOENT
            ? "no daemon listens, and the program '\(program)', which would start one, cannot be found; \(remedy)"
            : "no daemon listens, and the program '\(program)', which would start one, cannot be executed: \(error.reason); \(remedy)"
    }

    /// The first line that flom says about a failure, without its name.
    private static func read(_ descriptor: Int32) -> String {
        var said: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1024)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { break }
            if said.count < 4096 { said += chunk[..<count] }
        }
        let line = String(decoding: said.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
        return line.hasPrefix("flom: ") ? String(line.dropFirst("flom: ".count)) : line
    }
}

/// What a program that is linked with this library has others do for it.
struct ProgramDaemonHost: DaemonHost {
    let endpoint: Endpoint
    let tls: TLSSettings?
    /// Nil if it starts no daemon.
    let program: DaemonProgram?

    func start(isNewRequest: Bool) throws(StartError) -> StartOutcome {
        guard let program else { return .inOtherHands }
        // A person has ended the daemon.
        if !isNewRequest, let record = try? Descriptor.open(endpoint.recordPath, O_RDONLY | O_NOFOLLOW | O_NONBLOCK),
            EndpointState.read(record.number) == .shutDown
        {
            return .inOtherHands
        }
        try program.start(endpoint, tls: tls)
        return .started(warning: nil)
    }

    var isDaemonRunning: Bool { endpoint.isRecordTaken }
    var recordedAddresses: [InternetAddress] { [] }
}
