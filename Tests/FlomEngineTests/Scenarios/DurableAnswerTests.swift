import FlomEngine
import FlomModel
import Testing

/// Which answers are about something that must never come again: each by itself, whatever its connection asks for next.
@Suite struct DurableAnswerTests {
    private func name(_ text: String) -> ResourceName { try! ResourceName(Array(text.utf8)) }

    /// What a turn answers to a connection that does not wait for its answers.
    private func answers(to inputs: (SessionID) -> [Input]) -> [Answer] {
        var engine = Engine(policy: .bounded, nextRequest: 1, epoch: 1, lastTokenCounter: 0)
        var effects = Effects()
        let now = Moment(boottime: Instant(nanoseconds: 0), wallMicroseconds: 0)
        for input in inputs(SessionID(1)) { engine.step(input, at: now, into: &effects) }
        return effects.answers
    }

    private func lock(_ session: SessionID, _ texts: String...) -> Input {
        var request = LockRequest(resource: name(texts[0]), mode: .exclusive)
        request.others = texts.dropFirst().map { LockPart(name($0), .exclusive) }
        return .lock(session, request)
    }

    private func unlock(_ session: SessionID, _ text: String) -> Input { .unlock(session, name(text), .exited(status: 0)) }

    @Test(arguments: ["_s_x[1]", "_S_x[1]"]) func aNumberAndItsRelease(sequence: String) {
        let answers = answers {
            [lock($0, sequence), unlock($0, sequence), lock($0, "flat"), unlock($0, "flat"), lock($0, sequence)]
        }
        #expect(answers.map(\.isDurable) == [true, true, false, false, true])
    }

    @Test func onePartOfAGroupStandsForAll() {
        let answers = answers { [lock($0, "flat", "_s_x[1]"), unlock($0, "flat"), lock($0, "flat", "other")] }
        #expect(answers.map(\.isDurable) == [true, true, false])
    }

    @Test func nothingElseIs() {
        let answers = answers {
            [lock($0, "a.b"), unlock($0, "a.b"), lock($0, "pool[2]"), unlock($0, "pool[2]"), unlock($0, "x")]
        }
        #expect(answers.map(\.isDurable) == [false, false, false, false, false])
    }
}
