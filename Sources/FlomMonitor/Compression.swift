internal import CZlib
internal import FlomNet
internal import FlomNetCore

/// Answers in fewer bytes, for readers who take gzip.
///
/// The validator of an answer is made from the bytes that are sent, and equal bytes are compressed alike: each form has a validator of its own.
enum Compression {
    /// Shorter answers fit into one packet as they are.
    private static let leastBytes = 1024
    /// Twice as fast as zlib's usual level, for a tenth more bytes.
    private static let level: Int32 = 4

    static func compressed(_ answer: HTTPAnswer, for request: HTTPRequest) -> HTTPAnswer {
        guard case .bytes(let bytes) = answer.content, bytes.count >= leastBytes else { return answer }
        var answer = answer
        // A cache must not give the one form to those who take the other only.
        answer.fields.append(("Vary", "Accept-Encoding"))
        guard request.takesGzip, let short = gzip(bytes), short.count < bytes.count else { return answer }
        answer.content = .bytes(short)
        answer.fields.append(("Content-Encoding", "gzip"))
        return answer
    }

    private static func gzip(_ bytes: [UInt8]) -> [UInt8]? {
        guard bytes.count <= Int(Int32.max) else { return nil }
        let short = [UInt8](unsafeUninitializedCapacity: flom_gzip_bound(bytes.count)) { buffer, count in
            count = bytes.withUnsafeBufferPointer { flom_gzip($0.baseAddress, $0.count, buffer.baseAddress, level) }
        }
        return short.isEmpty ? nil : short
    }
}
