# What the other tools share. Sourced, never run.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

say() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; }

# need PACKAGE TEST…: installs the Debian package unless the test succeeds.
need() {
    local package=$1
    shift
    "$@" >/dev/null 2>&1 && return 0
    if [ "$(id -u)" -ne 0 ]; then
        say "$package is missing; install it with: sudo apt-get install -y $package"
        exit 1
    fi
    say "installing $package"
    apt-get install -y -qq --no-install-recommends "$package" >/dev/null 2>&1 ||
        { apt-get update -qq && apt-get install -y -qq --no-install-recommends "$package" >/dev/null; } ||
        { say "$package cannot be installed"; exit 1; }
}

# want PACKAGE TEST…: as need, for what is used by a few tests only: false if it cannot be had, and they are skipped.
want() { (need "$@") || { say "the tests that use $1 will be skipped" && false; }; }

# The languages whose modules tools/make-bindings can build here, each with what it needs.
wanted_languages() {
    want swig command -v swig && want gcc command -v cc || return 0
    if want default-jdk-headless command -v javac; then echo java; fi
    if want libperl-dev test -f "$(perl -MConfig -e 'print $Config{archlibexp}')/CORE/perl.h"; then echo perl; fi
    if want php-cli command -v php && want php-dev command -v php-config; then echo php; fi
}

# Puts promtool on the PATH, without the rest of its package, which starts a server. Its test is skipped where it cannot be had.
want_promtool() {
    local place=$root/.build/promtool
    command -v promtool >/dev/null && return 0
    if [ ! -x "$place/usr/bin/promtool" ]; then
        mkdir -p "$place"
        (cd "$place" && apt-get download -qq prometheus && dpkg -x prometheus_*.deb . && rm prometheus_*.deb) >/dev/null 2>&1 ||
            say "promtool is not installed and cannot be fetched; its test will be skipped"
    fi
    PATH=$PATH:$place/usr/bin
}

need_toolchain() {
    command -v swift >/dev/null || { say "there is no Swift toolchain: install Swift 6.2 or later from swift.org"; exit 1; }
}

# What every build needs.
need_to_build() {
    need_toolchain
    need libsqlite3-dev test -f /usr/include/sqlite3.h
    need zlib1g-dev test -f /usr/include/zlib.h
    need libfuse3-dev test -f /usr/include/fuse3/fuse_lowlevel.h
}

# build ARGUMENT…: swift build.
build() { (cd "$root" && swift build "$@") >&2; }
