"""Fifty clients at once, a fault every half second, and the checks at the end."""

import json
import os
import random
import time

from checks import Checks
from commandlog import CommandLog
from faults import Faults
from journal import Journal
from network import NetworkWorld
from rooms import can_make_rooms, open_room
from workload import Workload
from world import World, now, number_inside, parent_of

SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "command.sh")


class Scenario:
    clients_at_once = 50
    lost_holder_delay = 3.0
    reclaim_grace = 6.0
    max_overtake = 1.5
    # Seconds after which a dead daemon is started again.
    longest_absence = 3.5
    # The longest time for which a daemon is stopped.
    longest_stop = 4
    # Limit of the daemon's memory in KiB: so high that only endless growth reaches it.
    memory_limit = 128 * 1024
    # When the journal was lost, and when -X was said (losses.py).
    lost_at = None
    shut_down_at = None

    def __init__(self, world, name, kind, place, record, clients_start=False):
        self.world = world
        self.name = name
        self.kind = kind
        # Whether every client may start a daemon.
        self.clients_start = clients_start
        self.place = place + [
            "--lost-holder-delay", f"{self.lost_holder_delay * 1000:.0f}", "--reclaim-grace", f"{self.reclaim_grace * 1000:.0f}",
            "--max-overtake", f"{self.max_overtake * 1000:.0f}", "--journal", self.journal_path]
        self.record = record
        self.requests = {}
        self.clients = []
        self.log = CommandLog(world.log, self.requests)
        self.peak_memory = 0
        # When this run had no daemon, as far as looking once in a while tells.
        self.absences = []
        self.last_daemon = None
        self.found = (None, None)
        self.looked = now()
        self.starters = []
        self.findings = []

    @property
    def journal_path(self):
        return self.world.path("journal")

    @property
    def places_of_clients(self):
        """The places, with the machine itself as often as all others together."""
        hosts = [host for host in self.world.hosts if not self.kind.hosts or host.name in self.kind.hosts]
        return hosts[:1] * (len(hosts) - 1 if self.clients_start and len(hosts) > 1 else 1) + hosts[1:]

    # The daemon

    def daemon_number(self):
        """The daemon's pid in its own namespace."""
        try:
            with open(self.record()) as file:
                return next((int(line[4:]) for line in file if line.startswith("pid=")), None)
        except (OSError, ValueError):
            return None

    def daemon_pid(self):
        """The daemon's pid here."""
        number = self.daemon_number()
        if number is None:
            return None
        if (number, self.found[1]) != self.found or not self.world.owns(self.found[1]):
            candidates = self.world.mine() if any(host.space for host in self.world.hosts) else [number]
            self.found = (number, next((pid for pid in candidates if self.is_daemon(pid, number)), None))
        return self.found[1]

    def is_daemon(self, pid, number):
        """Whether the process is a daemon, and no client or command that has got the pid of a daemon that is gone."""
        inits = [1] + [host.init for host in self.world.hosts if host.init]
        return number_inside(pid) == number and parent_of(pid) in inits and has_open(pid, self.record())

    def start_daemon(self):
        self.starters.append(self.world.start(
            self.places.choice(self.world.hosts if self.clients_start else self.world.hosts[:1]), [self.world.program] + self.place + ["-d", "-1", "-r", "starter", "-l", "NL", "--", "true"]))

    def administer(self, *words):
        return self.world.start(self.world.hosts[0], [self.world.program] + self.place + ["-d", "0", *words])

    def look_at_daemon(self):
        """Checks once in a while whether there is a daemon, and how much memory it has."""
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
        self.begin(seconds, seed)
        self.work(seconds)
        self.drain()
        self.close_daemon()

    def begin(self, seconds, seed):
        self.faults = Faults(random.Random(f"{seed} faults {self.name}"), self)
        # Long enough to outlive a lost lock.
        longest = min(10, seconds)
        self.workload = Workload(random.Random(f"{seed} workload {self.name}"), self, longest)
        self.pauses = random.Random(f"{seed} pauses {self.name}")
        self.places = random.Random(f"{seed} places {self.name}")
        self.start_daemon()
        self.starters[0].wait(timeout=30)
        self.free = [now() + self.pauses.uniform(0, 1) for _ in range(self.clients_at_once)]

    def work(self, seconds):
        limit = now() + seconds
        while now() < limit:
            due = [at for at in self.free if at <= now()]
            self.free = [at for at in self.free if at > now()]
            for _ in due:
                self.start_client(self.workload.next())
            self.free += [now() + self.pauses.uniform(0, 0.6) for _ in range(self.reap())]
            self.faults.tick()
            self.look_at_daemon()
            time.sleep(0.01)

    def start_client(self, request):
        for one in request.all():
            self.requests[one.id] = one
        words = request.words(self.world.program, self.place, SCRIPT)
        request.started = now()
        request.process = self.world.start(request.host, words, f"errors/{request.id}", request.ignores_children)
        self.clients.append(request)

    def reap(self):
        """The number of clients that have ended since the last call."""
        before = len(self.clients)
        for request in self.clients:
            request.result = request.process.poll()
            request.ended = now()
        self.clients = [request for request in self.clients if request.result is None]
        self.starters = [starter for starter in self.starters if starter.poll() is None]
        self.log.refresh()
        return before - len(self.clients)

    def drain(self):
        """Without faults: all clients have to finish, and nothing may stay held."""
        self.faults.finish()
        self.world.note(f"! {now():.2f} - nothing goes wrong from here on")
        limit = now() + self.kind.patience
        next_start = now()
        while (self.clients or self.open_requests()) and now() < limit:
            if now() >= next_start:
                # The last fault may have ended the daemon and started none.
                self.start_daemon()
                next_start = now() + 5
            self.reap()
            self.look_at_daemon()
            time.sleep(0.05)
        for request in self.clients:
            words = " ".join(request.words("flom", [], "command.sh"))
            self.findings.append((f"{request.id} is still there {self.kind.patience} s after the last fault: {words}", []))
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
        journal = self.journal = Journal(self.journal_path, {0} | {host.offset for host in self.world.hosts})
        journal.verify()
        # Over a network a cut cable, too, may keep a client from its offer.
        journal.replay(self.max_overtake, self.stopped if self.clients_start else None)
        journal.compare(self.history)
        self.checks = Checks(self, self.faults, journal)
        self.findings += journal.findings + self.checks.run()
        return self.findings

    def stopped(self, id, at):
        """Until when a client was stopped, if it was at that moment and its command had not begun; otherwise none."""
        request = self.requests.get(id)
        if request is None or (id in self.log.runs and self.log.runs[id].entered <= at + 0.05):
            return None
        return next((end or now() for begin, end in request.stops if begin + 0.05 < at < (end or now())), None)

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


def has_open(pid, path):
    """Whether a process has a file open; by the identity of the file, because names differ between namespaces."""
    try:
        wanted = os.stat(path)
        return any(os.path.samestat(wanted, os.stat(f"/proc/{pid}/fd/{name}")) for name in os.listdir(f"/proc/{pid}/fd"))
    except OSError:
        return False


def listed(counts):
    return ", ".join(f"{name}: {counts[name]}" for name in sorted(counts, key=str))


def on_one_host(program, kind, scenario=Scenario):
    world = World(program)
    try:
        if can_make_rooms():
            world.hosts += [open_room(world, plan) for plans in kind.rooms for plan in plans()]
    except BaseException:
        world.close()
        raise
    socket = world.path("s")
    return scenario(world, "one host, UNIX socket", kind, ["-s", socket], lambda: socket + ".record", clients_start=True)


def on_several_hosts(program, kind):
    world = NetworkWorld(program)
    server = world.hosts[0]

    def record():
        directory = world.path(server.name)
        names = [name for name in os.listdir(directory) if name.endswith(".record")]
        return os.path.join(directory, names[0] if names else "none")

    return Scenario(world, "three hosts, TCP", kind, ["-a", server.address], record)
