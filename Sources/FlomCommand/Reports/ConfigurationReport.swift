internal import FlomModel
internal import FlomOptions
internal import FlomReports
internal import FlomStore

/// `--show-config`: each key with its value and the origin of that value.
enum ConfigurationReport {
    static func print(_ invocation: Invocation) throws(Failure) {
        let origins = SettingOrigins()
        // Errors in files have been reported already.
        let settings = try Settings.resolved(invocation, origins: origins) { _ in }
        let arguments = CommandLine.words
        var rows: [Row] = []
        for option in OptionTable.all {
            guard let key = option.key, let shown = option.shown else { continue }
            rows.append(
                Row(key: key, value: shown(settings), origin: origins.text(of: key, arguments: arguments) ?? "default"))
        }
        // The keys of a group together; groups in the order of their first key.
        let groups = rows.map(\.key.group).reduce(into: [String]()) { groups, group in
            if !groups.contains(group) { groups.append(group) }
        }
        rows = groups.flatMap { group in rows.filter { $0.key.group == group } }
        switch settings.report.format {
        case .json: printObjects(rows)
        default: printTable(rows)
        }
    }

    private struct Row {
        let key: (group: String, name: String)
        let value: ShownValue
        let origin: String
    }

    private static func printTable(_ rows: [Row]) {
        let cells =
            [["GROUP", "KEY", "VALUE", "FROM"]]
            + rows.map { row in
                [row.key.group, row.key.name, row.value.configured.joined(separator: ", "), row.origin].map(SafeText.shown)
            }
        let widths = (0..<3).map { column in cells.map { $0[column].count }.max() ?? 0 }
        for row in cells {
            let padded = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
            StandardOutput.print((padded + [row[3]]).joined(separator: "  "))
        }
    }

    /// One object on each line, as in all reports. A key that is not set has no value.
    private static func printObjects(_ rows: [Row]) {
        for row in rows {
            var json = JSONWriter()
            json.beginObject()
            json.field("group", row.key.group)
            json.field("key", row.key.name)
            switch row.value {
            case .text(let text?) where !text.isEmpty: json.field("value", text)
            case .text: break
            case .word(let word): json.field("value", word)
            case .integer(let number): json.field("value", number)
            case .flag(let flag): json.field("value", flag)
            case .mode(let mode): json.field("value", mode.shortName)
            case .list(let items, _): json.field("value", words: items.map { Array($0.utf8) })
            }
            json.field("from", row.origin)
            json.endObject()
            StandardOutput.print(String(decoding: json.bytes, as: UTF8.self))
        }
    }
}
