internal import FlomDaemon
internal import FlomModel
internal import FlomNetCore
internal import FlomOptions
internal import FlomReports
internal import FlomSettings
internal import FlomSystem
internal import Glibc

/// The command as a whole: reads the words of its command line, does what they say, and ends the process.
package enum Flom {
    package static func main() -> Never {
        Processes.restoreChildSignal()
        if Processes.isPrivileged {
            // flom runs any command that it is given, and reads and writes files that options and variables name.
            StandardError.say(
                Failure(
                    .failure,
                    "this program has rights that you do not have (setuid, setgid or file capabilities), and would run any command with "
                        + "them; take them away from the file, and use a daemon that runs as its own user"))
            exit(ExitStatus.failure.rawValue)
        }
        let order = DaemonOrder.fromEnvironment()
        Descriptor.reserveStandardStreams()
        if order == nil { Trace.begin() }
        do {
            let invocation = try Invocation(CommandLine.words)
            if let answer = try Information.answer(to: invocation) {
                StandardOutput.write(answer)
                exit(StandardOutput.finish(ExitStatus.success.rawValue))
            }
            let settings = try Settings.resolved(invocation) { StandardError.say($0) }
            for remark in settings.remarks { StandardError.say(remark) }
            if let order, order.hasLostRecord, !order.isForeground {
                order.reportYield()
                exit(ExitStatus.failure.rawValue)
            }
            if let order, order.concerns(try settings.endpoint()) {
                try DaemonCommand(settings, invocation).run(order)
            }
            settings.beginCommandTrace()
            Trace.step(.main, "main: version \(FlomVersion.current), endpoint '\((try? settings.endpoint().name) ?? "")'")
            let status = StandardOutput.finish(try act(on: settings, invocation), lost: settings.action.statusOfLostOutput)
            Trace.step(.main, "main: ends with status \(status)")
            exit(status)
        } catch {
            if let order, !order.isForeground {
                order.reportFailure(error.sentence)
            } else {
                Trace.step(.main, "main: ends with status \(error.status.rawValue): \(error.sentence)")
                StandardError.say(error)
            }
            exit(error.status.rawValue)
        }
    }

    private static func act(on settings: Settings, _ invocation: Invocation) throws(Failure) -> Int32 {
        // A daemon runs in this process: a service manager or container runtime knows it by its number.
        if case .foreground = settings.action {} else { Processes.runInChildIfProcessOne() }
        if let name = settings.debugFeature { return DebugFeature.run(name, settings) }
        switch settings.action {
        case .doctor:
            return try DoctorReport(settings).print()
        case .showConfiguration:
            try ConfigurationReport.print(invocation)
        case .history:
            try HistoryReport(settings).print()
        case .status:
            return try StatusReport(settings).run()
        case .check:
            return CheckReport(settings).run()
        case .stats:
            try StatisticsReport(settings).print()
        case .shutdown(let immediate):
            try ShutdownCommand(settings, immediate: immediate).run()
        case .breakLock:
            try BreakCommand(settings).run()
        case .restart:
            try RestartCommand(settings).run()
        case .foreground:
            try settings.checkMountPoint()
            try DaemonCommand(settings, invocation).run()
        case .accessTest:
            try AccessTest(settings).run()
        case .journal:
            return try JournalCommand(settings).run()
        case .fence(let file):
            try checkForCommand(invocation)
            return try FencedRun(file: file, words: CommandLine.words(from: invocation.commandStart)).run()
        case .run:
            try checkForCommand(invocation)
            if settings.verbose { VerboseListing.print(settings) }
            try settings.checkMountPoint()
            return try LockedRun(settings, commandStart: invocation.commandStart).run()
        }
        return ExitStatus.success.rawValue
    }

    private static func checkForCommand(_ invocation: Invocation) throws(Failure) {
        guard invocation.commandStart < CommandLine.argc else {
            throw Failure(.cannotExecute, "there is no command to execute: flom [OPTION…] -- COMMAND [ARGUMENT…]")
        }
    }
}

extension Settings.Action {
    /// The exit status when the output could not be written; nil where printing is not the purpose of the action.
    fileprivate var statusOfLostOutput: Int32? {
        switch self {
        case .run, .fence: nil
        case .check: CheckLevel.unknown.rawValue
        default: ExitStatus.failure.rawValue
        }
    }
}
