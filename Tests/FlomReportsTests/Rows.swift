import FlomModel
import FlomRandom

/// A time of the tests: microseconds after a round one.
let epoch: Int64 = 1_800_000_000_000_000

func row(_ number: Int64, _ resource: String = "R", _ mode: LockMode = .exclusive, askedAt: Int64 = 0) -> HistoryRow {
    HistoryRow(
        request: RequestID(number), resource: Array(resource.utf8), mode: mode, outcome: .waiting, askedAt: epoch + askedAt)
}

extension HistoryRow {
    func granted(at: Int64) -> HistoryRow {
        var row = self
        row.grantedAt = epoch + at
        row.outcome = .held
        row.waitedNanoseconds = (epoch + at - askedAt) * 1000
        row.token = FencingToken(epoch: 1, counter: request.number)
        return row
    }

    func ended(at: Int64, _ outcome: RequestOutcome = .released) -> HistoryRow {
        var row = self
        row.endedAt = epoch + at
        row.outcome = outcome
        if let grantedAt {
            row.heldNanoseconds = (epoch + at - grantedAt) * 1000
        } else {
            row.waitedNanoseconds = (epoch + at - askedAt) * 1000
        }
        return row
    }

    func queued() -> HistoryRow {
        var row = self
        row.queuedAt = askedAt
        return row
    }

    func by(_ user: String, on host: String = "h", _ command: String...) -> HistoryRow {
        var row = self
        (row.user, row.host, row.command) = (user, host, command.map { Array($0.utf8) })
        return row
    }
}

extension SeededRandom {
    /// Requests that overlap in every way, in the order of their numbers. Some of them no daemon would grant beside each other:
    /// statistics take a history as it is.
    mutating func history(count: Int, length: Int) -> [HistoryRow] {
        let resources = ["R", "S", "P[3]", "/a", "/a/b", "/a/c", "/a/b/d", "_s_N[2]", "x.y"]
        let asked = (0..<count).map { _ in Int64(below(length)) }.sorted()
        return asked.enumerated().map { index, time in
            var row = row(Int64(index + 1), pick(resources), pick(LockMode.allCases), askedAt: time)
                .by(pick(["alice", "bob"]), on: pick(["h", "i"]), pick(["make", "sleep", "cp"]), pick(["1", "2"]))
            if chance(percent: 60) { row = row.queued() }
            let left = time + Int64(below(length / 4))
            guard !chance(percent: 5) else { return row }
            guard chance(percent: 75) else {
                return row.ended(at: left, pick([RequestOutcome.timedOut, .refused, .withdrawn]))
            }
            row = row.granted(at: left)
            guard !chance(percent: 10) else { return row }
            return row.ended(at: left + Int64(below(length / 3)), pick([RequestOutcome.released, .reclaimed, .broken]))
        }
    }
}
