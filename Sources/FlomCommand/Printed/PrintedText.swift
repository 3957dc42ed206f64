/// What `--print` prints: texts that are made from the option table, for other programs.
enum PrintedText: String, CaseIterable {
    case man
    case bash
    case zsh
    case fish
    case config

    static func print(_ wanted: PrintedText) {
        let text =
            switch wanted {
            case .man: ManPage.text
            case .bash: BashCompletion.text
            case .zsh: ZshCompletion.text
            case .fish: FishCompletion.text
            case .config: SampleConfiguration.text
            }
        StandardOutput.write(text)
    }
}
