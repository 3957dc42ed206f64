/// The texts of `--print`, made from the option table, for other programs.
enum PrintedText: String, CaseIterable {
    case man
    case bash
    case zsh
    case fish
    case config

    /// Lines with their newlines.
    var text: String {
        switch self {
        case .man: ManPage.text
        case .bash: BashCompletion.text
        case .zsh: ZshCompletion.text
        case .fish: FishCompletion.text
        case .config: SampleConfiguration.text
        }
    }
}
