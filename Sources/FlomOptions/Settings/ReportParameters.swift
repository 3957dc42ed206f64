internal import FlomConfiguration
package import FlomModel

/// What a report is to contain, as parameters of a request over HTTP: the names and values of the command line's options.
package struct ReportParameters {
    package let filter: HistoryFilter
    /// The number of rows; nil if none was named.
    package let limit: Int?

    /// The parameters and the options that they stand for. Only one name differs: there is no `-r` in a query.
    private static let options = [
        "resource": "resource-name", "since": "since", "until": "until", "user": "user", "host": "host", "command": "command",
        "outcome": "outcome", "limit": "limit",
    ]

    /// - Throws: `Failure` with a sentence about the parameter that is not accepted.
    package init(_ parameters: [(name: String, value: String)]) throws(Failure) {
        var reader = SettingsReader()
        for (name, value) in parameters {
            guard let long = Self.options[name], let option = OptionTable.named(long: long) else {
                let known = Self.options.keys.sorted().joined(separator: ", ")
                throw Failure(.failure, "there is no parameter '\(name)' here; there are \(known)")
            }
            do { try option.effect.apply(&reader, Array(value.utf8)) } catch {
                throw Failure(.failure, "the parameter \(name): '\(value)' is not accepted; it takes \(error.accepted)")
            }
        }
        filter = try reader.settings.reportFilter()
        limit = reader.settings.report.limit
    }
}
