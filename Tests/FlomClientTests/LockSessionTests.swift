import FlomCore
import FlomModel
import FlomNetCore
import FlomSystem
import FlomWire
import Glibc
import Testing

@testable import FlomClient

/// A client and a daemon that does what a script says: what the client makes of it.
@Suite struct LockSessionTests {
    @Test(arguments: LockStory.all)
    func story(_ story: LockStory) throws {
        let daemon = try ScriptedDaemon(story.script)
        let host = NoDaemonHost()
        var notices: [String] = []
        var outcome = "held"
        try daemon.play {
            let connector = DaemonConnector(
                to: .unix(path: daemon.path, isDefault: false), mayStart: false, host: host
            ) { _ in }
            var terms = LockTerms(story.parts)
            terms.timeoutMilliseconds = story.timeout
            terms.graceMilliseconds = story.grace
            terms.mayCreate = story.mayCreate
            let session = LockSession(
                terms, over: connector, until: .starting(timeoutMilliseconds: story.timeout), describe: { [Array("true".utf8)] },
                notice: { notice, _ in notices.append(LockStory.words(notice)) })
            do throws(LockError) { try session.lock() } catch { outcome = LockStory.words(error) }
            guard outcome == "held" else { return }
            outcome += session.held.map { " \($0.part.resource) \($0.token?.value ?? 0) \($0.requestID ?? "-")" }.joined()
            session.announce(ProcessIdentity(pid: getpid(), startTime: 1), [Array("true".utf8)])
            if let until = story.tends { tend(session, daemon) { until.isReached(notices, daemon, session) } }
            session.unlock(.exited(status: 0))
        }
        #expect(daemon.failure == nil)
        #expect(outcome == story.outcome)
        #expect(notices == story.notices)
        if !story.heard.isEmpty { #expect(daemon.heard.joined(separator: " ") == story.heard) }
    }

    /// As a command's run does it.
    private func tend(_ session: LockSession, _ daemon: ScriptedDaemon, until isReached: () -> Bool) {
        let limit = Deadline.after(milliseconds: 20_000)
        while !isReached(), !limit.hasPassed {
            let own = Int32(
                min(20, max(0, session.nextDeadline.pollMilliseconds < 0 ? 20 : session.nextDeadline.pollMilliseconds)))
            var waiting = pollfd(fd: session.descriptor ?? -1, events: Int16(POLLIN), revents: 0)
            let isReadable = poll(&waiting, 1, own) > 0
            if isReadable || session.nextDeadline.hasPassed { session.tend() }
        }
        if daemon.isPaused { daemon.goOn() }
    }

    @Test func withoutADaemonAndTheRightToStartOne() throws {
        let daemon = try ScriptedDaemon([])
        for (mayStart, words) in [(false, "nobody listens"), (true, "not started: no room")] {
            let connector = DaemonConnector(
                to: .unix(path: daemon.path, isDefault: false), mayStart: mayStart, host: NoDaemonHost()
            ) { _ in }
            let session = LockSession(
                LockTerms(LockStory.one), over: connector, until: .starting(timeoutMilliseconds: -1)
            ) { _, _ in }
            var outcome = "held"
            do throws(LockError) { try session.lock() } catch { outcome = LockStory.words(error) }
            #expect(outcome == words)
        }
    }
}

/// A host on which no daemon can be started.
final class NoDaemonHost: DaemonHost {
    func start(isNewRequest: Bool) throws(StartError) -> StartOutcome { throw StartError("no room") }
    var isDaemonRunning: Bool { false }
    var recordedAddresses: [InternetAddress] { [] }
}
