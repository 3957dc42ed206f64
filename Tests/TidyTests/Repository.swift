import Foundation

/// The files of this repository, as they lie on the disk.
struct Repository {
    struct File {
        /// From the root.
        let path: String
        let permissions: Int
        /// Nil if it is not text.
        let text: String?
    }

    let files: [File]
    /// Made by tools, not by people.
    private static let ignored: Set<String> = [".git", ".build", ".swiftpm", "Package.resolved"]

    static let here = Repository(root: root)

    /// This file is Tests/TidyTests/Repository.swift.
    private static var root: URL {
        var url = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        for _ in 0..<3 { url.deleteLastPathComponent() }
        return url
    }

    init(root: URL) {
        var files: [File] = []
        Self.collect(root, path: "", into: &files)
        self.files = files.sorted { $0.path < $1.path }
    }

    private static func collect(_ folder: URL, path: String, into files: inout [File]) {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [] where !ignored.contains(name) {
            let url = folder.appendingPathComponent(name)
            let ownPath = path.isEmpty ? name : "\(path)/\(name)"
            let attributes = (try? FileManager.default.attributesOfItem(atPath: url.path)) ?? [:]
            switch attributes[.type] as? FileAttributeType {
            case .typeDirectory: collect(url, path: ownPath, into: &files)
            case .typeRegular:
                let permissions = (attributes[.posixPermissions] as? NSNumber)?.intValue ?? 0
                files.append(File(path: ownPath, permissions: permissions, text: text(of: url)))
            default: break
            }
        }
    }

    private static func text(of url: URL) -> String? {
        guard let data = try? Data(contentsOf: url), !data.contains(0) else { return nil }
        return String(data: data, encoding: .utf8)
    }

    func text(_ path: String) -> String { files.first { $0.path == path }?.text ?? "" }

    func files(under folder: String) -> [File] { files.filter { $0.path.hasPrefix(folder + "/") } }

    /// The names of the folders directly under `folder`.
    func subfolders(of folder: String) -> [String] {
        let names = files(under: folder).compactMap { file -> String? in
            let parts = file.path.split(separator: "/")
            return parts.count > 2 ? String(parts[1]) : nil
        }
        return Set(names).sorted()
    }

    /// The complaints of one check over all texts that `isMeant` names.
    func complaints(
        about isMeant: (String) -> Bool, _ check: (_ path: String, _ text: String) -> [String]
    ) -> [String] {
        files.filter { isMeant($0.path) }.flatMap { file in file.text.map { check(file.path, $0) } ?? [] }
    }
}
