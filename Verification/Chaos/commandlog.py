"""The log that the commands write: which of them began and ended, in the order of the events."""

from dataclasses import dataclass


@dataclass
class Run:
    """A command, from its first line to its last."""

    request: object
    pid: int
    client_pid: int
    entered: float
    position: int
    # For each resource: number of the request, token, element.
    grants: list
    # The last line at which the command is known to have lived; none: only its first line is known.
    last_alive: "int | None" = None
    left: "float | None" = None
    inner_status: "int | None" = None
    # Whether it came to its end before the signal that was to kill it.
    ended_first: bool = False


class CommandLog:
    """Reads the log as it grows.

    + NOW ID PID CLIENT NUMBER,TOKEN,ELEMENT…   a command begins
    = NOW ID STATUS                             the flom under it has ended
    - NOW ID STATUS                             it ends
    x NOW ID                                    it is alive, and the tool kills it now
    ! NOW …                                     another fault
    """

    def __init__(self, path, requests):
        self.file = open(path, "rb")
        self.requests = requests
        self.rest = b""
        self.lines = []
        self.runs = {}
        self.running = {}

    def refresh(self):
        data = self.rest + self.file.read()
        *lines, self.rest = data.split(b"\n")
        for line in lines:
            self._take(line.decode())

    def _take(self, line):
        position = len(self.lines)
        self.lines.append(line)
        kind, now, *words = line.split(" ")
        if kind == "+":
            id, pid, client, *grants = [word for word in words if word]
            if id in self.runs:
                raise AssertionError(f"the command of {id} runs twice: {line}")
            grants = [(int(number), int(token), element) for number, token, element in (text.split(",", 2) for text in grants)]
            self.runs[id] = self.running[id] = Run(
                self.requests[id], int(pid), int(client), float(now) - self.requests[id].host.offset, position, grants)
            self.requests[id].client_pid = int(client)
        elif kind == "=":
            self.runs[words[0]].inner_status = int(words[1])
        elif kind in "-x":
            run = self.running.pop(words[0], None)
            if run:
                run.last_alive = position
                run.left = float(now) - run.request.host.offset if kind == "-" else None
            elif kind == "-" and words[0] in self.runs:
                # It was at its end when it was to be killed.
                self.runs[words[0]].ended_first = True

    def about(self, *ids):
        """The lines about these requests, with their places."""
        return [f"{place}: {line}" for place, line in enumerate(self.lines) if line.split(" ")[2] in ids]
