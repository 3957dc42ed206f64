internal import FlomClient

/// What properties ask for, and in whose name.
extension Properties {
    var terms: LockTerms {
        var terms = LockTerms(parts)
        terms.timeoutMilliseconds = timeout
        terms.mayCreate = mayCreate
        terms.idleLifespanMilliseconds = idleLifespan
        // A program that runs under flom, and asks for more.
        terms.parent = ProgramFacts.enclosingRequest
        return terms
    }

    /// The words that are shown as the command.
    var describedWords: [[UInt8]]? {
        guard let description else { return ProgramFacts.commandLine }
        return description.bytes.split(separator: UInt8(ascii: " ")).map(Array.init)
    }
}
