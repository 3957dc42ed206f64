"""Where a scenario runs: a directory, one host or several, and the processes on them; and how all of it is removed."""

import os
import re
import shutil
import signal
import subprocess
import tempfile
import time

# What the processes of a run, and nobody else's, have in their environment; its value is the run's directory.
MARK = "FLOM_CHAOS"
STATE = "/var/lib/flom"


def now():
    """Seconds on CLOCK_BOOTTIME, the clock of /proc/uptime: the hosts share one kernel, so it is one clock for all."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class Host:
    def __init__(self, name, address=None, enter=(), cable=None, keeper=None):
        self.name = name
        self.address = address
        self.enter = list(enter)  # The words that run a command on this host.
        self.cable = cable  # The words that connect or disconnect it, without the last one: `up` or `down`.
        self.keeper = keeper


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

    def start(self, host, words, errors="errors/tool"):
        """In a session of its own, so that ^C reaches the tool alone."""
        if host.keeper and host.keeper.poll() is not None:
            raise SystemExit(f"chaos: somebody else has ended host {host.name}'s process {host.keeper.pid}: this run is void")
        with open(self.path(errors), "ab") as sink:
            return subprocess.Popen(
                host.enter + words, env=self.environment, cwd=self.directory, start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=sink)

    def run(self, host, words):
        return subprocess.run(
            host.enter + words, env=self.environment, cwd=self.directory, stdin=subprocess.DEVNULL, capture_output=True, timeout=60)

    def note(self, line):
        """Adds a line to the log that the commands write, behind what they have written so far."""
        with open(self.log, "a") as log:
            log.write(line + "\n")

    # Processes

    def owns(self, pid, request=None):
        """Whether a process lives and is one of this run; or, with a request's number, one that runs under its lock: pids come again."""
        try:
            with open(f"/proc/{pid}/environ", "rb") as file:
                entries = file.read().split(b"\0")
        except OSError:
            return False
        if request is not None and not any(re.fullmatch(rb"FLOM_REQUEST_ID=.*:%d" % request, entry) for entry in entries):
            return False
        return f"{MARK}={self.directory}".encode() in entries

    def strike(self, pid, number):
        """Sends a signal, through a descriptor, so that a number that somebody else has got meanwhile is not hit."""
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
            left = [int(name) for name in os.listdir("/proc") if name.isdigit() and self.owns(int(name))]
            for pid in left:
                self.strike(pid, signal.SIGKILL)
            if not left:
                break
            time.sleep(0.02)
        if not keep:
            shutil.rmtree(self.directory, ignore_errors=True)


class NetworkWorld(World):
    """Three hosts: network namespaces that a bridge joins, itself in a namespace, so that nothing leaves them.

    They share the processes, the clock and all files but /var/lib/flom."""

    NAMES = {"mojan": 2, "presanella": 4, "tonale": 6}

    def __init__(self, program):
        super().__init__(program)
        self.prefix = f"flomc{os.getpid()}"
        try:
            self._make()
        except BaseException:
            self.close()
            raise

    def _make(self):
        self._remove_those_of_the_dead()
        bridge = self.prefix + "-bridge"
        lines = [
            f"ip netns add {bridge}", f"ip -n {bridge} link add br0 type bridge mcast_snooping 0 forward_delay 0",
            f"ip -n {bridge} link set br0 up",
        ]
        for name, number in self.NAMES.items():
            space = f"{self.prefix}-{name}"
            lines += [
                f"ip netns add {space}", f"ip -n {bridge} link add {name} type veth peer name eth0 netns {space}",
                f"ip -n {bridge} link set {name} master br0 up", f"ip -n {space} link set lo up",
                f"ip -n {space} link set eth0 up", f"ip -n {space} addr add 192.168.1.{number}/24 dev eth0",
            ]
        made = subprocess.run(["sh", "-ec", "\n".join(lines)], capture_output=True, text=True)
        if made.returncode != 0:
            raise SystemExit(f"chaos: no network could be made: {made.stderr.strip()}")
        os.makedirs(STATE, mode=0o700, exist_ok=True)
        self.hosts = [self._host(name, number) for name, number in self.NAMES.items()]

    @staticmethod
    def _remove_those_of_the_dead():
        """What runs left that were killed themselves."""
        names = os.listdir("/run/netns") if os.path.isdir("/run/netns") else []
        for name in names:
            found = re.fullmatch(r"flomc(\d+)-\w+", name)
            if found and not os.path.exists(f"/proc/{found[1]}"):
                subprocess.run(["ip", "netns", "del", name], stderr=subprocess.DEVNULL)

    def _host(self, name, number):
        """A process that stays in the host's namespaces is what the others enter by: that costs one exec. It ends with the tool."""
        os.mkdir(self.path(name))
        script = f'mount --bind "$0" {STATE} && echo ready && exec cat'
        keeper = subprocess.Popen(
            ["ip", "netns", "exec", f"{self.prefix}-{name}", "sh", "-c", script, self.path(name)], env=self.environment,
            start_new_session=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        if keeper.stdout.readline() != b"ready\n":
            raise SystemExit(f"chaos: the host {name} could not be made")
        enter = ["nsenter", "-t", str(keeper.pid), "-n", "-m", "--"]
        cable = ["ip", "-n", self.prefix + "-bridge", "link", "set", name]
        return Host(name, f"192.168.1.{number}", enter, cable, keeper)

    def set_cable(self, host, up):
        subprocess.run(host.cable + ["up" if up else "down"], check=True)

    def close(self, keep=False):
        super().close(keep)
        for name in ["bridge", *self.NAMES]:
            subprocess.run(["ip", "netns", "del", f"{self.prefix}-{name}"], stderr=subprocess.DEVNULL)
