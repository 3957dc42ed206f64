internal import FlomClient
internal import FlomModel

/// The variables that flom sets for the command.
enum CommandEnvironment {
    /// The names of all variables that flom sets. Those of an outer flom are not passed on.
    private enum Variable: String, CaseIterable {
        case resource = "FLOM_RESOURCE"
        case lockMode = "FLOM_LOCK_MODE"
        case element = "FLOM_ELEMENT"
        case fencingToken = "FLOM_FENCING_TOKEN"
        case requestID = "FLOM_REQUEST_ID"
    }

    /// The variables of the first resource, and with several resources those of each, with its number behind the name.
    static func variables(_ held: [HeldResource]) -> [String] {
        var variables: [String] = []
        append(held[0], suffix: "", to: &variables)
        guard held.count > 1 else { return variables }
        for (index, resource) in held.enumerated() { append(resource, suffix: "_\(index + 1)", to: &variables) }
        return variables
    }

    private static func append(_ held: HeldResource, suffix: String, to variables: inout [String]) {
        func set(_ variable: Variable, _ value: String?) {
            if let value { variables.append("\(variable.rawValue)\(suffix)=\(value)") }
        }
        set(.resource, held.part.resource.description)
        set(.lockMode, held.part.resource.kind.hasModes ? held.part.mode.shortName : nil)
        set(.element, held.element.map { String(decoding: $0, as: UTF8.self) })
        set(.fencingToken, held.token.map { "\($0.value)" })
        set(.requestID, held.requestID)
    }

    /// Whether an entry `NAME=VALUE` is one that flom sets.
    static func isOurs(_ entry: String) -> Bool {
        guard let name = entry.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).first else { return false }
        return Variable.allCases.contains { known in
            guard name.hasPrefix(known.rawValue) else { return false }
            let rest = name.dropFirst(known.rawValue.count)
            return rest.isEmpty || (rest.first == "_" && rest.count > 1 && rest.dropFirst().allSatisfy(\.isWholeNumber))
        }
    }
}
