"""Planted defects: a flom that is told something else than the tool believes. A check that does not find them finds nothing."""

import os
import tempfile

# Scenario, what the wrapper does with each word (`$previous` is the one before), and words of the finding that is expected.
PLANTS = {
    "modes that exclude nobody": ("host", "case $previous in -l) word=NL;; esac", " beside "),
    "quantities that count as one": ("host", "case $previous in -q) word=1;; esac", " beside "),
    "a queue that anybody passes": ("host", "case $previous in --max-overtake) word=1000000;; esac", " passes request "),
    "a daemon that crashes": (
        "host", 'case $previous$word in */command.sh40) kill -SEGV "$(sed -n s/^pid=//p "$FLOM_CHAOS/s.record")";; esac',
        "ended by itself"),
    "a daemon that waits for nobody": ("hosts", "case $previous in --reclaim-grace) word=0;; esac", " beside "),
}


def wrapper(program, change):
    """A program that hands its words on to flom, changed."""
    descriptor, path = tempfile.mkstemp(prefix="flom-chaos-plant-")
    with open(descriptor, "w") as file:
        file.write(
            "#!/bin/sh\nprevious=\nis_first=yes\nfor word do\n"
            '    if [ "$is_first" ]; then set --; is_first=; fi\n'
            f'    {change}\n    set -- "$@" "$word"\n    previous=$word\ndone\n'
            f'exec {program} "$@"\n')
    os.chmod(path, 0o700)
    return path
