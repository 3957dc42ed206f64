"""Empties the journal under its daemon, or removes files of it, again and again, each time in a new world."""

import os
import random
import shutil
import signal
import time
from collections import Counter

from checks import Checks
from scenario import Scenario, listed, on_one_host
from world import now

# A daemon checks once a second whether its journal is still there; then a command that was granted before takes a while to begin.
NOTICED_AFTER = 2.0


class NoJournal:
    """The record that the checks find: an empty one, because it is lost."""

    entries = {}
    starts = []

    @staticmethod
    def about(_):
        return []


class LossScenario(Scenario):
    """One world with one loss."""

    def lose(self, how):
        path = self.journal_path
        self.world.note(f"! {now():.2f} - the journal: {how}")
        self.lost_at = now()
        if "copied" in how:
            # As copytruncate of logrotate does.
            shutil.copyfile(path, path + ".1")
        if how in ("emptied", "copied and emptied"):
            os.truncate(path, 0)
        if how in ("its log is emptied", "all of it emptied"):
            os.truncate(path + "-wal", 0)
        if how == "all of it emptied":
            os.truncate(path, 0)
        if how == "its log is removed":
            os.unlink(path + "-wal")
        if how == "removed":
            os.unlink(path)
        if how == "moved away":
            os.rename(path, path + ".1")

    WAYS = [
        "emptied", "its log is removed", "all of it emptied", "its log is emptied", "copied and emptied", "removed", "moved away"]
    # After these losses nobody can know who holds what; after the others a daemon that notices in time may have saved everything.
    FINAL = ["emptied", "copied and emptied", "all of it emptied", "removed", "moved away"]

    def play(self, seed, how, chance):
        self.how = how
        self.begin(6, seed)
        self.work(chance.uniform(1.5, 3))
        self.lose(how)
        self.work(chance.uniform(0.5, 3.5))
        self.died_at = now()
        if chance.random() < 0.75:
            for _ in range(chance.randint(0, 4)):
                self.faults.strike("kill client")
            self.faults.strike(chance.choice(["kill daemon", "kill daemon", "end daemon"]))
        self.work(4)
        self.died_at = min([self.died_at, *self.faults.daemon_deaths])
        self.end()

    def end(self):
        """No new client comes; running commands may end, and waiters are sent away. Then a person begins anew."""
        self.faults.finish()
        verified = self.flom("--history", "--verify")
        if self.how in self.FINAL and verified.returncode == 0:
            self.findings.append((f"journal {self.how}: --verify finds nothing: {verified.stdout.decode().strip()}", []))
        self.shut_down_at = now()
        self.flom("-X")
        limit = now() + self.kind.patience
        while (self.clients or self.log.running) and now() < limit:
            self.reap()
            # Commands whose flom was killed write their last line when they end; killed commands do not.
            for id, run in list(self.log.running.items()):
                if not self.world.owns(self.world.seen_from_here(run.request.host, run.pid)):
                    self.log.refresh()
                    self.log.running.pop(id, None)
            time.sleep(0.05)
        for request in self.clients:
            self.findings.append((f"{request.id} is still there {self.kind.patience} s after -X", self.log.about(request.id)))
        self.begin_anew()

    def begin_anew(self):
        self.flom("-X")
        accepted = self.flom("--accept-journal")
        if accepted.returncode != 0:
            for path in [self.record()] + [self.journal_path + ending for ending in ("", "-wal", "-shm")]:
                if os.path.exists(path):
                    os.unlink(path)
        first = self.flom("-d", "-1", "-r", "anew", "--", "true")
        if first.returncode != 0:
            self.findings.append((f"journal {self.how}: nothing begins anew: {first.returncode} {first.stderr.decode()}", []))
        self.flom("-X")

    def flom(self, *words):
        return self.world.run(self.world.hosts[0], [self.world.program] + self.place + list(words))

    def check(self):
        self.checks = Checks(self, self.faults, NoJournal)
        self.checks.check_statuses()
        self.checks.check_overlaps()
        self.checks.check_values()
        for run in self.log.runs.values():
            watched = run.entered < self.died_at or self.how in self.FINAL
            if run.entered > self.lost_at + NOTICED_AFTER and watched:
                self.checks.finding(
                    f"journal {self.how}: {run.request.id} gets a lock {run.entered - self.lost_at:.1f} s later", run.request)
        self.findings += self.checks.findings
        return self.findings


class Losses:
    """One scenario for the tool: as many worlds as the time permits."""

    name = "one host, lost journals"

    def __init__(self, program, kind):
        self.program = program
        self.kind = kind
        self.rounds = []
        self.findings = []
        self.world = None
        self.kept = []

    def run(self, seconds, seed):
        chance = random.Random(f"{seed} losses")
        limit = now() + seconds
        # First in this order, then at random.
        ways = LossScenario.WAYS[::-1]
        while now() < limit or not self.rounds:
            ways = ways or chance.sample(LossScenario.WAYS, len(LossScenario.WAYS))
            one = on_one_host(self.program, self.kind, LossScenario)
            self.world = one.world
            one.play(f"{seed} {len(self.rounds)}", ways.pop(), chance)
            found = one.check()
            self.findings += found
            self.rounds.append(one)
            if found:
                # The tool keeps the last one.
                self.kept.append(one.world.directory)
            if now() < limit:
                one.world.close(keep=bool(found))

    def check(self):
        return self.findings

    def summary(self):
        statuses, reasons = Counter(), Counter()
        for one in self.rounds:
            statuses.update(one.checks.statuses)
            reasons.update(one.checks.reasons)
        rows = [
            ("worlds", listed(Counter(one.how for one in self.rounds))),
            ("commands", sum(len(one.log.runs) for one in self.rounds)),
            ("daemons that were ended", sum(len(one.faults.daemon_deaths) for one in self.rounds)),
            ("exit statuses", listed(statuses)), ("status 99", listed(reasons) or "none"),
            ("kept", " ".join(self.kept) or "none"),
        ]
        return "\n".join(f"  {name}: {value}" for name, value in rows)

