#include <string.h>
#include <zlib.h>

/// The most bytes that `flom_gzip` makes of so many.
static inline size_t flom_gzip_bound(size_t count) { return compressBound(count) + 18; }

/// Compresses bytes into the format of RFC 1952, without a time, so that the same bytes give the same result. `to` has room for
/// `flom_gzip_bound(count)` bytes. Returns their number; 0 if there is no memory.
static inline size_t flom_gzip(const unsigned char *from, size_t count, unsigned char *to, int level) {
    z_stream stream;
    memset(&stream, 0, sizeof stream);
    // 16 more than the size of the window: with the header of gzip.
    if (deflateInit2(&stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) return 0;
    stream.next_in = (unsigned char *)from;
    stream.avail_in = (unsigned int)count;
    stream.next_out = to;
    stream.avail_out = (unsigned int)flom_gzip_bound(count);
    size_t written = deflate(&stream, Z_FINISH) == Z_STREAM_END ? stream.total_out : 0;
    deflateEnd(&stream);
    return written;
}
