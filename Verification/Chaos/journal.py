"""Reads the journal's file as docs/journal.md describes it, and compares it with the rules."""

import hashlib
import json
import sqlite3
import struct
import time
from dataclasses import dataclass

from rules import conflict, fits, has_room
from workload import Part
from world import now

# Seconds after which a lock that its client does not take is offered to the next one.
OFFERED_FOR = 2.0
FINAL = {"released", "withdrawn", "timed_out", "refused", "reclaimed", "broken"}


def part_of(detail):
    name = detail["resource"]
    kinds = {"_s_": "sequence", "_S_": "transactional", "_t_": "stamp"}
    kind = kinds.get(name[:3]) or (
        "path" if name.startswith("/") else "pool" if name.endswith("]") else "set" if "." in name else "simple")
    return Part(name, kind, detail["mode"], detail.get("quantity", 1))


def client_of(words):
    return words[1] if words[0].endswith("command.sh") or words[0] == "false" else None


@dataclass
class Entry:
    """A request for one resource."""

    number: int
    part: Part
    detail: dict
    client: "str | None" = None
    asked: float = 0
    queued: "float | None" = None
    granted: "float | None" = None
    token: int = 0
    element: str = ""
    ended: "float | None" = None
    outcome: "str | None" = None
    ending: "dict | None" = None
    # The place in the queue of a client that did not take its offer.
    is_aside: bool = False
    # Until when the client was stopped, if it was stopped at the moment of its grant.
    began_stopped: "float | None" = None

    @property
    def was_untold(self):
        """Whether the client gave up, or ended, before it could know of its grant."""
        return self.granted is not None and self.outcome in ("timed_out", "withdrawn")

    @property
    def rolls_back(self):
        """Whether the number may be given again: the command failed, or never got it."""
        if self.was_untold:
            return True
        completion = self.ending.get("completion") if self.outcome == "released" else None
        return completion in ("signalled", "not_started") or self.ending.get("rollback") is True or (
            completion == "exited" and self.ending["exit_status"] != 0)


