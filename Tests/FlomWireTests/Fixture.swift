import FlomModel
import FlomWire
import Glibc

/// The lines of a fixture file: a name, a blank, and one message as it is on the wire.
struct Fixture: Sendable {
    let name: String
    let line: String

    var message: String { String(line.drop { $0 != " " }.dropFirst()) }
    var bytes: [UInt8] { Array(message.utf8) }

    static let captured = load("captured.txt")
    static let ours = load("extension.txt")

    private static func load(_ file: String) -> [Fixture] {
        text(ofFile: folder + "/Fixtures/" + file).split(separator: "\n").map { line in
            Fixture(name: String(line.prefix { $0 != " " }), line: String(line))
        }
    }

    static var folder: String { parent(of: #filePath) }
    static var repository: String { parent(of: parent(of: folder)) }

    private static func parent(of path: String) -> String { String(path[..<path.lastIndex(of: "/")!]) }

    static func text(ofFile path: String) -> String {
        guard let file = fopen(path, "r") else { fatalError("cannot open \(path)") }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        while case let byte = getc(file), byte != EOF { bytes.append(UInt8(byte)) }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension ClientMessage {
    init(_ text: String) throws(WireError) { try self.init(decoding: Array(text.utf8)) }

    var asLock: LockMessage? { if case .lock(let message) = self { message } else { nil } }
    var asDescription: [[UInt8]]? { if case .describe(let command) = self { command } else { nil } }

    func encoded() throws(WireError) -> [UInt8] {
        var bytes: [UInt8] = []
        try encode(into: &bytes)
        return bytes
    }
}

extension ServerMessage {
    init(_ text: String) throws(WireError) { try self.init(decoding: Array(text.utf8)) }

    var asAnswer: LockAnswer? { if case .answer(let message) = self { message } else { nil } }

    func encoded() -> [UInt8] {
        var bytes: [UInt8] = []
        encode(into: &bytes)
        return bytes
    }
}

func lock(_ name: String, _ change: (inout LockMessage) -> Void = { _ in }) -> ClientMessage {
    var message = LockMessage(name: Array(name.utf8))
    message.peerID = machineID
    message.wait = true
    message.create = true
    change(&message)
    return .lock(message)
}

func answer(_ step: LockAnswer.Step, _ code: ReturnCode, _ change: (inout LockAnswer) -> Void = { _ in }) -> ServerMessage {
    var message = LockAnswer(step: step, code: code)
    if step == .first { message.peerID = machineID }
    change(&message)
    return .answer(message)
}

let machineID = "3d1219c7c4c5404aaa1f6d2a48adfda4"
let note = DiscoveryNote(daemonID: "9a7c21", createdAtMicroseconds: 1_794_812_345_678_901)!
let secret = SessionSecret(Array(0..<16))!
