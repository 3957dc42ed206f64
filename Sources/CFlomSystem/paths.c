// The paths of Swift's own files, of which a static program has none.
//
// Before main the runtime looks for its backtrace tool beside the program, and aborts if /proc does not show where the program is: in a
// chroot even --version would fail. A program that is a single file has no such tool beside it. These functions replace the runtime's
// Paths.cpp, which a static link then leaves out, as in arguments.c. SWIFT_BACKTRACE can still name the tool.
//
// Debug builds are linked with the runtime's library, which finds the tool.
#ifndef DEBUG

const char *swift_getRootPath(void) { return 0; }
const char *swift_getRuntimeLibraryPath(void) { return 0; }

char *swift_copyAuxiliaryExecutablePath(const char *name) {
    (void)name;
    return 0;
}

#endif
