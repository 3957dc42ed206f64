"""Compares what clients and commands saw with the promises."""

import re

from rules import fits

NO_DAEMON = "no daemon, and -d 0"
# The reasons for status 99, in flom's own words.
REASONS = {
    NO_DAEMON: r"-d 0 says that none may be started",
    "daemon lost while waiting": r"was lost while waiting for the lock",
    "its daemon ended while it started": r"the daemon ended before it was ready",
    "deadlock refused": r"it can never be granted \(deadlock\)",
    "daemon not reached": r"cannot be reached|no daemon answers|closes every connection|no answer from|does not answer",
    "lock broken while waiting": r"the place in the queue was taken away",
    "journal lost": r"the journal .*(cannot be|has disappeared|is empty|is gone|no lock is given)|no lock is given",
    "shut down": r"was shut down",
}
LOST = "is lost while its command runs"
# A client that finds its daemon again tries once a second.
BETWEEN_ATTEMPTS = 1.5


class Checks:
    def __init__(self, scenario, faults, journal):
        self.scenario = scenario
        self.faults = faults
        self.journal = journal
        self.log = scenario.log
        self.findings = []
        self.statuses = {}
        self.reasons = {}
        self.excused = 0

    def run(self):
        self.check_statuses()
        self.check_overlaps()
        self.check_values()
        self.check_against_journal()
        self.check_daemons()
        return self.findings

    def finding(self, title, *requests):
        lines = self.log.about(*(request.id for request in requests))
        for request in requests:
            lines += [f"stderr of {request.id}: {line}" for line in self.errors(request).splitlines()]
            numbers = [entry.number for entry in self.journal.entries.values() if entry.client == request.id]
            lines += [line for number in numbers for line in self.journal.about(number)]
        self.findings.append((title, lines))

    def errors(self, request):
        """The messages of a client; those of an inner flom stand in the output of its outer one."""
        path = self.scenario.world.path("errors/" + (request.outer or request).id)
        try:
            with open(path, errors="replace") as file:
                return file.read()
        except OSError:
            return ""

    # Exit statuses

    def check_statuses(self):
        for request in self.scenario.requests.values():
            if request.outer:
                outer = self.log.runs.get(request.outer.id)
                if outer is None or outer.inner_status is None:
                    continue
                result = outer.inner_status
            else:
                result = request.result
            if result is None:
                self.finding(f"{request.id} never comes through", request)
                continue
            self.statuses[result] = self.statuses.get(result, 0) + 1
            complaint = self.judge(request, result)
            if complaint:
                self.finding(f"{request.id} ends with {result}: {complaint}", request)

    def judge(self, request, result):
        if request.client_killed and result in (-9, 137):
            return None
        run = self.log.runs.get(request.id)
        text = self.errors(request)
        ended_by_loss = LOST in text and result in (-9, -15, 137, 143)
        if run and run.left is not None:
            return None if result == request.status or ended_by_loss else f"its command ended with {request.status}"
        if run and request.command_killed:
            if run.ended_first and result == request.status:
                return None
            return None if result == 137 or ended_by_loss else "its command was killed by signal 9"
        if ended_by_loss:
            lost = [one for one in (request, request.outer) if one and one.on_lost != "warn"]
            return None if lost else "nothing asked for its command's end"
        if run:
            return "its command has not come to its end"
        if request.is_brief and result == request.status:
            return None
        if result == 98 and request.timeout >= 0:
            return None
        if result == 96 and request.timeout == 0 and not request.creates:
            return None
        if result == 99:
            named = [reason for reason, pattern in REASONS.items() if re.search(pattern, text)]
            # A sentence may name two reasons: the daemon was lost, and the next one could not be started.
            for reason in named:
                if self.was_so(reason, request.outer or request):
                    self.reasons[reason] = self.reasons.get(reason, 0) + 1
                    return None
            if named:
                return "nothing of the sort had happened"
        return "its command never began"

    def was_so(self, reason, request):
        """Whether a fault of that time explains the client's message."""
        deaths = [(at, at + self.scenario.longest_absence) for at in self.faults.daemon_deaths]
        if reason in (NO_DAEMON, "its daemon ended while it started"):
            spans = deaths
        elif reason == "daemon lost while waiting" and self.scenario.clients_start:
            # A client that may start a daemon must do so.
            return False
        elif reason == "daemon not reached":
            names = {request.host.line, self.scenario.world.hosts[0].line}
            spans = deaths + self.faults.daemon_stops + [cut[1:] for cut in self.faults.cuts if cut[0] in names]
        elif reason == "journal lost":
            return self.scenario.lost_at is not None and request.ended > self.scenario.lost_at
        elif reason == "shut down":
            return self.scenario.shut_down_at is not None and request.ended > self.scenario.shut_down_at
        elif reason == "lock broken while waiting":
            return bool(self.faults.broken)
        else:
            return True
        return any(start < request.ended and stop + BETWEEN_ATTEMPTS > request.started for start, stop in spans)

    # Exclusion

    def check_overlaps(self):
        """Reads the commands' lines. A command holds from its first line until the last moment at which it is known to live."""
        ends = {run.last_alive: run for run in self.log.runs.values() if run.last_alive is not None}
        begins = {run.position: run for run in self.log.runs.values()}
        inside = {}
        for position in range(len(self.log.lines)):
            if position in begins:
                run = begins[position]
                self.check_entry(run, inside)
                if run.last_alive is not None:
                    inside[run.request.id] = run
            elif position in ends:
                inside.pop(ends[position].request.id, None)

    def check_entry(self, run, inside):
        for part, (number, token, element) in zip(run.request.parts, run.grants):
            others = [
                (other, theirs, grant) for other in inside.values() for theirs, grant in zip(other.request.parts, other.grants)
                if theirs.key == part.key
            ]
            if self.fits(part, element, others):
                continue
            strict = [one for one in others if not self.was_cut_off(one[0], one[2][0], run)]
            if not self.fits(part, element, strict):
                names = ", ".join(other.request.id for other, _, _ in strict)
                self.finding(f"{run.request.id} has {part.name} beside {names}", run.request, *(one[0].request for one in strict))
                continue
            self.excused += 1
            for other, _, grant in others:
                if not any(other is one[0] for one in strict) and grant[1] >= token:
                    self.finding(f"{run.request.id} has a token older than {other.request.id}", run.request, other.request)

    @staticmethod
    def fits(part, element, others):
        return fits(part, element, [(theirs, grant[2]) for _, theirs, grant in others])

    def was_cut_off(self, run, number, newcomer):
        """The documented exceptions: a command on another host that was cut off for longer than the delay, and one whose lock a person took.
        A client that could had to end its command, if it was set to do so."""
        request = run.request
        entry = self.journal.entries.get(number)
        if entry is None:
            return False
        if entry.outcome == "broken":
            return request.id in self.faults.broken
        if entry.outcome != "reclaimed" or entry.detail.get("local"):
            return False
        if entry.ending.get("proof") not in ("connection_lost", "not_resumed"):
            return False
        if self.longest_cut(request, run.entered, newcomer.entered) < self.scenario.lost_holder_delay - 0.3:
            return False
        could_act = not request.client_killed and not request.stops
        return request.on_lost == "warn" or not could_act

    def longest_cut(self, request, begin, end):
        """How long client and daemon could not reach each other, without a pause in which they certainly could."""
        hosts = {request.host.line, self.scenario.world.hosts[0].line}
        spans = [(start, stop) for name, start, stop in self.faults.cuts if name in hosts]
        spans += request.stops + self.faults.daemon_stops + self.scenario.absences
        if request.client_killed:
            spans.append((request.client_killed, None))
        longest, current = 0.0, None
        for start, stop in sorted((max(start, begin), min(stop or end, end)) for start, stop in spans):
            if stop <= start:
                continue
            if current and start <= current[1] + BETWEEN_ATTEMPTS:
                current = (current[0], max(current[1], stop))
            else:
                current = (start, stop)
            longest = max(longest, current[1] - current[0])
        return longest

    # Values

    def check_values(self):
        """No number and no stamp comes twice, except numbers of commands that failed."""
        used = {}
        for run in sorted(self.log.runs.values(), key=lambda run: run.position):
            for part, (number, _, element) in zip(run.request.parts, run.grants):
                if part.kind not in ("sequence", "transactional", "stamp"):
                    continue
                before = used.get((part.name, element))
                succeeded = before and before.left is not None and before.request.status == 0
                if before and (part.kind != "transactional" or succeeded):
                    self.finding(f"{run.request.id} gets '{element}' of {part.name} again", before.request, run.request)
                used[(part.name, element)] = run

    # The record

    def check_against_journal(self):
        for run in self.log.runs.values():
            request = run.request
            if len(run.grants) != len(request.parts):
                self.finding(f"{request.id} asked for {len(request.parts)} resources and got {len(run.grants)}", request)
            for part, (number, token, element) in zip(request.parts, run.grants):
                entry = self.journal.entries.get(number)
                if entry is None or not entry.granted:
                    self.finding(f"{request.id} runs without a grant on record", request)
                    continue
                if entry.was_untold:
                    self.finding(f"{request.id} runs, and on record it was never told of its grant", request)
                recorded = entry.part.name, entry.token, entry.element
                if recorded != (part.name, token, element):
                    self.finding(f"{request.id} runs with {part.name}, {token}, '{element}'; on record is {recorded}", request)
                # The commands' clock shows hundredths.
                if entry.granted > run.entered + 0.011:
                    self.finding(f"{request.id} began before its grant", request)
                is_firm = entry.detail.get("local") and entry.outcome != "broken"
                if is_firm and run.left is not None and entry.ended is not None and entry.ended < run.left:
                    self.finding(f"{request.id} lost its lock while its command ran on the daemon's host", request)

        for entry in self.journal.entries.values():
            request = self.scenario.requests.get(entry.client)
            if request and request.is_brief and entry.outcome == "released":
                if entry.ending.get("completion") == "exited" and entry.ending["exit_status"] != request.status:
                    self.finding(f"{request.id} is on record with status {entry.ending['exit_status']}", request)

    def check_daemons(self):
        ended = self.faults.killed_daemons | self.faults.terminated_daemons
        for pid, reason in self.journal.starts[:-1]:
            if pid not in ended and reason is None:
                self.findings.append((f"daemon {pid} ended by itself without a word", []))
            if pid not in self.faults.killed_daemons and pid in ended and reason is None:
                self.findings.append((f"daemon {pid} was told to end and said nothing", []))
        if self.scenario.peak_memory > self.scenario.memory_limit:
            self.findings.append((f"the daemon grew to {self.scenario.peak_memory // 1024} MiB", []))
