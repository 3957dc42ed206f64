"""Places on one machine with different views of it: containers that share its files, units that are shown another boot id."""

import os
import subprocess
import time
from dataclasses import dataclass

from world import Host, now

BOOT_ID = "/proc/sys/kernel/random/boot_id"
MACHINE_IDS = ["/etc/machine-id", "/var/lib/dbus/machine-id"]


@dataclass
class Plan:
    """What distinguishes a place from the machine."""

    name: str
    # Whether the place has processes of its own, or only files.
    is_container: bool = False
    # Seconds by which its CLOCK_BOOTTIME is ahead; none without a time namespace of its own.
    offset: "int | None" = None
    # Mounts: a text over a file.
    texts: tuple = ()
    hides_boot_id: bool = False
    has_machine_id: bool = True


def containers():
    """Containers; the last two have other clocks, one ahead of the machine's and one behind it."""
    behind = int(min(3600, now() / 2))
    return [
        Plan("container", is_container=True), Plan("image", is_container=True, has_machine_id=False),
        Plan("ahead", is_container=True, offset=100_000), Plan("behind", is_container=True, offset=-behind),
    ]


def units():
    """Places that show another boot id or none on the same kernel, as systemd-nspawn, `ProcSubset=pid` and plain bind mounts do."""
    return [
        Plan("unit", texts=((BOOT_ID, "11111111-aaaa-4bbb-8ccc-123456789012\n"),)), Plan("subset", hides_boot_id=True),
        Plan("nspawn", is_container=True, texts=((BOOT_ID, "22222222-aaaa-4bbb-8ccc-123456789012\n"),)),
    ]


def machine(name, number, boot):
    """The ids of another machine. Machines with the same number are clones of each other."""
    texts = [(path, f"{number:032x}\n") for path in MACHINE_IDS if os.path.exists(path)]
    return Plan(name, texts=(*texts, (BOOT_ID, f"{boot:08x}-aaaa-4bbb-8ccc-123456789012\n")))


def mounts(plan, directory):
    """The lines of a script that mounts them. The files lie in the directory."""
    lines = []
    for count, (path, text) in enumerate(plan.texts):
        source = os.path.join(directory, f"shown-{plan.name}-{count}")
        with open(source, "w") as file:
            file.write(text)
        lines.append(f"mount --bind {source} {path}")
    if plan.hides_boot_id:
        lines.append(f"mount -t tmpfs none {os.path.dirname(BOOT_ID)}")
    if not plan.has_machine_id:
        lines += [f"mount --bind /dev/null {path}" for path in MACHINE_IDS if os.path.exists(path)]
    return lines


def open_room(world, plan):
    """Starts a process that stays in the place's namespaces, by which others enter. It ends with the tool, and all of a container's with it."""
    words = ["unshare", "-m", "--propagation", "private"]
    enter = ["-m"]
    if plan.is_container:
        words += ["-p", "-f", "--mount-proc", "--kill-child"]
        enter += ["-p"]
    if plan.offset is not None:
        words += ["-T", "--boottime", str(plan.offset)]
        enter += ["-T"]
    script = "\n".join([*mounts(plan, world.directory), "echo ready", "exec cat"])
    with open(world.path("errors/tool"), "ab") as sink:
        keeper = subprocess.Popen(
            [*words, "sh", "-ec", script], env=world.environment, start_new_session=True, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=sink)
    if keeper.stdout.readline() != b"ready\n":
        raise SystemExit(f"chaos: the place '{plan.name}' could not be made")
    init = child_of(keeper.pid) if plan.is_container else None
    enter = ["nsenter", "-t", str(init or keeper.pid), *enter, "--"]
    space = os.readlink(f"/proc/{init}/ns/pid") if init else None
    host = Host(plan.name, enter=enter, keeper=keeper, init=init, space=space, offset=plan.offset or 0)
    host.plan = plan
    return host


def child_of(pid):
    """The only child of a process of this run, as soon as it exists; none if the process ends before."""
    for _ in range(500):
        try:
            with open(f"/proc/{pid}/task/{pid}/children") as file:
                children = file.read().split()
        except OSError:
            return None
        if children:
            return int(children[0])
        time.sleep(0.01)
    return None


def can_make_rooms():
    if os.geteuid() != 0:
        return False
    probe = ["unshare", "-m", "-p", "-f", "--mount-proc", "-T", "--boottime", "10", "true"]
    try:
        return subprocess.run(probe, capture_output=True).returncode == 0
    except OSError:
        return False
