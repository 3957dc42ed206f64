import Foundation

/// A stand-in for FLoM 1.7.2's client: it sends the same messages, reads in the same way, and throws `Harm` on input that would
/// kill that client, hang it, or make it run a command without the lock.
package final class LegacyClient: Sendable {
    private let raw: RawClient

    package init(_ raw: RawClient) { self.raw = raw }

    /// Sends a lock request and reads its first answer.
    ///
    /// - Returns: the rc of the answer.
    package func lock(_ name: String, mode: Int = 5, wait: Bool = true, create: Bool = true) async throws -> Int {
        try await raw.send(LegacyMessages.lock(name, mode: mode, wait: wait, create: create))
        return try await firstAnswer()
    }

    /// Sends the same request with each byte in a packet of its own.
    package func lockByteByByte(_ name: String) async throws -> Int {
        for byte in LegacyMessages.lock(name).utf8 { try await raw.send([byte]) }
        return try await firstAnswer()
    }

    private func firstAnswer() async throws -> Int {
        let answer = try await answer()
        guard answer["msg", "step"] == "16" else { throw Harm("the first answer is not step 16") }
        guard let peer = answer["session", "peerid"], peer == LegacyMessages.peer else {
            throw Harm("no peerid in the first answer")
        }
        return try Self.code(of: answer, among: [0, 1, 2, 4, 5, 6, -14])
    }

    /// The next answer to a waiter: rc 0 is the lock, rc 1 says that it goes on waiting. Every other answer is a refusal in step 32.
    package func laterAnswer() async throws -> Int {
        let answer = try await answer()
        switch answer["msg", "step"] {
        case "24": return try Self.code(of: answer, among: [0, 1])
        case "32": return try Self.code(of: answer, among: Array(2...6))
        default: throw Harm("a later answer is neither step 24 nor step 32")
        }
    }

    /// Whether nothing has come. The answer counts only after the daemon has served a client that came later.
    package var hearsNothing: Bool { raw.hearsNothing }

    package func unlock(_ name: String) async throws { try await raw.send(LegacyMessages.unlock(name)) }

    /// Leaves after an unlock, a refusal or a timeout: half-closes, and reads without limit until the daemon closes.
    package func disconnect() async throws {
        raw.halfClose()
        if let rest = try await raw.receive() { throw Harm("instead of the end came \(rest)") }
    }

    private func answer() async throws -> LegacyMessage {
        guard let text = try await raw.receive() else { throw Harm("the daemon closed instead of an answer") }
        guard text.hasPrefix(LegacyMessages.declaration + #"<msg level="3" verb="1" step=""#) else {
            throw Harm("not as 1.7.2 begins an answer: \(text)")
        }
        let message = try LegacyMessage(Array(text.utf8))
        let known: Set = ["level", "verb", "step", "peerid", "rc", "element"]
        for element in message.elements where !known.isSuperset(of: element.attributes.keys) {
            throw Harm("to a client without the marker was said \(text)")
        }
        return message
    }

    private static func code(of message: LegacyMessage, among expected: [Int]) throws -> Int {
        guard let code = message["answer", "rc"].flatMap({ Int($0) }) else { throw Harm("an answer without rc counts as rc 0") }
        guard expected.contains(code) else { throw Harm("rc \(code) in step \(message["msg", "step"] ?? "")") }
        return code
    }
}
