internal import FlomConfiguration
internal import FlomModel
package import FlomNetCore
package import FlomSettings
internal import FlomSystem
internal import Glibc

extension Settings {
    /// Resolves the settings: defaults, then files, then options.
    ///
    /// - Parameters:
    ///   - files: the usual files, in the order in which they are read.
    ///   - origins: records the origin of each setting; nil if it is not needed.
    ///   - complain: called with a sentence for each mistake in a file that is skipped.
    package static func resolved(
        _ invocation: Invocation, files: [String] = ConfigurationPlaces.usual(), origins: SettingOrigins? = nil,
        complain: (String) -> Void
    ) throws(Failure) -> Settings {
        // The options are applied twice: first only to find the file that they name, and to end flom for a wrong one before any
        // file is read.
        var typed = SettingsReader()
        try invocation.apply(to: &typed)
        if case .foreground = typed.settings.action, typed.settings.daemon.lifespanMilliseconds == 0 {
            // A daemon in the foreground is ended by its starter, not by its lifespan.
            throw Failure(
                .failure, "--foreground is a daemon, and -d 0 says that none is to be started", code: ReturnNumber.invalidOption)
        }
        for typed in invocation.settings {
            Trace.step(.configuration, "option --\(typed.option.long)='\(OptionTable.text(typed.value))'")
        }
        var reader = SettingsReader()
        if case .foreground = typed.settings.action { reader.settings.daemon.lifespanMilliseconds = -1 }
        let isDiagnosis = if case .doctor = typed.settings.action { true } else { false }
        try ConfigurationFiles.apply(
            usual: files, named: typed.settings.configurationFile, to: &reader, origins: origins, isTolerant: isDiagnosis,
            complain: complain)
        try invocation.apply(to: &reader, origins: origins)
        // Also for `--history --verify`. In place, because a copy of the settings costs a command a thousand instructions.
        if reader.settings.maintenance.isAsked { reader.settings.action = .journal }
        try reader.settings.maintenance.check()
        try reader.settings.checkReport()
        try reader.settings.checkStatus()
        return reader.settings
    }

    /// - Throws: if the directory for the status file system is none. A dead file system there is accepted: the daemon replaces it.
    package func checkMountPoint() throws(Failure) {
        guard let directory = daemon.mountPoint else { return }
        let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if descriptor >= 0 {
            close(descriptor)
            return
        }
        let code = errno
        guard code != ENOTCONN else { return }
        throw Failure(
            .failure,
            "option --mount-point-vfs: '\(directory)' cannot be opened as a directory (\(SystemError("open", directory, code: code).reason)); "
                + "an empty directory of yours is accepted", code: ReturnNumber.openDirectory)
    }

    /// The endpoint of these settings, with an absolute path.
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

    /// The endpoint and settings of a daemon that this command starts.
    package func daemonSettings() throws(Failure) -> (endpoint: Endpoint, settings: DaemonSettings) {
        let endpoint = try endpoint()
        var settings = daemon
        if settings.socketMode == nil { settings.socketMode = endpoint.defaultSocketMode }
        // 0 in a file concerns the commands that read it: they start none.
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
