internal import FlomDaemon
internal import FlomNet
internal import FlomSystem
internal import Glibc

extension Settings {
    /// Defaults, then files, then options.
    static func resolved(_ invocation: Invocation) throws(Failure) -> Settings {
        // Twice over the options: the first time only for the file that they name, and so that a wrong one ends flom before any
        // file is read.
        var typed = Settings()
        try invocation.apply(to: &typed)
        if typed.action == .help || typed.action == .version { return typed }
        var settings = Settings()
        try ConfigurationFiles.apply(named: typed.configurationFile, to: &settings)
        try invocation.apply(to: &settings)
        return settings
    }

    /// The endpoint that these settings mean, with an absolute path.
    func endpoint() throws(Failure) -> Endpoint {
        if let socketName {
            let endpoint = Endpoint(socketPath: Files.absolute(socketName), isDefault: false)
            do { _ = try UnixAddress(path: endpoint.socketPath) } catch {
                throw Failure(.failure, error.sentence, code: ReturnNumber.tooLong)
            }
            return endpoint
        }
        return Endpoint(socketPath: "/tmp/flom-" + (Users.name(of: getuid()) ?? "nobody"), isDefault: true)
    }

    /// What a daemon that is started by this command is started with.
    func daemonSettings() throws(Failure) -> DaemonSettings {
        let endpoint = try endpoint()
        var settings = DaemonSettings(endpoint: endpoint, socketMode: socketMode ?? endpoint.defaultSocketMode)
        settings.lifespanMilliseconds = daemonLifespanMilliseconds
        settings.journalPath = journalPath
        settings.sync = sync
        settings.queuePolicy = queuePolicy
        return settings
    }
}
