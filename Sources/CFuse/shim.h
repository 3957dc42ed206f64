#define FUSE_USE_VERSION 312
#include <fuse3/fuse_lowlevel.h>

/// Swift does not see fields of single bits. Each read of the open file asks for the bytes: the kernel keeps none, and does not cut at a size
/// that it has learnt before.
static inline void flom_fuse_uncached(struct fuse_file_info *info) { info->direct_io = 1; }
