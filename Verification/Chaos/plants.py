"""Planted defects: a flom that gets other options than the tool believes. A check that does not find them finds nothing."""

import os
import tempfile

from rooms import BOOT_ID

# Shell conditions that hold on the machine itself, and not where another boot id or clock is shown.
AT_HOME = {
    "processes": f'[ "$(readlink /proc/self/ns/pid)" = "{os.readlink("/proc/self/ns/pid")}" ]',
    "boot id": f'[ "$(cat {BOOT_ID} 2> /dev/null)" = "{open(BOOT_ID).read().strip()}" ]',
}
# Scenario or kind of fault, what the wrapper does with each word (`$previous` is the one before), and words of the finding that is expected.
PLANTS = {
    "modes that exclude nobody": ("host", "case $previous in -l) word=NL;; esac", " beside "),
    "quantities that count as one": ("host", "case $previous in -q) word=1;; esac", " beside "),
    "a queue that anybody passes": ("host", "case $previous in --max-overtake) word=1000000;; esac", " passes request "),
    "a daemon that crashes": (
        "stop", 'case $previous$word in */command.sh40) pid=$(sed -n s/^pid=//p "$FLOM_CHAOS/s.record"); '
        'grep -qz "^FLOM_CHAOS=$FLOM_CHAOS$" "/proc/$pid/environ" && kill -SEGV "$pid";; esac',
        "ended by itself"),
    "a container with a daemon of its own": (
        "containers", f"case $previous in -s|--journal) {AT_HOME['processes']} || word=$word.own;; esac", " beside "),
    "a unit with a daemon of its own": (
        "boot-ids", f"case $previous in -s|--journal) {AT_HOME['boot id']} || word=$word.own;; esac", " beside "),
    "a clone that excludes nobody": (
        "clones", f"case $previous in -l) {AT_HOME['boot id']} || word=NL;; esac", " beside "),
    "clients that start no daemon": ("term", "case $previous$word in -d60000) word=0;; esac", " ends with 99"),
    "a status that is lost": ("sigchld", "case $word in false) word=true;; esac", " ends with 0"),
    "a daemon that begins anew by itself": (
        "journal", 'case $word in */command.sh) [ -s "$FLOM_CHAOS/journal" ] || rm -f "$FLOM_CHAOS"/s.record "$FLOM_CHAOS"/journal*;; esac',
        " gets a lock "),
    "a daemon that waits for nobody": ("hosts", "case $previous in --reclaim-grace) word=0;; esac", " beside "),
}


def wrapper(program, change):
    """A program that calls flom with changed words."""
    descriptor, path = tempfile.mkstemp(prefix="flom-chaos-plant-")
    with open(descriptor, "w") as file:
        file.write(
            "#!/bin/sh\nprevious=\nis_first=yes\nfor word do\n"
            '    if [ "$is_first" ]; then set --; is_first=; fi\n'
            f'    {change}\n    set -- "$@" "$word"\n    previous=$word\ndone\n'
            f'exec {program} "$@"\n')
    os.chmod(path, 0o700)
    return path
