import FlomCore
import FlomModel
import Testing

/// A request from its first message to its grant.
@Suite struct AskingTests {
    private static let start = Instant(nanoseconds: 4_000_000_000)

    private static func after(_ milliseconds: Int64) -> Instant { start.advanced(byMilliseconds: milliseconds) }

    private struct Story: Sendable {
        let name: String
        var isTimed = true
        /// What the daemon says, when, and what the client does about it.
        let words: [(word: Asking.Word, at: Int64, step: Asking.Step)]
    }

    private static let stories = [
        Story(name: "a grant at once", words: [(.granted, 0, .hold)]),
        Story(name: "a refusal at once", words: [(.refused, 0, .end)]),
        Story(name: "a refusal after the wait", words: [(.queued, 0, .wait), (.refused, 9, .end)]),
        Story(name: "a person takes the place away", words: [(.queued, 0, .wait), (.revoked, 9, .end)]),
        Story(name: "an offer", words: [(.queued, 0, .wait), (.offered, 50, .confirm), (.granted, 60, .hold)]),
        Story(
            name: "an offer that was too late, and the next one",
            words: [
                (.queued, 0, .wait), (.offered, 50, .confirm), (.queued, 60, .wait), (.offered, 70, .confirm),
                (.granted, 80, .hold),
            ]),
        Story(
            name: "a grant that came late after its offer is asked about on another host",
            words: [(.queued, 0, .wait), (.offered, 50, .confirm), (.granted, 1050, .confirm), (.stands, 1060, .hold)]),
        Story(
            name: "… and may be lost by then",
            words: [(.queued, 0, .wait), (.offered, 50, .confirm), (.granted, 1050, .confirm), (.standsNoMore, 1060, .leave)]),
        Story(
            name: "on the daemon's host no time ends it", isTimed: false,
            words: [(.queued, 0, .wait), (.offered, 50, .confirm), (.granted, 1050, .hold)]),
        Story(
            name: "a late grant of a daemon that makes no offers",
            words: [(.queued, 0, .wait), (.granted, 50, .confirm), (.stands, 60, .hold)]),
        Story(
            name: "… on the daemon's host", isTimed: false, words: [(.queued, 0, .wait), (.granted, 50, .hold)]),
        Story(
            name: "nothing else counts while the client asks whether its grant stands",
            words: [(.queued, 0, .wait), (.granted, 50, .confirm), (.queued, 60, .leave)]),
        Story(
            name: "a person takes it away in that moment",
            words: [(.queued, 0, .wait), (.granted, 50, .confirm), (.revoked, 60, .end)]),
        Story(name: "an offer comes after a first answer", words: [(.offered, 0, .reject)]),
        Story(name: "nobody has asked whether it stands", words: [(.queued, 0, .wait), (.stands, 1, .reject)]),
    ]

    @Test(arguments: stories.indices)
    func everyWordHasItsStep(index: Int) {
        let story = Self.stories[index]
        var asking = Asking()
        asking.asks()
        for (word, moment, step) in story.words {
            let found = asking.hear(word, isTimed: story.isTimed, at: Self.after(moment))
            #expect(found == step, "\(story.name): \(word) at \(moment)")
        }
    }

    @Test func onlyAnOfferOrAGrantLeadsToTheLock() {
        for word in Asking.Word.allCases where word != .granted {
            var asking = Asking()
            asking.asks()
            _ = asking.hear(.queued, isTimed: true, at: Self.start)
            let step = asking.hear(word, isTimed: true, at: Self.start)
            #expect(step != .hold, "\(word)")
        }
    }

    /// What is heard before the loss, how the daemon has left, whether its clients can come back, what follows.
    @Test(
        arguments: [
            ([], .unexplained, true, .askAnew), ([], .idle, false, .askAnew), ([.queued], .unexplained, true, .comeBack),
            ([.queued], .unexplained, false, .end), ([.queued], .shutDown, true, .comeBack), ([], .noRoom, false, .awaitRoom),
            ([.queued], .noRoom, true, .awaitRoom), ([.queued, .offered], .restarting, true, .comeBack),
            ([.queued, .granted], .unexplained, true, .comeBack),
        ] as [([Asking.Word], DaemonDeparture, Bool, Asking.Loss)])
    func aLostConnection(words: [Asking.Word], departure: DaemonDeparture, canComeBack: Bool, loss: Asking.Loss) {
        var asking = Asking()
        asking.asks()
        for word in words { _ = asking.hear(word, isTimed: true, at: Self.start) }
        let found = asking.lostConnection(departure, canComeBack: canComeBack)
        #expect(found == loss)
        #expect(asking.awaitsFirstAnswer)
        #expect(asking.hasBeenHeard == (loss == .comeBack))
    }

    /// An attempt that reached a daemon which said nothing takes the place from nobody.
    @Test func aPlaceOutlivesASilentDaemon() {
        var asking = Asking()
        asking.asks()
        _ = asking.hear(.queued, isTimed: true, at: Self.start)
        let first = asking.lostConnection(.unexplained, canComeBack: true)
        asking.asks()
        let second = asking.lostConnection(.unexplained, canComeBack: true)
        #expect(first == .comeBack && second == .comeBack)
        let third = asking.lostConnection(.noRoom, canComeBack: true)
        asking.asks()
        let fourth = asking.lostConnection(.unexplained, canComeBack: true)
        #expect(third == .awaitRoom && fourth == .askAnew)
    }

    @Test func anotherJournalIsLeftAndLookedForElsewhere() {
        var asking = Asking()
        asking.asks()
        asking.heardOfAnotherJournal()
        let loss = asking.lostConnection(.unexplained, canComeBack: true)
        #expect(loss == .comeBack)
    }

    @Test func theWaitForADaemonBeginsAnewWithEachLoss() {
        var asking = Asking()
        let right = StartingRight(mayStart: false, isFoundByGroup: false)
        func verdict(_ milliseconds: Int64) -> DaemonAbsence.Verdict {
            asking.goesOn(
                without: .unexplained, right: right, graceMilliseconds: 9000, limit: nil, now: Self.after(milliseconds))
        }
        for begin in [0, 20_000] as [Int64] {
            asking.asks()
            _ = asking.hear(.queued, isTimed: true, at: Self.after(begin))
            _ = asking.lostConnection(.unexplained, canComeBack: true)
            let verdicts = [verdict(begin), verdict(begin + 8999), verdict(begin + 9000)]
            #expect(verdicts == [.tryAgain, .tryAgain, .staysAway(milliseconds: 9000)])
            #expect(asking.givesUpAt == Self.after(begin + 9000))
        }
    }
}
