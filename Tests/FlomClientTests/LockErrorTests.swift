import FlomWire
import Testing

@testable import FlomClient

/// What an answer of a daemon means to its client.
@Suite struct LockErrorTests {
    private func refusal(_ code: ReturnCode, reason: String? = nil, number: Int32? = nil) -> LockError? {
        var answer = LockAnswer(step: .first, code: code)
        if reason != nil || number != nil {
            var details = AnswerDetails()
            (details.reason, details.number) = (reason, number)
            answer.details = details
        }
        return LockError(refusing: answer)
    }

    @Test(arguments: [ReturnCode.granted, .queued, .awaitingCreation]) func whatIsNoRefusal(code: ReturnCode) {
        #expect(refusal(code) == nil)
    }

    @Test func eachRefusalKeepsTheDaemonsWords() {
        if case .busy(reason: "a deadlock") = refusal(.busy, reason: "a deadlock") {} else { Issue.record("busy") }
        if case .busy(reason: nil) = refusal(.busy) {} else { Issue.record("busy of 1.7.2") }
        if case .cannotWait = refusal(.cannotWait) {} else { Issue.record("cannotWait") }
        if case .impossible(reason: "3 of 2") = refusal(.impossible, reason: "3 of 2") {} else { Issue.record("impossible") }
        if case .invalidName(reason: nil) = refusal(.invalidResourceName) {} else { Issue.record("invalidName") }
        if case .refused(reason: "no", number: -409) = refusal(.cannotLock, reason: "no", number: -409) {
        } else {
            Issue.record("refused")
        }
    }
}
