/* SHA-256 of pieces of memory, two at a time, with the processor's own instructions (SHA-NI).
 *
 * Each of these instructions waits for the one before it, so two pieces side by side take as long as
 * one. `pairs_here` tells whether the processor has them; `subtrees.c` compares their results with
 * OpenSSL before it uses them. The algorithm: FIPS 180-4.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK 64            /* bytes hashed at a time (FIPS 180-4, 1) */
#define PADDING 9           /* least bytes after a piece (5.1.1) */
#define DIGEST 32           /* bytes of a hash */

/* Bytes of a piece with its padding. */
static inline size_t padded(size_t size)
{
    return (size + PADDING + BLOCK - 1) / BLOCK * BLOCK;
}

/* Data to hash, followed by room for the padding. */
struct piece {
    unsigned char *data;
    size_t size;
    unsigned char digest[DIGEST];
    char *digits;                  /* its place in a list */
};

#if defined(__x86_64__) && !defined(ONE_BY_ONE)
#include <cpuid.h>
#include <immintrin.h>

static const uint32_t ROUNDS[64] __attribute__((aligned(16))) = { /* 4.2.2 */
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

/* A piece being hashed: `blocks` are left from `data` on; the state as the instructions need it. */
struct lane {
    const unsigned char *data;
    size_t blocks;
    __m128i abef, cdgh;
};

static int pairs_here(void)
{
    unsigned a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_SSSE3) || !(c & bit_SSE4_1))
        return 0;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & bit_SHA);
}

/* Hashes `blocks` blocks of each of `count` lanes; `count` is a constant in each call. The analyzer
 * doesn't see that, and takes the words of a second lane for uninitialised. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpragmas" /* an older compiler has no such warning */
#pragma GCC diagnostic ignored "-Wanalyzer-use-of-uninitialized-value"
__attribute__((target("sha,sse4.1,ssse3"), always_inline)) static inline void
advance(struct lane *lanes, const int count, size_t blocks)
{
    const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0bLL, 0x0405060700010203LL);
    const unsigned char *data[2];
    __m128i abef[2], cdgh[2];
    for (int at = 0; at < count; at++) {
        data[at] = lanes[at].data;
        abef[at] = lanes[at].abef;
        cdgh[at] = lanes[at].cdgh;
        lanes[at].data += blocks * BLOCK;
        lanes[at].blocks -= blocks;
    }
    while (blocks--) {
        __m128i words[2][4], former_abef[2], former_cdgh[2];
#pragma GCC unroll 2
        for (int at = 0; at < count; at++) {
            former_abef[at] = abef[at];
            former_cdgh[at] = cdgh[at];
#pragma GCC unroll 4
            for (int part = 0; part < 4; part++)
                words[at][part] = _mm_shuffle_epi8(
                    _mm_loadu_si128((const __m128i *)data[at] + part), big_endian);
            data[at] += BLOCK;
        }
#pragma GCC unroll 16
        for (int four = 0; four < 16; four++) {
            const __m128i rounds = _mm_load_si128((const __m128i *)ROUNDS + four);
#pragma GCC unroll 2
            for (int at = 0; at < count; at++) {
                __m128i *word = words[at];
                __m128i sum = _mm_add_epi32(word[four & 3], rounds);
                cdgh[at] = _mm_sha256rnds2_epu32(cdgh[at], abef[at], sum);
                abef[at] = _mm_sha256rnds2_epu32(abef[at], cdgh[at], _mm_shuffle_epi32(sum, 0x0e));
                if (four < 12) { /* the words for four rounds, needed 16 rounds later */
                    __m128i next = _mm_sha256msg1_epu32(word[four & 3], word[(four + 1) & 3]);
                    next = _mm_add_epi32(
                        next, _mm_alignr_epi8(word[(four + 3) & 3], word[(four + 2) & 3], 4));
                    word[four & 3] = _mm_sha256msg2_epu32(next, word[(four + 3) & 3]);
                }
            }
        }
#pragma GCC unroll 2
        for (int at = 0; at < count; at++) {
            abef[at] = _mm_add_epi32(abef[at], former_abef[at]);
            cdgh[at] = _mm_add_epi32(cdgh[at], former_cdgh[at]);
        }
    }
    for (int at = 0; at < count; at++) {
        lanes[at].abef = abef[at];
        lanes[at].cdgh = cdgh[at];
    }
}
#pragma GCC diagnostic pop

__attribute__((target("sha,sse4.1,ssse3"))) static void one_lane(struct lane *lane)
{
    advance(lane, 1, lane->blocks);
}

__attribute__((target("sha,sse4.1,ssse3"))) static void two_lanes(struct lane *lanes)
{
    advance(lanes, 2, lanes[0].blocks < lanes[1].blocks ? lanes[0].blocks : lanes[1].blocks);
}

/* Writes a piece's padding after it, and sets up its lane (5.1.1, 5.3.3). */
static void begin_lane(struct lane *lane, unsigned char *data, size_t size)
{
    size_t whole = padded(size);
    uint64_t bits = __builtin_bswap64((uint64_t)size * 8);
    data[size] = 0x80;
    memset(data + size + 1, 0, whole - size - PADDING);
    memcpy(data + whole - sizeof bits, &bits, sizeof bits);
    lane->data = data;
    lane->blocks = whole / BLOCK;
    lane->abef = _mm_set_epi32(0x6a09e667, (int)0xbb67ae85, 0x510e527f, (int)0x9b05688c);
    lane->cdgh = _mm_set_epi32(0x3c6ef372, (int)0xa54ff53a, 0x1f83d9ab, 0x5be0cd19);
}

static void end_lane(const struct lane *lane, unsigned char *digest)
{
    static const int place[8] = {5, 4, 1, 0, 7, 6, 3, 2}; /* of f e b a, h g d c */
    uint32_t words[8];
    _mm_storeu_si128((__m128i *)words, lane->abef);
    _mm_storeu_si128((__m128i *)words + 1, lane->cdgh);
    for (int at = 0; at < 8; at++) {
        uint32_t word = __builtin_bswap32(words[at]);
        memcpy(digest + 4 * place[at], &word, sizeof word);
    }
}

/* Longer pieces first, so that the last one, hashed alone, is short. */
static int by_length(const void *one, const void *other)
{
    size_t first = ((const struct piece *)one)->size, second = ((const struct piece *)other)->size;
    return (first < second) - (first > second);
}

/* Sorts all pieces, and hashes them. */
static void hash_pieces(struct piece *pieces, int count)
{
    struct lane lanes[2];
    struct piece *whose[2];
    int busy = 0, next = 0;
    qsort(pieces, count, sizeof *pieces, by_length);
    while (busy || next < count) {
        while (busy < 2 && next < count) {
            whose[busy] = &pieces[next++];
            begin_lane(&lanes[busy], whose[busy]->data, whose[busy]->size);
            busy++;
        }
        if (busy == 2)
            two_lanes(lanes);
        else
            one_lane(lanes);
        for (int at = busy - 1; at >= 0; at--) {
            if (lanes[at].blocks)
                continue;
            end_lane(&lanes[at], whose[at]->digest);
            busy--;
            lanes[at] = lanes[busy]; /* the other lane, if it is not done */
            whose[at] = whose[busy];
        }
    }
}

#else

static int pairs_here(void)
{
    return 0;
}

static void hash_pieces(struct piece *pieces, int count)
{
    (void)pieces;
    (void)count;
}

#endif
