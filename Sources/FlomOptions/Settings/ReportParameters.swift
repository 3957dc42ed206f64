internal import FlomConfiguration
package import FlomModel
package import FlomReports

/// What a report is to contain, as parameters of a request over HTTP: the names and values of the command line's options.
package struct ReportParameters {
    package let filter: HistoryFilter
    /// The number of rows; nil if none was named.
    package let limit: Int?
    package let by: StatisticsKey

    package enum Report {
        case history
        case statistics
    }

    /// The options that a parameter stands for. Only one name differs: there is no `-r` in a query.
    private static func option(of name: String) -> String { name == "resource" ? "resource-name" : name }

    /// The parameters of a report in alphabetical order.
    package static func names(for report: Report) -> [String] {
        let filter = ["command", "host", "outcome", "resource", "since", "until", "user"]
        return (filter + [report == .history ? "limit" : "by"]).sorted()
    }

    /// - Throws: `Failure` with a sentence about the parameter that is not accepted.
    package init(_ parameters: [(name: String, value: String)], for report: Report) throws(Failure) {
        var reader = SettingsReader()
        let known = Self.names(for: report)
        for (name, value) in parameters {
            guard known.contains(name), let option = OptionTable.named(long: Self.option(of: name)) else {
                throw Failure(.failure, "there is no parameter '\(name)' here; there are \(known.joined(separator: ", "))")
            }
            do { try option.effect.apply(&reader, Array(value.utf8)) } catch {
                throw Failure(.failure, "the parameter \(name): '\(value)' is not accepted; it takes \(error.accepted)")
            }
        }
        filter = try reader.settings.reportFilter()
        limit = reader.settings.report.limit
        by = reader.settings.report.by
    }
}
