internal import FlomClient
internal import FlomModel

/// What the command finds in its environment.
enum CommandEnvironment {
    /// Of all that flom sets; those of an outer flom are not passed on.
    static let names = ["FLOM_RESOURCE", "FLOM_LOCK_MODE", "FLOM_ELEMENT", "FLOM_FENCING_TOKEN", "FLOM_REQUEST_ID"]

    /// The first resource's, then, of several, those of each with its number behind the name.
    static func variables(_ held: [HeldResource]) -> [String] {
        var variables = Self.variables(held[0], suffix: "")
        guard held.count > 1 else { return variables }
        for (index, resource) in held.enumerated() { variables += Self.variables(resource, suffix: "_\(index + 1)") }
        return variables
    }

    private static func variables(_ held: HeldResource, suffix: String) -> [String] {
        let values = [
            held.part.resource.description,
            held.part.resource.kind.hasModes ? held.part.mode.shortName : nil,
            held.element.map { String(decoding: $0, as: UTF8.self) },
            held.token.map { "\($0.value)" },
            held.requestID,
        ]
        return zip(names, values).compactMap { name, value in value.map { "\(name)\(suffix)=\($0)" } }
    }

    /// Whether an entry `NAME=VALUE` is one that flom sets.
    static func isOurs(_ entry: String) -> Bool {
        guard let name = entry.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).first else { return false }
        return names.contains { known in
            guard name.hasPrefix(known) else { return false }
            let rest = name.dropFirst(known.count)
            return rest.isEmpty || (rest.first == "_" && rest.count > 1 && rest.dropFirst().allSatisfy(\.isWholeNumber))
        }
    }
}
