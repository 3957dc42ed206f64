internal import FlomModel
internal import FlomStore

/// A group of a statistic as one line of JSON or CSV. `docs/history.md` lists the keys; they never change their meaning.
package struct StatisticsText {
    private let statistics: Statistics
    /// The number of commands that are named for having made others wait.
    private static let blamed = 3

    package init(_ statistics: Statistics) { self.statistics = statistics }

    /// The group's key for people.
    package func name(_ group: Statistics.Group) -> String {
        guard let key = group.key else { return "(all others)" }
        return statistics.by == .command ? SafeText.command(CommandWords.split(key)) : SafeText.shown(key)
    }

    package static func command(_ blame: Statistics.Blame) -> String {
        guard let command = blame.command else { return "(all others)" }
        return command.isEmpty ? "(unknown)" : SafeText.command(command)
    }

    package func json(_ group: Statistics.Group) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("by", statistics.by.rawValue)
        switch (group.key, statistics.by) {
        case (nil, _): writer.field("others", true)
        case (let key?, .resource): writer.field("resource", key)
        case (let key?, .user): writer.field("user", key)
        case (let key?, .host): writer.field("host", key)
        case (let key?, .command): writer.field("command", words: CommandWords.split(key))
        }
        writer.field("since", TimeText.utc(statistics.since))
        writer.field("until", TimeText.utc(statistics.until))
        for (key, number) in Self.counts(group) { writer.field(key, number) }
        writer.field("utilisation_ppm", statistics.utilisation(group))
        for (key, span) in Self.spans(group) { if let span { writer.field(key, span) } }
        writer.field("caused_us", group.caused)
        if statistics.by != .command && !group.blamed.isEmpty {
            writer.beginArray("blamed")
            for blame in group.blamed.prefix(Self.blamed) {
                writer.beginObject()
                if let command = blame.command { writer.field("command", words: command) } else { writer.field("others", true) }
                writer.field("caused_us", blame.caused)
                writer.endObject()
            }
            writer.endArray()
        }
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    /// The keys of `json` as a line of CSV. `key` is the value of the grouping, and the commands that made others wait are
    /// numbered.
    package static let csvHeader: String = {
        let group = Statistics.Group(key: nil)
        let numbers = counts(group).map { "\($0.0)" } + ["utilisation_ppm"] + spans(group).map { "\($0.0)" }
        let commands = (1...blamed).flatMap { ["blamed_\($0)_command", "blamed_\($0)_command_base64", "blamed_\($0)_caused_us"] }
        return (["by", "key", "key_base64", "others", "since", "until"] + numbers + ["caused_us"] + commands)
            .joined(separator: ",") + "\r"
    }()

    /// One line of CSV, without its line feed.
    package func csv(_ group: Statistics.Group) -> String {
        var line = CSVLine()
        line.add(statistics.by.rawValue)
        if statistics.by == .command, let key = group.key {
            line.add(command: CommandWords.split(key))
        } else {
            line.add(bytes: group.key)
        }
        line.add(group.key == nil ? "true" : "")
        line.add(TimeText.utc(statistics.since))
        line.add(TimeText.utc(statistics.until))
        for (_, number) in Self.counts(group) { line.add(number) }
        line.add(statistics.utilisation(group))
        for (_, span) in Self.spans(group) { line.add(span) }
        line.add(group.caused)
        for place in 0..<Self.blamed {
            let blame = statistics.by != .command && place < group.blamed.count ? group.blamed[place] : nil
            line.add(command: blame?.command ?? [])
            line.add(blame?.caused)
        }
        return line.text
    }

    private static func counts(_ group: Statistics.Group) -> [(StaticString, Int)] {
        [
            ("requests", group.requests), ("grants", group.grants), ("refusals", group.refusals), ("timeouts", group.timeouts),
            ("withdrawals", group.withdrawals), ("losses", group.losses), ("open", group.open),
            ("longest_queue", group.longestQueue),
        ]
    }

    private static func spans(_ group: Statistics.Group) -> [(StaticString, Int64?)] {
        [
            ("waiting_p50_us", group.waiting.percentile(50)), ("waiting_p95_us", group.waiting.percentile(95)),
            ("waiting_p99_us", group.waiting.percentile(99)), ("waiting_max_us", group.waiting.maximum),
            ("holding_p50_us", group.holding.percentile(50)), ("holding_p95_us", group.holding.percentile(95)),
            ("holding_p99_us", group.holding.percentile(99)), ("holding_max_us", group.holding.maximum),
        ]
    }
}
