import FlomSystem
import Glibc
import Testing

@testable import FlomStore

@Suite struct SHA256Tests {
    /// FIPS 180-4 examples, and the empty message.
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
        (
            "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
            "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
        ),
    ])
    func vectors(message: String, digest: String) {
        #expect(SHA256.digest(of: Array(message.utf8)).description == digest)
    }

    @Test func aMillionLetters() {
        let digest = SHA256.digest(of: [UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000))
        #expect(digest.description == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    }

    /// Every length around the block boundaries, hashed whole and in pieces of every small size.
    @Test func piecesMakeNoDifference() {
        let message = (0..<200).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 11) }
        for length in 0...message.count {
            let whole = SHA256.digest(of: Array(message[..<length]))
            for size in [1, 3, 31, 63, 64, 65] {
                var hasher = SHA256()
                for start in stride(from: 0, to: length, by: size) {
                    hasher.update(Array(message[start..<min(start + size, length)]))
                }
                #expect(hasher.finish() == whole, "length \(length) in pieces of \(size)")
            }
        }
    }

    /// The instructions that this processor has, and Swift alone.
    @Test func allWaysAgree() {
        var random = SystemRandomNumberGenerator()
        for length in [0, 1, 55, 56, 63, 64, 65, 127, 128, 129, 1000, 65_536] {
            let message = (0..<length).map { _ in UInt8.random(in: .min ... .max, using: &random) }
            let digests = SHA256.Way.available.map { way in
                var hasher = SHA256(by: way)
                hasher.update(message)
                return hasher.finish()
            }
            #expect(digests.allSatisfy { $0 == digests[0] }, "\(message)")
        }
    }

    @Test(arguments: [0, 1, 55, 56, 63, 64, 65, 119, 120, 300, 4096, 70_001])
    func agreesWithSha256sum(length: Int) throws {
        let directory = TemporaryDirectory()
        let file = directory.path + "/message"
        let message = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ $0 / 256) }
        write(message, to: file)
        let output = try #require(popen("sha256sum < \(file)", "r"))
        defer { pclose(output) }
        var line = [CChar](repeating: 0, count: 65)
        try #require(fread(&line, 1, 64, output) == 64)
        #expect(SHA256.digest(of: message).description == line.withUnsafeBufferPointer { String(cString: $0.baseAddress!) })
    }

    @Test func digestsAreThirtyTwoBytes() {
        let digest = SHA256.digest(of: [])
        #expect(Digest(digest.bytes) == digest)
        #expect(Digest(Array(digest.bytes.dropLast())) == nil)
        #expect(Digest(digest.bytes + [0]) == nil)
    }
}
