internal import FlomCore
internal import FlomEngine
internal import FlomModel
internal import FlomNet
package import FlomNetCore
package import FlomSettings
internal import FlomStore
internal import FlomSystem
internal import Glibc
internal import NIOCore
internal import NIOPosix

/// The life of a daemon process from its order to its end: lock, journal, proof, socket, loop. Listening comes last.
package enum DaemonProcess {
    /// Runs the daemon, and never returns. The starter is told of any failure before it listens.
    ///
    /// - Parameters:
    ///   - wanted: the settings that its starter asks for.
    ///   - service: the service manager of a daemon in the foreground, whose log goes to stderr; nil if a client has started the
    ///     daemon.
    ///   - source: resolves the settings anew at SIGHUP.
    package static func run(
        at endpoint: Endpoint, _ wanted: DaemonSettings, order: DaemonOrder, service: ServiceManager?,
        source: @escaping SettingsSource
    ) -> Never {
        Processes.setOwnName("flom")
        Log.begin(wanted.logLevel, to: service == nil ? .system : .standardError, endpoint: endpoint.name)
        prepareProcess()
        let burdens = InheritedConstraints.lift(
            isForeground: order.isForeground, descriptors: DaemonLimits.wanted(by: wanted.limits))
        if !burdens.isEmpty {
            Log.warning(
                "limits of the command that started it hold for this daemon too, and cannot be lifted: "
                    + burdens.joined(separator: ", "), id: LogID.remark)
        }
        // A daemon of a service manager stays in the control group that the manager has put it in.
        if !order.isForeground { ControlGroups.leave() }
        let traceRemark = beginTrace(of: endpoint, wanted)
        OwnProgram.rememberStartDirectory()
        do {
            var inherited = try order.handoff.map { channel throws(DaemonError) in try SocketHandoff.requestListeners(on: channel)
            }
            if let service, !service.sockets.isEmpty {
                inherited?.closeAll()
                inherited = try InheritedListeners.given(service.sockets)
            }
            order.waitForPredecessor()
            let prepared = try prepare(endpoint, wanted, order, inherited ?? InheritedListeners())
            chdir("/")
            let access = try prepared.settings.access.policy()
            MultiThreadedEventLoopGroup.withCurrentThreadAsEventLoop { loop in
                // `withCurrentThreadAsEventLoop` calls this on the loop's thread, before the loop runs.
                let whenReady: (Readiness, String?) -> Void = { readiness, remark in
                    switch readiness {
                    case .ready:
                        let warning = [prepared.warning, prepared.listening.warning, traceRemark].compactMap(\.self).first
                        if order.isForeground, let warning { Log.warning(warning, id: LogID.remark) }
                        return order.reportReady(warning: warning ?? remark)
                    case .yields:
                        Log.notice("ended before it began: another daemon serves the group", id: LogID.ended)
                        order.reportYield()
                    case .failed(let problem):
                        Log.error("does not serve '\(endpoint.name)': \(problem)", id: LogID.notListening)
                        order.reportFailure(problem)
                    }
                    prepared.listening.removeName()
                    exit(99)
                }
                do {
                    let daemon = try Daemon(
                        on: loop, endpoint: endpoint, settings: prepared.settings, machineID: prepared.machineID,
                        view: prepared.view,
                        viewNumber: prepared.viewNumber, journal: prepared.journal, engine: prepared.engine,
                        record: prepared.record,
                        listening: prepared.listening,
                        tls: prepared.tls, access: access, settingsSource: source, service: service, marks: prepared.marks)
                    daemon.start(
                        recovered: prepared.open, missed: prepared.missed, shutFor: prepared.shutFor, whenReady: whenReady)
                    _ = Unmanaged.passRetained(daemon)
                } catch { whenReady(.failed("\(error)"), nil) }
            }
        } catch let error as InOtherHands where !order.isForeground {
            Log.info("ended before it began: \(error.sentence)", id: LogID.ended)
            order.reportYield()
            exit(99)
        } catch {
            Log.error("does not serve '\(endpoint.name)': \(sentence(for: error))", id: LogID.notListening)
            order.reportFailure(sentence(for: error))
            exit(99)
        }
        exit(0)
    }

    /// Begins to trace, if the settings say so.
    ///
    /// - Returns: a sentence for the user if there is no trace although one was asked for.
    private static func beginTrace(of endpoint: Endpoint, _ settings: DaemonSettings) -> String? {
        guard let file = settings.traceFile else { return nil }
        do { try Trace.begin(file: file, appends: settings.appendsTrace) } catch {
            let remark = "the daemon's trace file '\(file)' cannot be opened (\(error.reason)), so it does not trace"
            Log.warning(remark, id: LogID.remark)
            return remark
        }
        Trace.step(.daemon, "daemon on '\(endpoint.name)', version \(FlomVersion.current)")
        return nil
    }

    private struct Prepared {
        let settings: DaemonSettings
        let machineID: String
        let view: ProcessView
        let viewNumber: Int64?
        let journal: Journal
        let engine: Engine
        let open: [OpenRequest]
        let missed: [RequestID: Int64]
        /// How long clients are given no new locks, in milliseconds.
        let shutFor: Int64
        let record: RecordKeeper
        let listening: Listening
        let tls: TLSCredentials?
        /// A sentence for the starter.
        let warning: String?
        let marks: StampMarks?
    }

    /// Lifts limits of the starter's shell that could end the daemon: `ulimit -f` would, by SIGXFSZ during a commit.
    private static func prepareProcess() {
        signal(SIGXFSZ, SIG_IGN)
        signal(SIGPIPE, SIG_IGN)
        // Ignored until the event watcher handles it.
        signal(SIGHUP, SIG_IGN)
        umask(0o077)
    }

    private static func prepare(
        _ endpoint: Endpoint, _ wanted: DaemonSettings, _ order: DaemonOrder, _ inherited: InheritedListeners
    ) throws -> Prepared {
        let view = ProcessView.own()
        Clock.offsetNanoseconds = view.boottimeOffsetNanoseconds ?? 0
        let bootID = view.bootID ?? ""
        let machineID = Host.machineID() ?? ""
        let place = try? JournalLocation.place(for: endpoint, create: true)
        let recorded = EndpointRecord.read(order.record)
        // The copy stands in for a record that a tidy-up has removed. The journal's lock then shows whether the daemon of that
        // record still runs.
        let previous = recorded ?? place?.record
        if recorded == nil, let previous, JournalLock.isTaken(of: previous.journalPath) {
            throw InOtherHands("a daemon on '\(endpoint.name)' runs, but its record has been removed")
        }
        var known = previous
        // In the foreground the rules and limits are those of the person or service manager. Otherwise the starter may be any
        // user whose client found no daemon.
        if order.isForeground {
            known?.access = wanted.access
            known?.settings.limits = wanted.limits
        }
        let (settings, journalPath) = try InheritedSettings.resolve(wanted, at: endpoint, known, place, view: view)

        if journalPath == previous?.journalPath { try JournalLock.checkOwner(of: journalPath, record: order.record) }

        Log.setLevel(settings.logLevel)
        Trace.step(.administration, "journal '\(journalPath)'" + (order.predecessor == nil ? "" : ", after a hand-over"))
        if settings.access != wanted.access {
            Log.notice("keeps the access rules of the daemon before, until SIGHUP or its next start in order", id: LogID.remark)
        }
        // Before anything is changed: unknown names of users or groups end the start.
        _ = try settings.access.policy()
        let tls = try settings.tls.map { settings throws(NetworkError) in try TLSCredentials(settings, for: .daemon) }
        try JournalLock.acquire(for: journalPath, of: endpoint)
        try JournalContinuity.checkFile(journalPath, previous, view)
        if previous?.hasFailedSync == true { try JournalLog.writeAnew(of: journalPath) }
        var record = EndpointRecord(
            endpoint: endpoint.name, journalPath: journalPath, journalID: "", bootID: bootID,
            pid: getpid(), state: .running, lastEvent: 0, settings: settings)
        record.begunNanoseconds = Clock.boottimeNanoseconds()
        record.seenNanoseconds = view.boottimeOffsetNanoseconds == nil ? 0 : record.begunNanoseconds
        record.place = place?.identity
        let journal: Journal
        do {
            journal = try Journal.open(
                .init(path: journalPath, sync: settings.sync, machineID: machineID, bootID: bootID), now: .now())
        } catch {
            if error.isFailedSync { RecordKeeper.recordFailedSync(previous, record, order.record) }
            throw error
        }
        (record.journalID, record.lastEvent) = (journal.id, journal.lastEventNumber)
        try JournalContinuity.check(journal, previous, view)
        var recovered = try journal.recover()
        // A journal that was restored from a copy is older than what the endpoint's last daemon has written, or another one.
        let isRestored =
            previous.map { $0.journalID != journal.id || $0.lastEvent > journal.lastEventNumber } ?? false
        // The machine id was made anew, as on the first boot of an image, or the journal has come on a disk from another machine.
        let isOfAnotherID = recovered.machineID != machineID
        if isOfAnotherID, !recovered.machineID.isEmpty {
            Log.notice(
                "the journal '\(journalPath)' was written under the machine id \(recovered.machineID), and goes on under "
                    + (machineID.isEmpty ? "none" : machineID), id: LogID.remark)
        }
        if previous.map({ $0.mayBeOfAnotherBoot(than: bootID) }) ?? true || isRestored || recovered.mayBeOfAnotherBoot
            || isOfAnotherID
        {
            recovered.epoch = try journal.advanceEpoch(bootID: bootID, beyond: isRestored ? previous?.epoch ?? 0 : 0)
            // No token of this epoch may be given before the epoch is on the device.
            do { try journal.sync() } catch {
                RecordKeeper.recordFailedSync(previous, record, order.record)
                throw error
            }
        }
        let marks = place.map { StampMarks(path: $0.stampsPath, stamps: &recovered.lastStamps) }
        let listened = try journal.listeningMilliseconds()
        let lostPast = JournalContinuity.lostPast(journal, previous)
        if isRestored && previous?.state == .ended {
            lostPast.map { Log.warning($0, id: LogID.restored) }
        } else if isRestored {
            Log.warning(
                "the journal '\(journalPath)' is older than what the last daemon has written: new locks wait until holders had "
                    + "time to come back", id: LogID.restored)
            record.shutSince = listened
        } else {
            // The grace may have been started by an earlier daemon.
            record.shutSince = previous?.shutSince
        }
        let engine = Engine(
            policy: settings.queuePolicy, nextRequest: recovered.nextRequestNumber, epoch: recovered.epoch,
            lastTokenCounter: recovered.lastTokenCounter, open: recovered.openRequests, living: recovered.resources,
            lastStamps: recovered.lastStamps, renderer: .local, isShut: record.shutSince != nil)
        if let name = engine.overgranted {
            throw DaemonError(
                "the journal '\(journalPath)' says that '\(name)' has holders that exclude each other: it is damaged")
        }

        Trace.step(.daemon, "\(recovered.openRequests.count) open requests recovered, epoch \(recovered.epoch)")
        let listening = try Listening(at: endpoint, settings, recordedPort: previous?.port ?? 0, inherited: inherited)
        record.port = listening.port
        record.epoch = recovered.epoch
        // Only the first daemon of a place says so.
        let elsewhere = place?.record == nil ? place?.elsewhere.first : nil
        let divided = elsewhere.map { "'\(endpoint.name)' is \($0.sentence); \(JournalPlace.Elsewhere.advice)" }
        place?.sweep()
        let keeper = try RecordKeeper(
            path: endpoint.recordPath, descriptor: order.record, record: record, previous: recorded, place: place)
        let shutFor = HolderInquiry.graceLeft(
            of: settings.reclaimGraceMilliseconds, missed: max(0, listened - (record.shutSince ?? listened)))
        return Prepared(
            settings: settings, machineID: machineID, view: view, viewNumber: try journal.useView(view), journal: journal,
            engine: engine,
            open: recovered.openRequests, missed: try journal.beginAwaitingClients(), shutFor: shutFor, record: keeper,
            listening: listening, tls: tls, warning: lostPast ?? divided, marks: marks)
    }

    private static func sentence(for error: any Error) -> String {
        switch error {
        case let error as DaemonError: error.sentence
        case let error as InOtherHands: error.sentence
        case let error as JournalError: error.sentence
        case let error as NetworkError: error.sentence
        case let error as SystemError: "\(error)"
        default: "unexpected: \(error)"
        }
    }
}
