internal import FlomSystem
internal import Glibc

/// Why a command cannot be executed. The system's `No such file or directory` may mean the command itself or its interpreter, so
/// the file is inspected after the failure.
struct ExecutionFailure {
    private let name: [UInt8]
    private let code: Int32

    /// - Parameter code: errno of the attempt.
    init(_ name: [UInt8], _ code: Int32) {
        self.name = name
        self.code = code
    }

    /// A sentence for the user, with a remedy where one is known.
    var sentence: String { "the command '\(Self.text(name))' cannot be executed: \(reason)" }

    private var reason: String {
        if name.isEmpty { return "its name is empty" }
        if code == E2BIG {
            return
                "its arguments and its environment are longer than the \(sysconf(Int32(_SC_ARG_MAX))) bytes that the system takes"
        }
        guard let path = places.first(where: { access($0, F_OK) == 0 }) else {
            if let closed = places.lazy.compactMap(Self.closedDirectory).first {
                return "the directory '\(closed)' cannot be searched by this user"
            }
            guard code == ENOENT else { return SystemError("exec", code: code).reason }
            return name.contains(UInt8(ascii: "/")) ? "there is no such file" : "it is in no directory of PATH"
        }
        return reason(of: path) ?? SystemError("exec", code: code).reason
    }

    /// The reason why an existing file cannot be executed; nil if it does not exist.
    private func reason(of path: [CChar]) -> String? {
        var found = stat()
        guard stat(path, &found) == 0 else { return nil }
        if found.st_mode & S_IFMT == S_IFDIR { return "it is a directory" }
        if access(path, X_OK) != 0 { return "'\(Self.text(path))' is not executable; chmod +x makes it so" }
        guard code == ENOENT || code == EACCES else { return nil }
        guard let interpreter = Self.interpreter(of: path) else {
            if code == EACCES { return "'\(Self.text(path))' lies where nothing may be executed (noexec)" }
            return "'\(Self.text(path))' is there, but not the loader that it asks for: is it made for another system?"
        }
        let problem =
            if access(interpreter, F_OK) != 0 { "does not exist" } else if access(interpreter, X_OK) != 0 {
                "is not executable"
            } else { "cannot be executed" }
        let hint = interpreter.dropLast().last == CChar(0x0D) ? ": its first line ends with a carriage return" : ""
        return "the interpreter '\(Self.text(interpreter))' that '\(Self.text(path))' names \(problem)\(hint)"
    }

    /// The paths at which execvp looks for the command, each with its NUL.
    private var places: [[CChar]] {
        let file = name.map { CChar(bitPattern: $0) } + [0]
        if name.contains(UInt8(ascii: "/")) { return [file] }
        let path =
            getenv("PATH").map { Array(UnsafeBufferPointer(start: $0, count: strlen($0))) }
            ?? Array("/bin:/usr/bin".utf8CString.dropLast())
        return path.split(separator: CChar(UInt8(ascii: ":")), omittingEmptySubsequences: false).map { directory in
            // An empty entry is the current directory.
            directory.isEmpty ? file : directory + [CChar(UInt8(ascii: "/"))] + file
        }
    }

    /// The first directory of the path that this user may not search.
    private static func closedDirectory(of path: [CChar]) -> String? {
        for index in path.indices.dropFirst() where path[index] == CChar(UInt8(ascii: "/")) {
            let directory = path[..<index] + [0]
            if access(Array(directory), F_OK) == 0, access(Array(directory), X_OK) != 0 { return text(Array(directory)) }
        }
        return nil
    }

    /// The interpreter that the first line of a script names.
    private static func interpreter(of path: [CChar]) -> [CChar]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        guard let head = Files.contents(of: descriptor, limit: 256), head.starts(with: Array("#!".utf8)) else { return nil }
        let isBlank = { (byte: UInt8) in byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        let line = head.dropFirst(2).prefix { $0 != UInt8(ascii: "\n") }.drop(while: isBlank)
        return line.prefix { !isBlank($0) }.map { CChar(bitPattern: $0) } + [0]
    }

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
    private static func text(_ path: [CChar]) -> String { text(path.dropLast().map { UInt8(bitPattern: $0) }) }
}
