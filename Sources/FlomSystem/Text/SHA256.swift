internal import CFlomSystem

/// SHA-256 of FIPS 180-4, incremental: the input may come in several pieces.
///
/// It is implemented here because the record of every event passes through it on the hot path, while the available library would
/// add 21 MB to a static executable.
package struct SHA256 {
    private var state = Self.initialState
    /// Bytes that do not fill a block yet: the first `length % 64` of it.
    private var block = SIMD64<UInt8>()
    private var length = 0

    private let way: Way

    /// What computes the digest.
    package enum Way: CaseIterable, Sendable {
        /// Swift, on any processor.
        case swift
        /// The processor's instructions for vectors, in half of the time.
        case vectors
        /// The processor's instructions for SHA-256, in a tenth of the time.
        case ownInstructions

        /// The ways of this processor, the quickest last.
        package static let available = allCases.filter { $0.instructions.rawValue <= flom_best_sha256().rawValue }

        fileprivate var instructions: flom_sha256_way {
            switch self {
            case .swift: FLOM_SHA256_NONE
            case .vectors: FLOM_SHA256_VECTORS
            case .ownInstructions: FLOM_SHA256_OWN_INSTRUCTIONS
            }
        }
    }

    package init() { way = Self.quickest }

    /// - Parameter way: one of those that this processor has.
    package init(by way: Way) { self.way = way }

    // Not by way of `available`: a command would make a list's type for it.
    private static let quickest: Way =
        switch flom_best_sha256() {
        case FLOM_SHA256_NONE: .swift
        case FLOM_SHA256_VECTORS: .vectors
        default: .ownInstructions
        }

    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        guard var next = bytes.baseAddress, !bytes.isEmpty else { return }
        var left = bytes.count
        let filled = length % 64
        length += left
        if filled > 0 {
            let taken = min(64 - filled, left)
            withUnsafeMutableBytes(of: &block) { ($0.baseAddress! + filled).copyMemory(from: next, byteCount: taken) }
            next += taken
            left -= taken
            guard filled + taken == 64 else { return }
            compressBlock()
        }
        let whole = left / 64
        if whole > 0 {
            compress(next, blocks: whole)
            next += whole * 64
            left -= whole * 64
        }
        if left > 0 {
            withUnsafeMutableBytes(of: &block) { $0.baseAddress!.copyMemory(from: next, byteCount: left) }
        }
    }

    package mutating func update(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { update($0) }
    }

    package mutating func update(_ digest: Digest) {
        digest.withUnsafeBytes { update($0) }
    }

    /// The digest of everything so far. The hasher must not be used afterwards.
    package mutating func finish() -> Digest {
        let bits = UInt64(length) * 8
        let filled = length % 64
        // The mark, then zeros up to the length in the last eight bytes; in one more block if they do not fit.
        withUnsafeMutableBytes(of: &block) { bytes in
            bytes[filled] = 0x80
            UnsafeMutableRawBufferPointer(rebasing: bytes[(filled + 1)...]).initializeMemory(as: UInt8.self, repeating: 0)
        }
        if filled >= 56 {
            compressBlock()
            block = SIMD64()
        }
        withUnsafeMutableBytes(of: &block) { $0.storeBytes(of: bits.bigEndian, toByteOffset: 56, as: UInt64.self) }
        compressBlock()
        return Digest(state: state)
    }

    package static func digest(of bytes: [UInt8]) -> Digest {
        var hasher = SHA256()
        hasher.update(bytes)
        return hasher.finish()
    }

    private mutating func compressBlock() {
        // A copy, because the compression changes another part of this value.
        let full = block
        withUnsafeBytes(of: full) { compress($0.baseAddress!, blocks: 1) }
    }

    private mutating func compress(_ bytes: UnsafeRawPointer, blocks: Int) {
        roundConstants.withUnsafeBufferPointer { constants in
            if way != .swift {
                withUnsafeMutableBytes(of: &state) {
                    let state = $0.assumingMemoryBound(to: UInt32.self).baseAddress!
                    flom_sha256(way.instructions, state, bytes, blocks, constants.baseAddress!)
                }
                return
            }
            withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 64) { schedule in
                for index in 0..<blocks {
                    Self.compress(&state, bytes + index * 64, constants.baseAddress!, schedule.baseAddress!)
                }
            }
        }
    }

    @inline(__always)
    private static func compress(
        _ state: inout SIMD8<UInt32>,
        _ bytes: UnsafeRawPointer,
        _ constants: UnsafePointer<UInt32>,
        _ schedule: UnsafeMutablePointer<UInt32>
    ) {
        for t in 0..<16 {
            schedule[t] = UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: t * 4, as: UInt32.self))
        }
        var t = 16
        while t < 64 {
            let early = schedule[t - 15]
            let late = schedule[t - 2]
            let sigma0 = rotate(early, 7) ^ rotate(early, 18) ^ (early >> 3)
            let sigma1 = rotate(late, 17) ^ rotate(late, 19) ^ (late >> 10)
            schedule[t] = schedule[t - 16] &+ sigma0 &+ schedule[t - 7] &+ sigma1
            t += 1
        }
        var (a, b, c, d) = (state[0], state[1], state[2], state[3])
        var (e, f, g, h) = (state[4], state[5], state[6], state[7])
        // Eight rounds in each iteration: the variables change their roles instead of their values.
        t = 0
        while t < 64 {
            round(a, b, c, &d, e, f, g, &h, constants[t] &+ schedule[t])
            round(h, a, b, &c, d, e, f, &g, constants[t + 1] &+ schedule[t + 1])
            round(g, h, a, &b, c, d, e, &f, constants[t + 2] &+ schedule[t + 2])
            round(f, g, h, &a, b, c, d, &e, constants[t + 3] &+ schedule[t + 3])
            round(e, f, g, &h, a, b, c, &d, constants[t + 4] &+ schedule[t + 4])
            round(d, e, f, &g, h, a, b, &c, constants[t + 5] &+ schedule[t + 5])
            round(c, d, e, &f, g, h, a, &b, constants[t + 6] &+ schedule[t + 6])
            round(b, c, d, &e, f, g, h, &a, constants[t + 7] &+ schedule[t + 7])
            t += 8
        }
        state = state &+ SIMD8(a, b, c, d, e, f, g, h)
    }

    @inline(__always)
    private static func round(
        _ a: UInt32, _ b: UInt32, _ c: UInt32, _ d: inout UInt32,
        _ e: UInt32, _ f: UInt32, _ g: UInt32, _ h: inout UInt32,
        _ word: UInt32
    ) {
        let first = h &+ (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) &+ (g ^ (e & (f ^ g))) &+ word
        d = d &+ first
        h = first &+ (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) &+ ((a & b) | (c & (a | b)))
    }

    @inline(__always)
    private static func rotate(_ word: UInt32, _ count: UInt32) -> UInt32 { word &>> count | word &<< (32 &- count) }

    private static let initialState = SIMD8<UInt32>(
        0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19
    )
}

private let roundConstants: [UInt32] = [
    0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5,
    0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174,
    0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da,
    0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7, 0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967,
    0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85,
    0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070,
    0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
    0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2,
]
