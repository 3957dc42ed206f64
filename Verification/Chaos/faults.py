"""The faults: which, when, and for how long. They are drawn from a seed, and remembered for the checks."""

import heapq
import signal
import time
from collections import Counter

from rooms import open_room
from world import now, number_inside, space_of

class Faults:
    def __init__(self, random, scenario):
        self.random = random
        self.scenario = scenario
        self.world = scenario.world
        self.kinds = scenario.kind.events
        self.counts = Counter()
        self.due = []
        self.sequence = 0
        self.next = now() + 1
        # Spans of time: (fault, from, to); `to` is none while the fault lasts.
        self.cuts = []
        self.daemon_stops = []
        self.daemon_deaths = []
        self.killed_daemons = set()
        self.terminated_daemons = set()
        self.broken = set()
        self.helpers = []

    def tick(self):
        while self.due and self.due[0][0] <= now():
            heapq.heappop(self.due)[2]()
        if self.kinds and now() >= self.next:
            kind = self.random.choices([kind for kind, _ in self.kinds], [weight for _, weight in self.kinds])[0]
            if self.strike(kind):
                self.counts[kind] += 1
            self.next = now() + self.random.uniform(0.05, 1.0)
        self.helpers = [helper for helper in self.helpers if helper.poll() is None]

    def later(self, seconds, action):
        self.sequence += 1
        heapq.heappush(self.due, (now() + seconds, self.sequence, action))

    def finish(self):
        """Undoes at once all faults that are still in force."""
        while self.due:
            heapq.heappop(self.due)[2]()

    def strike(self, kind):
        """Causes one fault; false if there is no process that it could hit."""
        if kind.startswith("cut"):
            return self.cut(kind)
        if kind == "stop daemon":
            return self.stop_daemon()
        if kind in ("stop client", "stop waiter", "suspend"):
            return self.stop_client(kind)
        if kind == "kill container":
            return self.kill_container()
        if kind in ("restart", "break"):
            return getattr(self, "do_" + kind)()
        if kind == "end daemon":
            return self.kill_daemon(signal.SIGTERM)
        run = self.some_run()
        if kind == "kill client":
            request = run.request if run and self.random.random() < 0.5 else self.some_client()
            return request is not None and self.kill_client(request)
        if "command" in kind and not run:
            return False
        hit = False
        if "daemon" in kind:
            hit = self.kill_daemon(signal.SIGKILL)
        if "client" in kind and (run or self.some_client()):
            hit = self.kill_client(run.request if run else self.some_client()) or hit
        if "command" in kind:
            hit = self.kill_command(run) or hit
        return hit

    # Victims

    def some_run(self):
        running = sorted(self.scenario.log.running.values(), key=lambda run: run.position)
        return self.random.choice(running) if running else None

    def some_client(self):
        clients = self.scenario.clients
        return self.random.choice(clients) if clients else None

    def pid_of(self, request):
        """The pid of a client; none if it has ended, or may have."""
        if request.process:
            return self.world.client_of(request.host, request.process) if request.process.poll() is None else None
        outer = self.scenario.log.runs[request.outer.id].grants[0][0]
        pid = request.client_pid and self.world.seen_from_here(request.host, request.client_pid)
        return pid if pid and self.world.owns(pid, outer) else None

    def pid_of_command(self, run):
        """The pid of a command; none if it has ended, or may have."""
        pid = self.world.seen_from_here(run.request.host, run.pid)
        return pid if pid and self.world.owns(pid, run.grants[0][0]) else None

    def kill_client(self, request):
        pid = self.pid_of(request)
        if request.client_killed or pid is None or not self.world.owns(pid):
            return False
        request.client_killed = now()
        self.world.note(f"! {now():.2f} {request.id} its client is killed")
        return self.world.strike(pid, signal.SIGKILL)

    def kill_command(self, run):
        pid = self.pid_of_command(run)
        if run.request.command_killed or pid is None:
            return False
        run.request.command_killed = now()
        self.world.note(f"x {now():.2f} {run.request.id}")
        return self.world.strike(pid, signal.SIGKILL)

    def kill_daemon(self, number):
        pid = self.scenario.daemon_pid()
        if pid is None or not self.world.owns(pid):
            return False
        (self.killed_daemons if number == signal.SIGKILL else self.terminated_daemons).add(self.scenario.daemon_number())
        self.world.note(f"! {now():.2f} - daemon {pid} gets signal {int(number)}")
        self.daemon_deaths.append(now())
        self.world.strike(pid, number)
        pause = self.random.choice([0.05, 0.3, 1, 2.5])
        # Where all clients may start a daemon, they do it themselves.
        if number == signal.SIGKILL or not self.scenario.clients_start:
            self.later(pause, self.scenario.start_daemon)
        return True

    def kill_container(self):
        """Ends all processes of a container in one moment, and makes another container with its name."""
        hosts = [host for host in self.world.hosts if host.space]
        if not hosts:
            return False
        host = self.random.choice(hosts)
        inside = [pid for pid in self.world.mine() if space_of(pid) == host.space]
        if self.scenario.daemon_pid() in inside:
            self.daemon_deaths.append(now())
        # Commands that have not written their first line yet count too.
        self.killed_daemons.update(number_inside(pid) for pid in inside)
        self.world.note(f"! {now():.2f} - all in '{host.name}' is killed")
        for run in list(self.scenario.log.running.values()):
            # A command that its daemon has ended (--on-orphan kill) has written nothing.
            if run.request.host is host and not run.request.command_killed and self.pid_of_command(run):
                run.request.command_killed = now()
                self.world.note(f"x {now():.2f} {run.request.id}")
        for client in self.scenario.clients:
            for request in client.all():
                if request.host is host:
                    request.client_killed = request.client_killed or now()
        self.world.strike(host.init, signal.SIGKILL)
        self.wait_for_end(host)
        self.world.hosts[self.world.hosts.index(host)] = open_room(self.world, host.plan)
        return True

    def wait_for_end(self, host):
        """A container ends when the parents of its processes have seen them end, and a stopped nsenter sees nothing."""
        entered = [request.process.pid for client in self.scenario.clients for request in client.all()
                   if request.host is host and request.process]
        end = now() + 30
        while host.keeper.poll() is None:
            if now() > end:
                raise RuntimeError(f"container '{host.name}' has not ended within 30 s of the end of its first process")
            for pid in entered:
                self.world.strike(pid, signal.SIGCONT)
            time.sleep(0.05)

    # Faults that pass

    def cut(self, kind):
        host = self.random.choice(self.world.hosts)
        if any(name == host.line and end is None for name, _, end in self.cuts):
            return False
        delay = self.scenario.lost_holder_delay
        spans = {"cut shortly": (0.1, delay * 0.4), "cut": (delay * 0.5, delay * 0.95), "cut for long": (delay * 1.3, delay * 3)}
        place = len(self.cuts)
        self.cuts.append((host.line, now(), None))
        self.world.note(f"! {now():.2f} - cable of {host.line} down")
        self.world.set_cable(host, False)

        def mend():
            self.world.set_cable(host, True)
            self.cuts[place] = (*self.cuts[place][:2], now())
            self.world.note(f"! {now():.2f} - cable of {host.line} up")

        self.later(self.random.uniform(*spans[kind]), mend)
        return True

    def stop_daemon(self):
        pid = self.scenario.daemon_pid()
        if pid is None or not self.world.strike(pid, signal.SIGSTOP):
            return False
        place = len(self.daemon_stops)
        self.daemon_stops.append((now(), None))
        self.world.note(f"! {now():.2f} - daemon {pid} stopped")

        def resume():
            self.world.strike(pid, signal.SIGCONT)
            self.daemon_stops[place] = (self.daemon_stops[place][0], now())
            self.world.note(f"! {now():.2f} - daemon {pid} goes on")

        self.later(self.random.choice([0.1, 0.5, 1.5, self.scenario.longest_stop]), resume)
        return True

    def stop_client(self, kind):
        """Stops a client that waits or holds, alone or with its command, as ^Z or a freezer does."""
        with_command = kind == "suspend"
        run = self.some_run()
        request = run.request if run and (with_command or self.random.random() < 0.5) else self.some_client()
        if kind == "stop waiter":
            waiting = [one for one in self.scenario.clients if one.id not in self.scenario.log.runs and not one.stops]
            request = self.random.choice(waiting) if waiting else None
        if request is None:
            return False
        pid = self.pid_of(request)
        if pid is None or not self.world.strike(pid, signal.SIGSTOP):
            return False
        pids = [pid]
        command = self.pid_of_command(run) if with_command and run else None
        if command and self.world.strike(command, signal.SIGSTOP):
            pids.append(command)
        if request.process and request.process.pid != pid:
            # The process that entered the container stops with its child.
            pids.append(request.process.pid)
        place = len(request.stops)
        request.stops.append((now(), None))
        self.world.note(f"! {now():.2f} {request.id} its client is stopped{' with its command' if command else ''}")

        def resume():
            for one in pids:
                self.world.strike(one, signal.SIGCONT)
            request.stops[place] = (request.stops[place][0], now())
            self.world.note(f"! {now():.2f} {request.id} its client goes on")

        self.later(self.random.choice([1.5, 4, 9] if kind == "stop waiter" else [0.1, 0.5, 1.5, 4, 9]), resume)
        return True

    # Actions of people

    def do_restart(self):
        self.world.note(f"! {now():.2f} - --restart")
        self.terminated_daemons.add(self.scenario.daemon_number())
        self.helpers.append(self.scenario.administer("--restart"))
        return True

    def do_break(self):
        run = self.some_run()
        if run is None:
            return False
        number = run.grants[0][0]
        self.broken.add(run.request.id)
        self.world.note(f"! {now():.2f} {run.request.id} its lock is broken, request {number}")
        self.helpers.append(self.scenario.administer("--break", "--request", str(number), "--reason", "chaos", "--yes"))
        return True
