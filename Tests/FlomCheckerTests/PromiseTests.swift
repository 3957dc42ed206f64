import FlomChecker
import Testing

/// Every promise, kept and broken: the second history of each differs from the first by what matters.
@Suite struct PromiseTests {
    @Test(arguments: Histories.all)
    func promise(_ sample: Histories.Sample) {
        let good = Judgement.brokenPromise(in: sample.kept)
        #expect(good == nil, "\(sample.name): \(good.map { "\($0)" } ?? "")")
        let bad = Judgement.brokenPromise(in: sample.broken)
        #expect(bad?.promise == sample.promise, "\(sample.name): \(bad.map { "\($0)" } ?? "nothing was found")")
    }

    @Test func everyPromiseHasASample() {
        let shown = Set(Histories.all.map(\.promise))
        #expect(BrokenPromise.Promise.allCases.filter { !shown.contains($0) } == [])
    }

    @Test func aHistoryIsTheSameAsText() throws {
        for sample in Histories.all {
            for line in (sample.kept + "\n" + sample.broken).split(separator: "\n") {
                let record = try Record(line: String(line))
                #expect(try Record(line: record.line) == record)
            }
        }
    }

    @Test(arguments: [
        "", "x", "1 nothing", "1 asked 1", "1 asked 1 db client=x", "1 committed 2", "1 asked 1 db client=1 mode=XX",
    ])
    func whatIsNoRecordIsRefused(_ line: String) {
        #expect(throws: BrokenPromise.self) { try Record(line: line) }
    }

    @Test func anyByteMayBeInAName() throws {
        var asked = Asked(request: 1, resource: Array("/a b/100%=\u{FF}".utf8) + [0x80], client: 1)
        asked.group = 4
        asked.parent = 2
        let record = Record(5, .asked(asked))
        #expect(try Record(line: record.line) == record)
    }
}
