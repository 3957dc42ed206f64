#include "CFlomSystem.h"

#if defined(__x86_64__)

#include <cpuid.h>
#include <immintrin.h>

enum flom_sha256_way flom_best_sha256(void) {
    unsigned a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_SSSE3) || !(c & bit_SSE4_1)) return FLOM_SHA256_NONE;
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return FLOM_SHA256_NONE;
    if (!(b & bit_BMI) || !(b & bit_BMI2)) return FLOM_SHA256_NONE;
    return b & bit_SHA ? FLOM_SHA256_OWN_INSTRUCTIONS : FLOM_SHA256_VECTORS;
}

/// Four words of the message, whose bytes are big-endian.
__attribute__((target("ssse3"), always_inline))
static inline __m128i message_words(const __m128i *bytes) {
    return _mm_shuffle_epi8(_mm_loadu_si128(bytes), _mm_set_epi64x(0x0c0d0e0f08090a0bLL, 0x0405060700010203LL));
}

// Four rounds in each step. The instructions keep the state in two halves, {A, B, E, F} and {C, D, G, H}, and the schedule in four
// vectors of four words. The next vector replaces the oldest.
__attribute__((target("sha,sse4.1,ssse3")))
static void with_own_instructions(uint32_t state[8], const __m128i *block, size_t blocks, const uint32_t constants[64]) {
    __m128i dcba = _mm_loadu_si128((const __m128i *)state);
    __m128i hgfe = _mm_loadu_si128((const __m128i *)(state + 4));
    dcba = _mm_shuffle_epi32(dcba, 0xB1);
    hgfe = _mm_shuffle_epi32(hgfe, 0x1B);
    __m128i abef = _mm_alignr_epi8(dcba, hgfe, 8);
    __m128i cdgh = _mm_blend_epi16(hgfe, dcba, 0xF0);

    for (; blocks > 0; block += 4, blocks--) {
        const __m128i abef_before = abef, cdgh_before = cdgh;
        __m128i words[4];
        for (int step = 0; step < 16; step++) {
            __m128i next;
            if (step < 4) {
                next = message_words(block + step);
            } else {
                const __m128i newest = words[(step + 3) & 3];
                next = _mm_sha256msg1_epu32(words[step & 3], words[(step + 1) & 3]);
                next = _mm_add_epi32(next, _mm_alignr_epi8(newest, words[(step + 2) & 3], 4));
                next = _mm_sha256msg2_epu32(next, newest);
            }
            words[step & 3] = next;
            __m128i sum = _mm_add_epi32(next, _mm_loadu_si128((const __m128i *)(constants + 4 * step)));
            cdgh = _mm_sha256rnds2_epu32(cdgh, abef, sum);
            abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(sum, 0x0E));
        }
        abef = _mm_add_epi32(abef, abef_before);
        cdgh = _mm_add_epi32(cdgh, cdgh_before);
    }

    const __m128i feba = _mm_shuffle_epi32(abef, 0x1B);
    const __m128i dchg = _mm_shuffle_epi32(cdgh, 0xB1);
    _mm_storeu_si128((__m128i *)state, _mm_blend_epi16(feba, dchg, 0xF0));
    _mm_storeu_si128((__m128i *)(state + 4), _mm_alignr_epi8(dchg, feba, 8));
}

// The schedule in vectors, beside rounds in plain registers. A word of the schedule needs the word two before it, so that each vector
// is finished in halves.

#define ROTATED(word, count) ((word) >> (count) | (word) << (32 - (count)))

/// FIPS 180-4's small sigma 0 of four words.
__attribute__((target("ssse3"), always_inline))
static inline __m128i sigma0(__m128i words) {
    const __m128i by7 = _mm_or_si128(_mm_srli_epi32(words, 7), _mm_slli_epi32(words, 25));
    const __m128i by18 = _mm_or_si128(_mm_srli_epi32(words, 18), _mm_slli_epi32(words, 14));
    return _mm_xor_si128(_mm_xor_si128(by7, by18), _mm_srli_epi32(words, 3));
}

/// Small sigma 1 of two words, each of which is given twice, so that a shift of 64 bits rotates it; the others come out as zeros.
__attribute__((target("ssse3"), always_inline))
static inline __m128i sigma1(__m128i doubled, __m128i places) {
    const __m128i rotated = _mm_xor_si128(_mm_srli_epi64(doubled, 17), _mm_srli_epi64(doubled, 19));
    return _mm_shuffle_epi8(_mm_xor_si128(_mm_srli_epi32(doubled, 10), rotated), places);
}

/// The vector of the schedule after these four, of which `oldest` has words 16 to 13 before its own.
__attribute__((target("ssse3"), always_inline))
static inline __m128i next_words(__m128i oldest, __m128i second, __m128i third, __m128i newest) {
    const __m128i low = _mm_set_epi32(-1, -1, 0x0b0a0908, 0x03020100), high = _mm_set_epi32(0x0b0a0908, 0x03020100, -1, -1);
    __m128i next = _mm_add_epi32(oldest, sigma0(_mm_alignr_epi8(second, oldest, 4)));
    next = _mm_add_epi32(next, _mm_alignr_epi8(newest, third, 4));
    next = _mm_add_epi32(next, sigma1(_mm_shuffle_epi32(newest, 0xFA), low));
    return _mm_add_epi32(next, sigma1(_mm_shuffle_epi32(next, 0x50), high));
}

__attribute__((target("bmi,bmi2,ssse3")))
static void with_vectors(uint32_t state[8], const __m128i *block, size_t blocks, const uint32_t constants[64]) {
    for (; blocks > 0; block += 4, blocks--) {
        uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
        uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
        __m128i words[4];
        for (int index = 0; index < 4; index++) words[index] = message_words(block + index);
#pragma clang loop unroll(full)
        for (int step = 0; step < 16; step++) {
            uint32_t sums[4] __attribute__((aligned(16)));
            const __m128i vector = words[step & 3];
            _mm_store_si128((__m128i *)sums, _mm_add_epi32(vector, _mm_loadu_si128((const __m128i *)(constants + 4 * step))));
            if (step < 12)
                words[step & 3] = next_words(vector, words[(step + 1) & 3], words[(step + 2) & 3], words[(step + 3) & 3]);
            for (int index = 0; index < 4; index++) {
                const uint32_t first = h + (ROTATED(e, 6) ^ ROTATED(e, 11) ^ ROTATED(e, 25)) + ((e & f) + (~e & g)) + sums[index];
                const uint32_t second = (ROTATED(a, 2) ^ ROTATED(a, 13) ^ ROTATED(a, 22)) + ((a & b) | (c & (a | b)));
                h = g, g = f, f = e, e = d + first;
                d = c, c = b, b = a, a = first + second;
            }
        }
        state[0] += a, state[1] += b, state[2] += c, state[3] += d;
        state[4] += e, state[5] += f, state[6] += g, state[7] += h;
    }
}

void flom_sha256(
    enum flom_sha256_way way, uint32_t state[8], const void *bytes, size_t blocks, const uint32_t constants[64]) {
    (way == FLOM_SHA256_VECTORS ? with_vectors : with_own_instructions)(state, bytes, blocks, constants);
}

#else

enum flom_sha256_way flom_best_sha256(void) { return FLOM_SHA256_NONE; }
void flom_sha256(
    enum flom_sha256_way way, uint32_t state[8], const void *bytes, size_t blocks, const uint32_t constants[64]) {
    (void)way, (void)state, (void)bytes, (void)blocks, (void)constants;
}

#endif
