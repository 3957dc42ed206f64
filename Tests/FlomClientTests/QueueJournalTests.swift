import FlomCore
import Testing

/// Where a request waits: a step for each first answer, with whether the name may lead elsewhere.
@Suite struct QueueJournalTests {
    private static let stories: [(name: String, answers: [(request: String?, mayLook: Bool, verdict: QueueJournal.Verdict)])] = [
        ("the same journal", [("a:1", true, .same), ("a:1", true, .same), ("a:7", true, .same)]),
        (
            "a refusal and 1.7.2 say nothing",
            [(nil, true, .same), ("a:1", true, .same), (nil, true, .same), ("a:2", true, .same)]
        ),
        ("another one at the old address", [("a:1", true, .same), ("b:1", true, .elsewhere), ("a:1", true, .same)]),
        ("it is the endpoint's all the same", [("a:1", true, .same), ("b:1", true, .elsewhere), ("b:2", true, .another)]),
        ("a socket has one place", [("a:1", true, .same), ("b:1", false, .another), ("b:2", true, .same)]),
    ]

    @Test(arguments: stories.indices)
    func eachAnswerSaysWhetherToStay(index: Int) {
        var journal = QueueJournal()
        for answer in Self.stories[index].answers {
            let verdict = journal.judge(answer.request, canLookElsewhere: { answer.mayLook })
            #expect(verdict == answer.verdict, "\(Self.stories[index].name): \(answer.request ?? "")")
        }
    }
}
