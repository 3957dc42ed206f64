"""Fifty clients at once, something that goes wrong every half second, and the look at what remained."""

import json
import os
import random
import time

from checks import Checks
from commandlog import CommandLog
from faults import Faults
from journal import Journal
from workload import Workload
from world import NetworkWorld, World, now

SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "command.sh")


class Scenario:
    clients_at_once = 50
    lost_holder_delay = 3.0
    reclaim_grace = 6.0
    max_overtake = 1.5
    # For all clients to come through once nothing goes wrong any more: the longest command and -o, the grace, and the queues.
    patience = 240
    # After its death somebody starts it again this soon.
    longest_absence = 3.5
    # So long a daemon is stopped at most.
    longest_stop = 4
    # What the daemon may take, in KiB: so much more than it needs that only growth reaches it.
    memory_limit = 128 * 1024

    def __init__(self, world, name, has_cables, place, record):
        self.world = world
        self.name = name
        self.has_cables = has_cables
        self.place = place + [
            "--lost-holder-delay", f"{self.lost_holder_delay * 1000:.0f}", "--reclaim-grace", f"{self.reclaim_grace * 1000:.0f}",
            "--max-overtake", f"{self.max_overtake * 1000:.0f}", "--journal", self.journal_path]
        self.record = record
        self.requests = {}
        self.clients = []
        self.log = CommandLog(world.log, self.requests)
        self.peak_memory = 0
        # When no daemon of ours was there, as far as looking once in a while tells.
        self.absences = []
        self.last_daemon = None
        self.looked = now()
        self.starters = []
        self.findings = []

    @property
    def journal_path(self):
        return self.world.path("journal")

    # The daemon

    def daemon_pid(self):
        try:
            with open(self.record()) as file:
                for line in file:
                    if line.startswith("pid="):
                        return int(line[4:]) if is_daemon(int(line[4:])) else None
        except (OSError, ValueError):
            pass
        return None

    def start_daemon(self):
        self.starters.append(self.world.start(
            self.world.hosts[0], [self.world.program] + self.place + ["-d", "-1", "-r", "starter", "-l", "NL", "--", "true"]))

    def administer(self, *words):
        return self.world.start(self.world.hosts[0], [self.world.program] + self.place + ["-d", "0", *words])

    def look_at_daemon(self):
        """Once in a while: is it there, and how big is it?"""
        if now() < self.looked + 0.1:
            return
        before, self.looked = self.looked, now()
        pid = self.daemon_pid()
        memory = None
        try:
            with open(f"/proc/{pid}/status") as file:
                memory = next((int(line.split()[1]) for line in file if line.startswith("VmRSS")), None)
        except OSError:
            pass
        self.peak_memory = max(self.peak_memory, memory or 0)
        # A daemon that has been replaced was away for a moment, too.
        if memory is None or pid != self.last_daemon:
            self.absences.append((before, self.looked))
        self.last_daemon = pid

    # The run

    def run(self, seconds, seed):
        self.faults = Faults(random.Random(f"{seed} faults {self.name}"), self)
        # Long enough to outlive a lost lock.
        longest = min(10, seconds)
        self.workload = Workload(
            random.Random(f"{seed} workload {self.name}"), self.world.hosts, not self.has_cables, longest)
        pauses = random.Random(f"{seed} pauses {self.name}")
        self.start_daemon()
        self.starters[0].wait(timeout=30)
        begin = now()
        free = [begin + pauses.uniform(0, 1) for _ in range(self.clients_at_once)]
        while now() < begin + seconds:
            due = [at for at in free if at <= now()]
            free = [at for at in free if at > now()]
            for _ in due:
                self.start_client(self.workload.next())
            free += [now() + pauses.uniform(0, 0.6) for _ in range(self.reap())]
            self.faults.tick()
            self.look_at_daemon()
            time.sleep(0.01)
        self.drain()
        self.close_daemon()

    def start_client(self, request):
        for one in request.all():
            self.requests[one.id] = one
        words = request.words(self.world.program, self.place, SCRIPT)
        request.started = now()
        request.process = self.world.start(request.host, words, f"errors/{request.id}")
        self.clients.append(request)

    def reap(self):
        """How many have ended since the last time."""
        before = len(self.clients)
        for request in self.clients:
            request.result = request.process.poll()
            request.ended = now()
        self.clients = [request for request in self.clients if request.result is None]
        self.starters = [starter for starter in self.starters if starter.poll() is None]
        self.log.refresh()
        return before - len(self.clients)

    def drain(self):
        """Nothing goes wrong any more: everybody has to come through, and nothing may stay held."""
        self.faults.finish()
        self.world.note(f"! {now():.2f} - nothing goes wrong from here on")
        limit = now() + self.patience
        next_start = now()
        while (self.clients or self.open_requests()) and now() < limit:
            if now() >= next_start:
                # Whoever ended the daemon last may have started none.
                self.start_daemon()
                next_start = now() + 5
            self.reap()
            self.look_at_daemon()
            time.sleep(0.05)
        for request in self.clients:
            words = " ".join(request.words("flom", [], "command.sh"))
            self.findings.append((f"{request.id} is still there {self.patience} s after the last fault: {words}", []))
        if not self.clients and self.open_requests():
            self.findings.append((f"{self.open_requests()} requests are open although nobody is there", []))

    def open_requests(self):
        return Journal(self.journal_path).open_requests()

    def close_daemon(self):
        pid = self.daemon_pid()
        daemon = self.world.run(self.world.hosts[0], [self.world.program] + self.place + ["--history", "--format", "json"])
        self.history = [json.loads(line) for line in daemon.stdout.splitlines()]
        if daemon.returncode != 0:
            self.findings.append((f"--history fails: {daemon.stderr.decode()}", []))
        ended = self.world.run(self.world.hosts[0], [self.world.program] + self.place + ["-x"])
        limit = now() + 10
        while self.world.owns(pid) and now() < limit:
            time.sleep(0.02)
        if ended.returncode != 0 or self.world.owns(pid):
            self.findings.append((f"-x did not end the daemon: {ended.returncode} {ended.stderr.decode()}", []))

    def check(self):
        self.reap()
        journal = self.journal = Journal(self.journal_path)
        journal.verify()
        journal.replay(self.max_overtake)
        journal.compare(self.history)
        self.checks = Checks(self, self.faults, journal)
        self.findings += journal.findings + self.checks.run()
        return self.findings

    def summary(self):
        kinds = self.journal.kinds
        rows = [
            ("clients", len([one for one in self.requests.values() if not one.outer])),
            ("requests", kinds.get("requested", 0)), ("grants", kinds.get("granted", 0)),
            ("commands", len(self.log.runs)), ("faults", listed(self.faults.counts)),
            ("daemons", len(self.journal.starts)), ("reclaims", kinds.get("reclaimed", 0)),
            ("orphans", kinds.get("orphaned", 0)), ("resumed", kinds.get("resumed", 0)), ("broken", kinds.get("broken", 0)),
            ("overlaps of the documented kind", self.checks.excused), ("longest wait", f"{self.journal.longest_wait:.1f} s"),
            ("daemon's memory", f"at most {self.peak_memory / 1024:.1f} MiB"), ("exit statuses", listed(self.checks.statuses)),
            ("status 99", listed(self.checks.reasons) or "none"),
        ]
        return "\n".join(f"  {name}: {value}" for name, value in rows)


def is_daemon(pid):
    """Not one of the clients, who may have got the number of a daemon that is gone: those have a parent, us or a command."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return int(file.read().rpartition(")")[2].split()[1]) == 1
    except OSError:
        return False


def listed(counts):
    return ", ".join(f"{name}: {counts[name]}" for name in sorted(counts, key=str))


def on_one_host(program):
    world = World(program)
    socket = world.path("s")
    return Scenario(world, "one host, UNIX socket", False, ["-s", socket], lambda: socket + ".record")


def on_several_hosts(program):
    world = NetworkWorld(program)
    server = world.hosts[0]

    def record():
        directory = world.path(server.name)
        names = [name for name in os.listdir(directory) if name.endswith(".record")]
        return os.path.join(directory, names[0] if names else "none")

    return Scenario(world, "three hosts, TCP", True, ["-a", server.address], record)
