import Foundation

/// The built command that the end-to-end tests drive.
package enum Program {
    /// `FLOM_BINARY`, or what the release build leaves in the repository.
    package static let path = ProcessInfo.processInfo.environment["FLOM_BINARY"] ?? repository + "/.build/release/flom"

    /// Three folders above this file.
    package static let repository = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

    /// Whether it is linked statically, as release builds are: then it names no program interpreter.
    package static let isStatic =
        Files.bytes(of: path).map { !String(decoding: $0.prefix(4096), as: UTF8.self).contains("/ld-linux") } ?? false

    struct Missing: Error, CustomStringConvertible {
        let description: String
    }

    static func check() throws {
        guard access(path, X_OK) == 0 else {
            throw Missing(description: "there is no program '\(path)': build it first with `swift build -c release`")
        }
    }
}
