internal import FlomModel
package import FlomNetCore
package import FlomSettings
internal import FlomSystem

extension Settings {
    /// Defaults, then files, then options.
    ///
    /// - Parameters:
    ///   - files: those that nobody names, in the order in which they are read.
    ///   - origins: learns where each setting comes from, if somebody wants to know.
    ///   - complain: hears of each mistake in a file that is passed over, in a sentence.
    package static func resolved(
        _ invocation: Invocation, files: [String] = ConfigurationFiles.usual(), origins: SettingOrigins? = nil,
        complain: (String) -> Void
    ) throws(Failure) -> Settings {
        // Twice over the options: the first time only for the file that they name, and so that a wrong one ends flom before any
        // file is read.
        var typed = Settings()
        try invocation.apply(to: &typed)
        if case .foreground = typed.action, typed.daemon.lifespanMilliseconds == 0 {
            // Whoever runs it ends it.
            throw Failure(
                .failure, "--foreground is a daemon, and -d 0 says that none is to be started", code: ReturnNumber.invalidOption)
        }
        for typed in invocation.settings {
            Trace.step(.configuration, "option --\(typed.option.long)='\(OptionTable.text(typed.value))'")
        }
        var settings = Settings()
        if case .foreground = typed.action { settings.daemon.lifespanMilliseconds = -1 }
        let isDiagnosis = if case .doctor = typed.action { true } else { false }
        try ConfigurationFiles.apply(
            usual: files, named: typed.configurationFile, to: &settings, origins: origins, isTolerant: isDiagnosis,
            complain: complain)
        settings.resourcesAreInherited = true
        try invocation.apply(to: &settings, origins: origins)
        // Also as `--history --verify`.
        if settings.maintenance.isAsked { settings.action = .journal }
        try settings.maintenance.check()
        try settings.checkReport()
        try settings.checkStatus()
        return settings
    }

    /// - Throws: what 1.7.2 had and a command cannot have here.
    package func checkMountPoint() throws(Failure) {
        guard let mountPoint else { return }
        throw Failure(
            .failure,
            "option --mount-point-vfs: there is no file system for '\(mountPoint)'; flom --status shows who holds and who waits, "
                + "--status --format json to programs", code: ReturnNumber.invalidOption)
    }

    /// The endpoint that these settings mean, with an absolute path.
    package func endpoint() throws(Failure) -> Endpoint {
        if unicastAddress != nil || multicastAddress != nil { return .network(try networkEndpoint()) }
        if let socketName {
            let path = Files.absolute(socketName)
            do { _ = try UnixAddress(path: path) } catch {
                throw Failure(.failure, error.sentence, code: ReturnNumber.tooLong)
            }
            return .unix(path: path, isDefault: false)
        }
        return .unix(path: DefaultSocket.path, isDefault: true)
    }

    private func networkEndpoint() throws(Failure) -> NetworkEndpoint {
        if let socketName {
            throw Failure(
                .failure,
                "the socket name '\(socketName)' and a network address (\(unicastAddress ?? multicastAddress ?? "")) exclude each "
                    + "other: a daemon serves either a socket or the network", code: ReturnNumber.invalidOption)
        }
        var endpoint = NetworkEndpoint()
        endpoint.address = unicastAddress
        endpoint.port = unicastPort
        endpoint.group = multicastAddress
        endpoint.groupPort = multicastPort
        endpoint.interface = networkInterface
        return endpoint
    }

    /// Where a daemon that is started by this command serves, and what it is started with.
    package func daemonSettings() throws(Failure) -> (endpoint: Endpoint, settings: DaemonSettings) {
        let endpoint = try endpoint()
        var settings = daemon
        if settings.socketMode == nil { settings.socketMode = endpoint.defaultSocketMode }
        // A file that says so means the commands that read it too: they start none.
        if case .foreground = action, daemon.lifespanMilliseconds == 0 { settings.lifespanMilliseconds = -1 }
        settings.queuePolicy =
            switch queuePolicy {
            case .bounded: QueuePolicy(maxOvertakeMilliseconds: maxOvertakeMilliseconds)
            case .fifo: .fifo
            case .overtake: .overtake
            }
        settings.access = try accessSettings()
        settings.tls = try tlsSettings()
        return (endpoint, settings)
    }
}
