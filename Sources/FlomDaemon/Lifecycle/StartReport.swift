/// How the start of a daemon went, as the daemon tells its starter over a pipe.
enum StartReport: Equatable {
    /// It listens. The warning is a sentence for the user.
    case ready(warning: String?)
    /// Another daemon serves.
    case yields
    /// Why it does not listen, in a sentence.
    case failed(String)
    /// The pipe was closed without a word: the daemon was killed.
    case nothing

    private static let readyWord = "ready\n"
    private static let yieldWord = "yield\n"

    var text: String {
        switch self {
        case .ready(let warning): Self.readyWord + (warning ?? "")
        case .yields: Self.yieldWord
        case .failed(let sentence): sentence
        case .nothing: ""
        }
    }

    /// - Parameter text: everything that came over the pipe.
    init(text: String) {
        if text == Self.yieldWord {
            self = .yields
        } else if text.hasPrefix(Self.readyWord) {
            let warning = String(text.dropFirst(Self.readyWord.count))
            self = .ready(warning: warning.isEmpty ? nil : warning)
        } else {
            self = text.isEmpty ? .nothing : .failed(text)
        }
    }
}
