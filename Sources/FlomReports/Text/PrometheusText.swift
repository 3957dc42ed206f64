package import FlomModel

/// The open requests in the text format that Prometheus and its textfile collector read.
package struct PrometheusText {
    private var text = ""

    /// - Parameters:
    ///   - status: all open requests, of all resources or of the selected ones.
    ///   - always: a resource that is listed even if it has no open request.
    ///   - newestRequest: the newest request on record; nil before the first.
    ///   - now: microseconds since 1970-01-01 UTC.
    package init(_ status: StatusRows, always: [UInt8]?, newestRequest: RequestID?, isDaemonRunning: Bool, now: Int64) {
        gauge("flom_daemon_running", "Whether a daemon serves the endpoint.", [("", isDaemonRunning ? "1" : "0")])
        metric(
            "flom_requests_total", "counter", "Requests that the journal has numbered so far.",
            [("", "\(newestRequest?.number ?? 0)")])
        let resources = Self.grouped(status.entries, always)
        func each(_ name: String, _ help: String, _ value: ([StatusRow]) -> String?) {
            gauge(name, help, resources.compactMap { name, entries in value(entries).map { (Self.label(name), $0) } })
        }
        func pool(_ entries: [StatusRow]) -> ResourcePool? {
            entries.isEmpty ? always.flatMap { ResourcePool($0, rows: []) } : entries[0].pool
        }
        func count(_ entries: [StatusRow], _ isMeant: (HistoryRow) -> Bool) -> String {
            "\(entries.count { isMeant($0.row) })"
        }
        func oldest(_ entries: [StatusRow], _ isMeant: (HistoryRow) -> Bool) -> String {
            TimeText.seconds(entries.filter { isMeant($0.row) }.map { $0.row.age(at: now) }.max() ?? 0)
        }
        each("flom_holders", "Requests that hold the resource.") { count($0) { $0.outcome == .held } }
        each("flom_waiters", "Requests that wait for the resource.") { count($0) { $0.outcome != .held } }
        each("flom_orphans", "Holders whose flom is gone while their command runs.") { count($0) { $0.isOrphan } }
        each("flom_away", "Holders and waiters on other hosts whose connection is lost.") { count($0) { $0.isAway } }
        each("flom_oldest_hold_seconds", "How long the oldest holder has held it; 0 without one.") {
            oldest($0) { $0.outcome == .held }
        }
        each("flom_oldest_wait_seconds", "How long the oldest waiter has waited; 0 without one.") {
            oldest($0) { $0.outcome != .held }
        }
        each("flom_capacity", "Capacity of a resource that has one.") { pool($0).map { "\($0.capacity)" } }
        each("flom_free", "Free units of a resource that has a capacity.") { pool($0).map { "\($0.free)" } }
    }

    /// How the daemon is.
    ///
    /// - Parameters:
    ///   - answers: nil where none runs.
    ///   - trouble: why it does not answer, gives no locks, or why the next one will give none, in a sentence.
    package mutating func add(answers: Bool?, trouble: String?) {
        if let answers {
            gauge("flom_daemon_answers", "Whether the daemon answers; 0: it is stopped or stuck.", [("", answers ? "1" : "0")])
        }
        gauge(
            "flom_daemon_trouble", "Whether the daemon, or the next one, gives no locks, for this reason.",
            [(trouble.map { Self.label("reason", $0) } ?? "", trouble == nil ? "0" : "1")])
    }

    /// The metrics if the check could not be made.
    package init(_ verdict: CheckVerdict) { add(verdict, nil) }

    /// Adds the verdict of `--check`.
    package mutating func add(_ verdict: CheckVerdict, _ success: LastSuccess?) {
        gauge("flom_check_status", "0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.", [("", "\(verdict.level.rawValue)")])
        guard let success, let endedAt = success.endedAt else { return }
        gauge(
            "flom_last_success_timestamp_seconds", "When a command under the resource last ended with status 0.",
            [(Self.label(SafeText.repaired(success.resource)), TimeText.seconds(endedAt))])
    }

    /// All lines, each with its line feed.
    package var lines: String { text }

    private mutating func gauge(_ name: String, _ help: String, _ samples: [(labels: String, value: String)]) {
        metric(name, "gauge", help, samples)
    }

    package mutating func metric(_ name: String, _ type: String, _ help: String, _ samples: [(labels: String, value: String)]) {
        guard !samples.isEmpty else { return }
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
        for sample in samples { text += "\(name)\(sample.labels) \(sample.value)\n" }
    }

    /// A distribution, under one label or without any.
    package struct Distribution {
        let label: (name: String, value: String)?
        /// The upper ends of the buckets.
        let bounds: [String]
        /// How many fell into each bucket, and into the one without an end.
        let counts: [Int]
        let sum: String

        package init(label: (name: String, value: String)?, bounds: [String], counts: [Int], sum: String) {
            (self.label, self.bounds, self.counts, self.sum) = (label, bounds, counts, sum)
        }
    }

    package mutating func histogram(_ name: String, _ help: String, _ distributions: [Distribution]) {
        guard !distributions.isEmpty else { return }
        text += "# HELP \(name) \(help)\n# TYPE \(name) histogram\n"
        for distribution in distributions {
            let label = distribution.label.map { Self.label($0.name, $0.value) } ?? ""
            let bucket = label.isEmpty ? "{" : label.dropLast() + ","
            var sum = 0
            for (bound, count) in zip(distribution.bounds + ["+Inf"], distribution.counts) {
                sum += count
                text += "\(name)_bucket\(bucket)le=\"\(bound)\"} \(sum)\n"
            }
            text += "\(name)_sum\(label) \(distribution.sum)\n\(name)_count\(label) \(sum)\n"
        }
    }

    /// Turns the lines into those of OpenMetrics 1.0: a counter's family has a name without `_total`, and the text has an end.
    package mutating func becomeOpenMetrics() {
        var lines = text.split(separator: "\n")
        for index in lines.indices where lines[index].hasPrefix("# TYPE ") && lines[index].hasSuffix("_total counter") {
            lines[index] = lines[index].dropLast("_total counter".count) + " counter"
            let help = lines[index - 1].split(separator: " ", maxSplits: 3)
            lines[index - 1] = "# HELP \(help[2].dropLast("_total".count)) \(help[3])"
        }
        text = lines.joined(separator: "\n") + "\n# EOF\n"
    }

    /// Groups requests by the resource's shown name: two names that differ only in bytes that are not UTF-8 would be one series
    /// given twice.
    private static func grouped(_ entries: [StatusRow], _ always: [UInt8]?) -> [(String, [StatusRow])] {
        var groups: [String: [StatusRow]] = [:]
        if let always { groups[SafeText.repaired(always)] = [] }
        for entry in entries { groups[SafeText.repaired(entry.row.resource), default: []].append(entry) }
        return groups.sorted { $0.key < $1.key }
    }

    private static func label(_ resource: String) -> String { label("resource", resource) }

    package static func label(_ name: String, _ value: String) -> String {
        var result = "{\(name)=\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\"": result += "\\\""
            case "\n": result += "\\n"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\"}"
    }
}
