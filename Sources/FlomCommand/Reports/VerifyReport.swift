internal import FlomDaemon
internal import FlomOptions
internal import FlomReports
internal import FlomSettings
internal import FlomStore
internal import FlomSystem

/// `--verify`: checks that the record is what was written.
struct VerifyReport {
    private let settings: Settings
    private let path: String
    /// The endpoint's record, if this is its journal: it knows how far the journal had come.
    private let recorded: EndpointRecord?

    private static let tampered: Int32 = 1

    init(_ settings: Settings) throws(Failure) {
        self.settings = settings
        let path = try JournalOfEndpoint.localPath(settings, for: "--verify")
        self.path = path
        recorded = EndpointRecord.read(of: try settings.endpoint()).flatMap { $0.journalPath == path ? $0 : nil }
    }

    /// The exit status: 0, or 1 if something was changed.
    func print() throws(Failure) -> Int32 {
        let result: Verification
        do {
            let reader = try JournalReader.open(path: path)
            if let recorded, let flaw = recorded.flaw(ofJournal: reader.journalID, lastEvent: .max) { return tampered(flaw) }
            result = try reader.verify(expecting: knownHeads())
        } catch {
            if let recorded, recorded.lastEvent > 0, error.kind == .empty || error.kind == .missing {
                return tampered(
                    "it is \(error.kind == .empty ? "empty" : "gone"), and the last daemon has recorded \(recorded.lastEvent) events"
                )
            }
            throw Failure(.failure, error.sentence)
        }
        if let bad = result.firstBad {
            return tampered(sentence(bad))
        }
        if let pruned = result.prunedHead {
            throw Failure(
                .failure,
                "event \(pruned.number) has been pruned, so nothing can be said of --expect; those from \(result.anchorNumber + 1) "
                    + "on are as they were chained, and the head is now \(Self.text(result.lastGood))")
        }
        let count = "\(result.goodEvents) \(result.goodEvents == 1 ? "event" : "events")"
        let span = result.span.map { " from \(TimeText.local($0.lowerBound)) to \(TimeText.local($0.upperBound))" } ?? ""
        let pruned = result.anchorNumber == 0 ? "" : ", after \(result.anchorNumber) that were pruned"
        StandardOutput.print("\(count)\(span)\(pruned), none changed; head \(Self.text(result.lastGood))")
        return ExitStatus.success.rawValue
    }

    private func tampered(_ reason: String) -> Int32 {
        StandardError.say("the journal '\(path)' is not what was written: \(reason)")
        return Self.tampered
    }

    private static func text(_ head: TrustedHead) -> String { "\(head.number):\(head.hash?.description ?? "")" }

    /// The heads that are known from elsewhere: `--expect` and the endpoint's record.
    private func knownHeads() -> [TrustedHead] {
        let expected = settings.maintenance.expected
        return [expected, recorded.map { .init(number: $0.lastEvent, hash: nil) }].compactMap(\.self)
    }

    private func sentence(_ bad: Verification.BadRecord) -> String {
        let number = bad.number
        let at = bad.at.map { " (\(TimeText.local($0)))" } ?? ""
        let request = bad.request.map { "request \($0)" } ?? ""
        switch bad.reason {
        case .missing:
            return "event \(number) is missing" + (bad.at == nil ? "" : ", behind the one of \(TimeText.local(bad.at!))")
        case .altered:
            return "event \(number)\(at) was changed, or put in its place"
                + (bad.request == nil ? "" : "; it is about \(request)")
        case .cutOff:
            return "it ends before event \(number), which was written"
                + (bad.at == nil ? "" : "; the last one left is of \(TimeText.local(bad.at!))")
        case .rewritten:
            return "event \(number)\(at) is not the one that --expect names: the chain up to it was computed anew"
        case .unreadable:
            return "event \(number)\(at) is nothing that flom writes"
        case .rowAltered(let column):
            return "'\(column)' of \(request) was changed: it is not what the events up to \(number)\(at) say"
        case .rowMissing:
            return "\(request) was removed, of which the events up to \(number)\(at) speak"
        case .rowInserted:
            return "\(request) was inserted: no event speaks of it, those up to \(number)\(at) least of all"
        case .blockAltered:
            return
                "the summary of the \(RequestBlock.size) requests from \(bad.request ?? 0) on was changed: filtered histories would not "
                + "show them all"
        }
    }
}
