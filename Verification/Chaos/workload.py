"""The requests of the clients: every kind of resource, drawn from a seed."""

from dataclasses import dataclass, field

MODES = ["NL", "CR", "CW", "PR", "PW", "EX"]
PATHS = ["/t", "/t/a", "/t/a/x", "/t/a/y", "/t/b", "/t/b/x", "/t/c"]
# The names of each kind; some kinds have several, so that fifty clients do not stand in one queue.
NAMES = {
    "simple": ["db", "log", "mail"],
    "pool": ["pool[5]", "licence[2]"],
    "set": ["gpu0.gpu1.gpu2", "cpu0.cpu1"],
    "path": PATHS,
    "sequence": ["_s_ticket[2]"],
    "transactional": ["_S_order[2]"],
    "stamp": ["_t_%Y%m%d%H%M%S#fff[2]"],
}
# The idle life of a resource: longer than a run, so that no number may come again.
LIFE_MS = 86_400_000


@dataclass
class Part:
    name: str
    kind: str
    mode: str = "EX"
    quantity: int = 1

    @property
    def capacity(self):
        return int(self.name[self.name.rindex("[") + 1:-1]) if "[" in self.name else None

    @property
    def key(self):
        """The key within which requests may conflict: all paths are one tree."""
        return "/" if self.kind == "path" else self.name

    def words(self):
        words = ["-r", self.name]
        if self.kind in ("simple", "path"):
            words += ["-l", self.mode]
        return words + (["-q", str(self.quantity)] if self.kind == "pool" else [])


@dataclass
class Request:
    id: str
    host: object
    parts: list
    seconds: float
    status: int
    timeout: int = -1
    creates: bool = True
    life_ms: int = LIFE_MS
    starts: bool = False
    on_lost: str = "warn"
    on_orphan: str = "hold"
    inner: "Request | None" = None
    outer: "Request | None" = None
    # Whether the caller ignores SIGCHLD.
    ignores_children: bool = False
    # Whether the command ends at once and writes nothing: `false`.
    is_brief: bool = False
    # The end of the client and its command.
    started: float = 0
    ended: float = 0
    process: object = None
    result: "int | None" = None
    client_pid: "int | None" = None
    client_killed: "float | None" = None
    command_killed: "float | None" = None
    stops: list = field(default_factory=list)

    def all(self):
        return [self] + (self.inner.all() if self.inner else [])

    def words(self, program, place, script):
        words = [program] + place + ["-i", str(self.life_ms), "-d", "60000" if self.starts else "0", "-o", str(self.timeout)]
        words += ["-e", "yes" if self.creates else "no", "--on-lost", self.on_lost, "--on-orphan", self.on_orphan]
        for part in self.parts:
            words += part.words()
        if self.is_brief:
            return words + ["--", "false", self.id]
        words += ["--", script, self.id, f"{self.seconds:.3f}", str(self.status)]
        return words + (["around"] + self.inner.words(program, place, script) if self.inner else ["alone"])


class Workload:
    def __init__(self, random, scenario, longest_seconds):
        self.random = random
        self.longest_seconds = longest_seconds
        self.scenario = scenario
        self.count = 0

    def next(self):
        random = self.random
        host = random.choice(self.scenario.places_of_clients)
        request = self._request(str(self.count), host)
        request.ignores_children = random.uniform(0, 100) < self.scenario.kind.ignoring
        if random.uniform(0, 100) < self.scenario.kind.brief:
            request.is_brief = True
            request.status = 1
        elif random.random() < 0.12 and not self.scenario.kind.is_plain:
            request.inner = self._request(f"{self.count}i", host)
            request.inner.outer = request
            request.on_orphan = "hold"
        self.count += 1
        return request

    def _request(self, id, host):
        random = self.random
        parts = [self._part()]
        if random.random() < 0.2 and not self.scenario.kind.is_plain:
            for _ in range(random.randint(1, 3)):
                part = self._part()
                if part.key not in [other.key for other in parts]:
                    parts.append(part)
        is_short = random.uniform(0, 100) >= self.scenario.kind.long
        seconds = random.choice([0, 0.01, 0.03, 0.05, 0.1, 0.2]) if is_short else random.uniform(1, self.longest_seconds)
        request = Request(id, host, parts, seconds, random.choice([0, 0, 0, 1, 7]))
        request.timeout = random.choice([-1, -1, -1, 0, 500, 3000, 12000])
        if random.random() < 0.06:
            # The resource might never be created, so the wait has a limit.
            request.creates = False
            request.timeout = random.choice([0, 1000, 4000])
            if random.random() < 0.5:
                request.parts = [Part("fleeting", "simple", random.choice(MODES))]
        elif random.random() < 0.04:
            request.parts = [Part("fleeting", "simple", random.choice(MODES))]
            request.life_ms = 300
        # On the daemon's host some clients of a network may start one, too.
        request.starts = self.scenario.clients_start or (host is self.scenario.world.hosts[0] and random.random() < 0.3)
        request.on_lost = random.choice(["warn", "warn", "term", "kill"])
        request.on_orphan = "kill" if random.random() < 0.1 else "hold"
        return request

    def _part(self):
        random = self.random
        kind = random.choice(list(NAMES))
        part = Part(random.choice(NAMES[kind]), kind)
        if kind in ("simple", "path"):
            part.mode = random.choice(MODES)
        elif kind == "pool":
            part.quantity = random.randint(1, part.capacity)
        return part
