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
    apt-get install -y -qq "$package" >/dev/null 2>&1 ||
        { apt-get update -qq && apt-get install -y -qq "$package" >/dev/null; } ||
        { say "$package cannot be installed"; exit 1; }
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
}

# build ARGUMENT…: swift build.
build() { (cd "$root" && swift build "$@") >&2; }
