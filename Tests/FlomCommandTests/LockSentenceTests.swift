import FlomClient
import FlomNetCore
import FlomOptions
import Testing

@testable import FlomCommand

/// What a user is told of a lock that was not granted: the status, the number that 1.7.2 gives it, and the sentence.
@Suite struct LockSentenceTests {
    private static var connector: DaemonConnector {
        DaemonConnector(to: .unix(path: "/run/s", isDefault: false), mayStart: false, host: Nobody()) { _ in }
    }

    private struct Nobody: DaemonHost {
        func start(isNewRequest: Bool) throws(StartError) -> StartOutcome { .inOtherHands }
        var isDaemonRunning: Bool { false }
        var recordedAddresses: [InternetAddress] { [] }
    }

    private struct Refusal {
        let error: LockError
        let timeout: Int32
        let status: FlomOptions.ExitStatus
        let code: Int32
        let sentence: String

        init(
            _ error: LockError, timeout: Int32 = -1, _ status: FlomOptions.ExitStatus = .failure, _ code: Int32,
            _ sentence: String
        ) {
            (self.error, self.timeout, self.status, self.code, self.sentence) = (error, timeout, status, code, sentence)
        }
    }

    private static let refusals: [Refusal] = [
        Refusal(.busy(reason: nil), timeout: 0, .busy, 4, "the resource is locked already, and -o 0 does not wait"),
        Refusal(.busy(reason: "of a deadlock"), timeout: -1, .busy, 4, "of a deadlock"),
        Refusal(
            .cannotWait, timeout: 0, .cannotWait, 5,
            "the resource does not exist, -e no does not create it, and -o 0 does not wait"),
        Refusal(.impossible(reason: nil), timeout: 0, .failure, 6, "the resource can never satisfy this request"),
        Refusal(.invalidName(reason: nil), timeout: 0, .failure, -14, "the daemon does not accept this resource name"),
        Refusal(.refused(reason: "not for you", number: -409), timeout: 0, .failure, -409, "not for you"),
        Refusal(.expired, timeout: 700, .busy, 9, "the lock was not obtained within 700 ms"),
        Refusal(.unanswered, timeout: 700, .failure, -126, "the daemon on '/run/s' does not answer"),
        Refusal(
            .noRoom(isHeld: true), timeout: 700, .busy, 9,
            "the lock was not free for 700 ms, and the daemon has no descriptor for one more waiter (ulimit -n)"),
        Refusal(
            .noRoom(isHeld: false), timeout: 0, .failure, 3,
            "the daemon on '/run/s' has no descriptor for one more lock (ulimit -n); let it start with a higher limit"),
        Refusal(.revoked(reason: "by root"), timeout: -1, .failure, 3, "the place in the queue was taken away: by root"),
        Refusal(.shutDown, timeout: -1, .failure, -126, "the daemon was shut down while waiting for the lock"),
        Refusal(
            .staysAway(milliseconds: 30_000, whyNotStarted: "the disk is full"), timeout: -1, .failure, -126,
            "the daemon on '/run/s' was lost while waiting for the lock, and has not come back for 30000 ms: the disk is full"),
        Refusal(.turnedAway, timeout: -1, .failure, -126, "the daemon on '/run/s' closes every connection without an answer"),
        Refusal(
            .connecting(.nobodyListens(NetworkError(.nobodyListens, "nobody listens on '/run/s'"))), timeout: -1, .failure, -105,
            "nobody listens on '/run/s', and -d 0 says that none may be started"),
        Refusal(.connecting(.notStarted(StartError("no place"))), timeout: -1, .failure, -2, "no place"),
    ]

    @Test(arguments: refusals.indices)
    func eachRefusalHasItsStatusAndSentence(index: Int) {
        let row = Self.refusals[index]
        var settings = Settings()
        settings.timeoutMilliseconds = row.timeout
        let failure = Failure(row.error, settings, Self.connector, of: 1)
        #expect(failure.status == row.status && failure.code == row.code && failure.sentence == row.sentence, "\(failure)")
    }

    @Test func ofSeveralResourcesOneIsMeant() {
        let failure = Failure(.busy(reason: nil), Settings(), Self.connector, of: 3)
        #expect(failure.sentence == "one of the 3 resources is locked already, and -o 0 does not wait")
    }
}