class Journal:
    def __init__(self, path, offsets=(0,)):
        self.database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        self.database.text_factory = str
        self.entries = {}
        self.kinds = {}
        self.starts = []
        self.resumed = 0
        self.findings = []
        # The leads of the daemons' clocks (time namespaces) over this one, and the lead of the wall clock over the boot clock.
        self.offsets = offsets
        self.lead = time.time() - now()

    def moment(self, at, boottime):
        """The time of an event on this clock. The wall clock tells roughly which clock the daemon read; that clock gives the exact time."""
        ahead = boottime / 1e9 - (at / 1e6 - self.lead)
        return boottime / 1e9 - min(self.offsets, key=lambda offset: abs(offset - ahead))

    def open_requests(self):
        return self.database.execute("SELECT count(*) FROM request WHERE ended_at IS NULL").fetchone()[0]

    def finding(self, title, *numbers):
        self.findings.append((title, [line for number in numbers for line in self.about(number)]))

    def about(self, number):
        query = "SELECT number, boottime, kind, detail FROM event WHERE request = ? ORDER BY number"
        return [f"event {row[0]} {row[1] / 1e9:.3f} request {number} {row[2]} {row[3] or ''}"
                for row in self.database.execute(query, (number,))]

    # The file

    def verify(self):
        for (line,) in self.database.execute("PRAGMA integrity_check"):
            if line != "ok":
                self.finding(f"the journal's file is damaged: {line}")
        anchor, previous, id = self.database.execute("SELECT anchor_number, anchor_hash, id FROM journal").fetchone()
        if anchor == 0:
            previous = hashlib.sha256(id.encode()).digest()
        number = anchor
        columns = "number, at, boottime, kind, request, newest_token, detail, hash"
        for *record, stored in self.database.execute(f"SELECT {columns} FROM event ORDER BY number"):
            previous = hashlib.sha256(previous + b"".join(map(field, record))).digest()
            if record[0] != number + 1 or stored != previous:
                self.finding(f"event {number + 1} is bad or missing")
                return
            number = record[0]

    # Events

    def replay(self, max_overtake, stopped=None):
        """Replays the events as the daemon committed them.

        `stopped` tells until when a client was stopped, if it was stopped at a moment and its command had not begun. Without it the replay
        does not look for waiters behind stopped clients."""
        self.holders, self.waiting, self.used = {}, {}, {}
        self.newest_token = 0
        self.clients = self._described()
        self.stopped = stopped
        self.idle_since = {}
        self.latest = 0
        for number, at, boottime, kind, request, detail in self.database.execute(
                "SELECT number, at, boottime, kind, request, detail FROM event ORDER BY number"):
            self.kinds[kind] = self.kinds.get(kind, 0) + 1
            detail = json.loads(detail) if detail else {}
            if kind == "daemon_started":
                self.starts.append([detail["pid"], None])
                self.idle_since = {}
            elif kind == "daemon_stopped":
                self.starts[-1][1] = detail["reason"]
            elif request is not None:
                at = self.moment(at, boottime)
                if stopped:
                    self._look_for_stopped(at)
                self._take(kind, request, at, detail, max_overtake)
        for entry in self.entries.values():
            if entry.outcome is None:
                self.finding(f"request {entry.number} has no final outcome", entry.number)

    def _described(self):
        """The client of a request, also before it could say so."""
        query = "SELECT request, detail FROM event WHERE kind = 'described'"
        return {number: client_of(json.loads(detail)["command"]) for number, detail in self.database.execute(query)}

    def _look_for_stopped(self, at):
        """No request waits for long behind stopped clients: neither behind one that was granted its lock while it was stopped, nor behind
        those to which the lock may be offered first."""
        if at > self.latest + 1:
            # Times in which the daemon was away, or stopped itself, prove nothing.
            self.idle_since = {}
        self.latest = at
        for key, holders in self.holders.items():
            waiting = [one for _, one in sorted(self.waiting.get(key, {}).items())]
            stopped = []
            while waiting and self.stopped(self.clients.get(waiting[0].number), at) is not None:
                stopped.append(waiting.pop(0))
            # Groups, nested requests and time stamps have rules that this check does not know.
            if not waiting or any(one.detail.get("group") for one in stopped) or waiting[0].part.kind == "stamp":
                continue
            first = waiting[0]
            if first.detail.get("group") or first.detail.get("parent"):
                continue
            behind = [one for one in holders.values() if one.began_stopped and at < one.began_stopped]
            others = [(one.part, one.element) for one in holders.values() if one not in behind]
            if not (behind or stopped) or not has_room(first.part, others):
                self.idle_since.pop(first.number, None)
                continue
            since = self.idle_since.setdefault(first.number, at)
            if at > since + OFFERED_FOR * (len(stopped) + len(behind)) + 1.5:
                names = ", ".join(str(one.number) for one in stopped + behind)
                self.finding(
                    f"request {first.number} waits for {at - since:.1f} s behind {names}, whose clients are stopped", first.number,
                    *(one.number for one in stopped + behind))
                self.idle_since[first.number] = at + 3600

    def _take(self, kind, number, at, detail, max_overtake):
        if kind == "requested":
            self.entries[number] = Entry(number, part_of(detail), detail, asked=at)
            return
        entry = self.entries[number]
        key = entry.part.key
        if kind == "queued":
            entry.queued = entry.queued or at
            self.waiting.setdefault(key, {})[number] = entry
        elif kind == "passed_over":
            # Set aside until its client is heard of: meanwhile it blocks nobody.
            entry.is_aside = True
            self.waiting.get(key, {}).pop(number, None)
        elif kind == "resumed" and entry.is_aside:
            entry.is_aside = False
            self.waiting.setdefault(key, {})[number] = entry
        elif kind == "described":
            entry.client = client_of(detail["command"])
        elif kind == "granted":
            entry.granted, entry.token, entry.element = at, detail["token"], detail.get("element", "")
            self.waiting.get(key, {}).pop(number, None)
            entry.began_stopped = self.stopped(self.clients.get(number), at) if self.stopped else None
            self._judge_grant(entry, at, max_overtake)
            self.holders.setdefault(key, {})[number] = entry
        elif kind in FINAL:
            if entry.outcome is not None:
                self.finding(f"request {number} ends twice", number)
            entry.ended, entry.outcome, entry.ending = at, kind, detail
            self.waiting.get(key, {}).pop(number, None)
            self.holders.get(key, {}).pop(number, None)

    def _judge_grant(self, entry, at, max_overtake):
        number, part = entry.number, entry.part
        if entry.token <= self.newest_token:
            self.finding(f"request {number} gets token {entry.token} after {self.newest_token}", number)
        self.newest_token = max(self.newest_token, entry.token)
        others = self.holders.get(part.key, {})
        if not fits(part, entry.element, [(other.part, other.element) for other in others.values()]):
            self.finding(f"request {number} is granted beside {list(others)}", number, *others)
        if part.kind in ("sequence", "transactional", "stamp"):
            before = self.used.get((part.name, entry.element))
            if before and not (part.kind == "transactional" and before.outcome and before.rolls_back):
                self.finding(f"'{entry.element}' of {part.name} is given out again", before.number, number)
            self.used[(part.name, entry.element)] = entry
        # A nested request may pass, a stamp may wait for its clock, a group blocks only in part.
        if entry.detail.get("parent") or part.kind == "stamp":
            return
        beside = [(other.part, other.element) for other in others.values()] + [(part, entry.element)]
        for other in self.waiting.get(part.key, {}).values():
            if other.number < number and not other.detail.get("group") and not other.detail.get("parent"):
                # A waiter that still fits has been offered its lock, and has not taken it yet.
                if at - other.queued > max_overtake + 0.001 and conflict(other.part, part) and not has_room(other.part, beside):
                    self.finding(
                        f"request {number} passes request {other.number}, which has waited {at - other.queued:.3f} s",
                        other.number, number)

    # The report

    def compare(self, rows):
        """Compares the JSON lines of --history with the record."""
        shown = {row["request"]: row for row in rows}
        if set(shown) != set(self.entries):
            self.finding(f"--history shows {len(shown)} requests, the record has {len(self.entries)}")
        for number in set(shown) & set(self.entries):
            row, entry = shown[number], self.entries[number]
            theirs = row["outcome"], row["resource"], row.get("fencing_token", 0), row.get("element", "")
            # A client that was never told of its grant did not hold.
            grant = (0, "") if entry.was_untold else (entry.token, entry.element)
            if theirs != (entry.outcome, entry.part.name, *grant):
                self.finding(f"--history shows request {number} differently: {row}", number)

    @property
    def longest_wait(self):
        return max((entry.granted - entry.asked for entry in self.entries.values() if entry.granted), default=0)


def field(value):
    if value is None:
        return struct.pack(">I", 0xFFFFFFFF)
    data = struct.pack(">q", value) if isinstance(value, int) else value.encode()
    return struct.pack(">I", len(data)) + data
