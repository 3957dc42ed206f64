"""Several hosts: network namespaces, and a bridge between them."""

import os
import re
import subprocess

from rooms import machine, mounts
from world import Host, World

STATE = "/var/lib/flom"


class NetworkWorld(World):
    """Three hosts: network namespaces that a bridge joins, itself in a namespace, so that nothing leaves them.

    They share the processes, the clock and all files but /var/lib/flom."""

    NAMES = {"mojan": 2, "presanella": 4, "tonale": 6}
    # The ids that they show; none for the first one, which is this machine and has the daemon.
    MACHINES = {"presanella": machine("presanella", 4, 4), "tonale": machine("tonale", 6, 6)}
    # A second machine behind the address of the third one, with its machine id: a clone.
    TWIN = machine("twin", 6, 7)

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
        self.hosts.append(self._host("tonale", self.NAMES["tonale"], self.TWIN))

    @staticmethod
    def _remove_those_of_the_dead():
        """Removes the namespaces of runs that were killed themselves."""
        names = os.listdir("/run/netns") if os.path.isdir("/run/netns") else []
        for name in names:
            found = re.fullmatch(r"flomc(\d+)-\w+", name)
            if found and not os.path.exists(f"/proc/{found[1]}"):
                subprocess.run(["ip", "netns", "del", name], stderr=subprocess.DEVNULL)

    def _host(self, line, number, plan=None):
        """Starts a process that stays in the host's namespaces, so that others enter them by one exec. It ends with the tool."""
        name = plan.name if plan else line
        plan = plan or self.MACHINES.get(name)
        os.mkdir(self.path(name))
        lines = [f"mount --bind {self.path(name)} {STATE}", *(mounts(plan, self.directory) if plan else []), "echo ready", "exec cat"]
        keeper = subprocess.Popen(
            ["ip", "netns", "exec", f"{self.prefix}-{line}", "sh", "-ec", "\n".join(lines)], env=self.environment,
            start_new_session=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        if keeper.stdout.readline() != b"ready\n":
            raise SystemExit(f"chaos: the host {name} could not be made")
        enter = ["nsenter", "-t", str(keeper.pid), "-n", "-m", "--"]
        cable = ["ip", "-n", self.prefix + "-bridge", "link", "set", line]
        return Host(name, f"192.168.1.{number}", enter, cable, keeper, line)

    def set_cable(self, host, up):
        subprocess.run(host.cable + ["up" if up else "down"], check=True)

    def close(self, keep=False):
        super().close(keep)
        for name in ["bridge", *self.NAMES]:
            subprocess.run(["ip", "netns", "del", f"{self.prefix}-{name}"], stderr=subprocess.DEVNULL)
