// Where Swift's own files are: nowhere.
//
// Before main the runtime looks for its tool that prints backtraces, beside the program, and aborts where /proc does not tell it where that
// is: in a chroot, also for --version. A program that is one file has no such tool beside it. These functions stand in for the runtime's
// Paths.cpp, which a static link then leaves out, as in arguments.c; SWIFT_BACKTRACE can still name the tool.
//
// Debug builds are linked with the runtime's library, and find it.
#ifndef DEBUG

const char *swift_getRootPath(void) { return 0; }
const char *swift_getRuntimeLibraryPath(void) { return 0; }

char *swift_copyAuxiliaryExecutablePath(const char *name) {
    (void)name;
    return 0;
}

#endif
