"""The world of a scenario: a directory, the machine, and the processes on it; and the removal of all this."""

import os
import re
import shutil
import signal
import subprocess
import tempfile
import time

# The environment variable that only the processes of a run have; its value is the directory of the run.
MARK = "FLOM_CHAOS"


def now():
    """Seconds on CLOCK_BOOTTIME, the clock of /proc/uptime: the hosts share one kernel, so it is one clock for all."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class Host:
    def __init__(self, name, address=None, enter=(), cable=None, keeper=None, line=None, init=None, space=None, offset=0):
        self.name = name
        self.address = address
        self.enter = list(enter)  # The words that run a command on this host.
        self.cable = cable  # The words that connect or disconnect it, without the last one: `up` or `down`.
        self.line = line or name  # The host whose cable it uses: clones share one.
        self.keeper = keeper
        # For a container: the first of its processes, and the namespace of their numbers.
        self.init = init
        self.space = space
        # Seconds by which its CLOCK_BOOTTIME is ahead of this machine's.
        self.offset = offset
        # The function that makes it again, if it can be made again (rooms.py).
        self.plan = None


class World:
    """One host: this one. Only the files of a new directory are used."""

    def __init__(self, program):
        self.program = program
        self.directory = tempfile.mkdtemp(prefix="flom-chaos-")
        self.log = self.path("log")
        os.mkdir(self.path("errors"))
        os.mkdir(self.path("home"))
        open(self.log, "w").close()
        self.environment = {
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C.UTF-8", "HOME": self.path("home"),
            "XDG_CONFIG_HOME": self.path("home"), "XDG_STATE_HOME": self.path("home"), MARK: self.directory,
        }
        self.hosts = [Host("here")]

    def path(self, name):
        return os.path.join(self.directory, name)

    def start(self, host, words, errors="errors/tool", ignores_children=False):
        """Starts a process in a session of its own, so that ^C reaches the tool alone."""
        if host.keeper and host.keeper.poll() is not None:
            raise SystemExit(f"chaos: somebody else has ended host {host.name}'s process {host.keeper.pid}: this run is void")
        caller = ["env", "--ignore-signal=CHLD"] if ignores_children else []
        with open(self.path(errors), "ab") as sink:
            return subprocess.Popen(
                host.enter + caller + words, env=self.environment, cwd=self.directory, start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=sink)

    def run(self, host, words):
        return subprocess.run(
            host.enter + words, env=self.environment, cwd=self.directory, stdin=subprocess.DEVNULL, capture_output=True, timeout=60)

    def note(self, line):
        """Adds a line to the log that the commands write, behind their lines so far."""
        with open(self.log, "a") as log:
            log.write(line + "\n")

    # Processes

    def owns(self, pid, request=None):
        """Whether a process lives and belongs to this run; with a request's number, whether it runs under that lock. Pids come again."""
        try:
            with open(f"/proc/{pid}/environ", "rb") as file:
                entries = file.read().split(b"\0")
        except OSError:
            return False
        if request is not None and not any(re.fullmatch(rb"FLOM_REQUEST_ID=.*:%d" % request, entry) for entry in entries):
            return False
        return f"{MARK}={self.directory}".encode() in entries

    def mine(self):
        return [int(name) for name in os.listdir("/proc") if name.isdigit() and self.owns(int(name))]

    def seen_from_here(self, host, number):
        """The pid here of a process of a host; none if it is gone."""
        if host.space is None:
            return number
        return next((pid for pid in self.mine() if space_of(pid) == host.space and number_inside(pid) == number), None)

    def client_of(self, host, process):
        """The process that runs the command: in a container it is the child of the started process, because a container is entered by a fork."""
        if host.space is None:
            return process.pid
        return next((pid for pid in self.mine() if space_of(pid) == host.space and parent_of(pid) == process.pid), None)

    def strike(self, pid, number):
        """Sends a signal through a descriptor, so that it cannot hit another process that has got the pid meanwhile."""
        try:
            descriptor = os.pidfd_open(pid)
        except OSError:
            return False
        try:
            if not self.owns(pid):
                return False
            signal.pidfd_send_signal(descriptor, number)
            return True
        except OSError:
            return False
        finally:
            os.close(descriptor)

    def close(self, keep=False):
        for _ in range(200):
            left = self.mine()
            for pid in left:
                self.strike(pid, signal.SIGKILL)
            if not left:
                break
            time.sleep(0.02)
        if not keep:
            shutil.rmtree(self.directory, ignore_errors=True)


def space_of(pid):
    try:
        return os.readlink(f"/proc/{pid}/ns/pid")
    except OSError:
        return None


def status_of(pid, name):
    """A line of /proc/PID/status."""
    try:
        with open(f"/proc/{pid}/status") as file:
            return next((line.split()[1:] for line in file if line.startswith(name + ":")), None)
    except OSError:
        return None


def parent_of(pid):
    words = status_of(pid, "PPid")
    return int(words[0]) if words else None


def number_inside(pid):
    """The pid of a process in its own namespace."""
    words = status_of(pid, "NSpid")
    return int(words[-1]) if words else None
