"""The kinds of faults: which can happen in which scenario, and how often; all together, or one kind by itself (--fault)."""

from dataclasses import dataclass

from rooms import containers, units

KILLS = [
    ("kill client", 20), ("kill command", 12), ("kill client and command", 10), ("kill daemon", 8), ("kill daemon and client", 4),
    ("kill daemon, client and command", 4),
]
STOPS = [("stop daemon", 4), ("stop client", 6), ("stop waiter", 3), ("suspend", 4)]
CABLES = [("cut shortly", 6), ("cut", 6), ("cut for long", 6)]


@dataclass
class Kind:
    # Events and their weights.
    events: list
    # Functions that name the places on the daemon's machine in which clients and daemons run, beside the machine itself.
    rooms: tuple = ()
    # The hosts of a network on which clients run; empty means all.
    hosts: tuple = ()
    # Percentage of callers that ignore SIGCHLD, and of commands that end before they have begun.
    ignoring: int = 0
    brief: int = 0
    # Percentage of long commands: most hold across a cut of any length, or across several daemons.
    long: int = 7
    # Each request is for one resource and not nested: then the next step of a queue is certain.
    is_plain: bool = False
    # Seconds in which all clients have to finish after the last fault: the longest command and -o, the grace, and the queues.
    patience: int = 240


# Over a network no lock may be broken.
TOGETHER = {
    "hosts": Kind([*KILLS, *STOPS, *CABLES, ("restart", 4), ("end daemon", 3)], ignoring=10, brief=5),
    "host": Kind(
        [*KILLS, *STOPS, ("break", 4), ("restart", 4), ("end daemon", 6), ("kill container", 3)], rooms=(containers, units),
        ignoring=10, brief=5),
    "journals": Kind([("kill client", 4), ("kill command", 2), ("kill client and command", 2)]),
}

# By scenario and kind.
ALONE = {
    "containers": ("host", Kind(
        [("kill daemon and client", 8), ("kill daemon", 2), ("kill client", 2), ("kill container", 1)], rooms=(containers,), long=40, patience=60)),
    "boot-ids": ("host", Kind([("kill daemon", 3), ("end daemon", 3), ("kill daemon and client", 1)], rooms=(units,), patience=60)),
    "clones": ("hosts", Kind([], hosts=("tonale", "twin"))),
    "term": ("host", Kind([("end daemon", 1)], patience=60)),
    "stop": ("host", Kind([("stop waiter", 6), ("stop client", 1), ("suspend", 1)], is_plain=True)),
    "sigchld": ("host", Kind([], ignoring=100, brief=60)),
    "journal": ("journals", TOGETHER["journals"]),
}
