#include "CFlomSystem.h"

#if defined(__x86_64__)

#include <cpuid.h>
#include <immintrin.h>

int flom_has_sha256(void) {
    unsigned a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_SSSE3) || !(c & bit_SSE4_1)) return 0;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & bit_SHA);
}

// Four rounds in each step. The instructions keep the state in two halves, {A, B, E, F} and {C, D, G, H}, and the schedule in four
// vectors of four words. The next vector replaces the oldest.
__attribute__((target("sha,sse4.1,ssse3")))
void flom_sha256(uint32_t state[8], const void *bytes, size_t blocks, const uint32_t constants[64]) {
    const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0bLL, 0x0405060700010203LL);
    __m128i dcba = _mm_loadu_si128((const __m128i *)state);
    __m128i hgfe = _mm_loadu_si128((const __m128i *)(state + 4));
    dcba = _mm_shuffle_epi32(dcba, 0xB1);
    hgfe = _mm_shuffle_epi32(hgfe, 0x1B);
    __m128i abef = _mm_alignr_epi8(dcba, hgfe, 8);
    __m128i cdgh = _mm_blend_epi16(hgfe, dcba, 0xF0);

    for (const __m128i *block = bytes; blocks > 0; block += 4, blocks--) {
        const __m128i abef_before = abef, cdgh_before = cdgh;
        __m128i words[4];
        for (int step = 0; step < 16; step++) {
            __m128i next;
            if (step < 4) {
                next = _mm_shuffle_epi8(_mm_loadu_si128(block + step), big_endian);
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

#else

int flom_has_sha256(void) { return 0; }
void flom_sha256(uint32_t state[8], const void *bytes, size_t blocks, const uint32_t constants[64]) {
    (void)state, (void)bytes, (void)blocks, (void)constants;
}

#endif
