import FlomChecker

/// Histories as short texts: times in milliseconds, and a daemon and some clients that are there from the beginning.
enum Judgement {
    /// Clients 1 to 4 run flom on the daemon's host, 5 and 7 on another one, 7 with a command that ends with
    /// its lock; 6 runs 1.7.2.
    private static let beginning = """
        0 daemon-started 1
        0 client-began 1 local resumes
        0 client-began 2 local resumes
        0 client-began 3 local resumes
        0 client-began 4 local resumes
        0 client-began 5 remote resumes
        0 client-began 6 local old
        0 client-began 7 remote resumes kills-on-loss
        """

    /// What the checker finds; nil if every promise is kept.
    static func brokenPromise(in history: String) -> BrokenPromise? {
        var settings = Checker.Settings()
        settings.maxOvertakeMilliseconds = 100
        var checker = Checker(settings)
        do throws(BrokenPromise) {
            for line in (beginning + "\n" + history).split(separator: "\n") where !line.isEmpty {
                var record = try Record(line: String(line))
                record.at *= 1_000_000
                if case .late(let decidedAt) = record.fact { record.fact = .late(decidedAt * 1_000_000) }
                if case .offered(let request, let moment, let element) = record.fact {
                    record.fact = .offered(request, at: moment * 1_000_000, element: element)
                }
                try checker.check(record)
            }
            return nil
        } catch { return error }
    }
}
