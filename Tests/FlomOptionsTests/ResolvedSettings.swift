import FlomTestKit
import Foundation
import Testing

@testable import FlomModel
@testable import FlomOptions

/// What options and files come to, without a process.
struct ResolvedSettings {
    let settings: Settings
    private let origins: SettingOrigins
    private let words: [[UInt8]]
    /// What was wrong in the usual files.
    let complaints: [String]

    /// - Parameters:
    ///   - words: what is typed after the program's name.
    ///   - files: paths, in the order in which they are read.
    init(_ words: [String], files: [String] = []) throws(Failure) {
        self.words = (["flom"] + words).map { Array($0.utf8) }
        let origins = SettingOrigins()
        var complaints: [String] = []
        settings = try Settings.resolved(try Invocation(self.words), files: files, origins: origins) { complaints.append($0) }
        self.origins = origins
        self.complaints = complaints
    }

    /// The value of a key as `--show-config --format json` has it, and where it comes from; the value is nil if nothing is set.
    func found(_ group: String, _ key: String) throws -> (value: String?, from: String) {
        let option = try #require(OptionTable.forKey(group: group, name: key))
        let show = try #require(option.shown)
        let value: String? =
            switch show(settings) {
            case .text(let text): text.flatMap { $0.isEmpty ? nil : $0 }
            case .word(let word): word
            case .integer(let number): "\(number)"
            case .flag(let flag): "\(flag)"
            case .mode(let mode): mode.shortName
            case .list(let items, _): "[" + items.map { "\"\($0)\"" }.joined(separator: ",") + "]"
            }
        return (value, origins.text(of: (group, key), arguments: words) ?? "default")
    }

    /// Why words and files are refused; nil if they are not.
    static func refusal(_ words: [String], files: [String] = []) -> Failure? {
        do { _ = try ResolvedSettings(words, files: files) } catch { return error }
        return nil
    }
}

/// Files of settings in a directory of their own, removed with this.
final class SettingFiles {
    private let directory: String

    init() throws { directory = try Files.makeTemporaryDirectory("flom-settings") }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    /// Writes a file, and says where it is.
    func write(_ text: String, to name: String) throws -> String {
        let path = "\(directory)/\(name)"
        try Files.write(text, to: path)
        return path
    }
}
