"""tools/chaos: runs clients of all kinds under faults of all kinds, and compares what they saw with the promises."""

import argparse
import os
import signal
import subprocess
import sys

from kinds import ALONE, TOGETHER
from losses import Losses
from plants import PLANTS, wrapper
from rooms import can_make_rooms
from scenario import on_one_host, on_several_hosts

SCENARIOS = {"hosts": on_several_hosts, "host": on_one_host, "journals": Losses}


def main():
    parser = argparse.ArgumentParser(prog="chaos", description=__doc__)
    parser.add_argument("--minutes", type=float, default=2, help="how long, for all scenarios together (default 2)")
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(3), "big"), help="of all that is drawn by lot")
    parser.add_argument("--only", choices=[*SCENARIOS], help="only the scenario of several hosts, or another one")
    parser.add_argument("--fault", choices=[*ALONE], help="only this kind of fault, in the scenario where it happens")
    parser.add_argument("--keep", action="store_true", help="keep the directories also when all is well")
    parser.add_argument("--prove", action="store_true", help="plant defects, and see whether each is found (seconds for each)")
    parser.add_argument("--program", required=True, help=argparse.SUPPRESS)
    options = parser.parse_args()

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupted)
    kinds = {name: kind for name, kind in TOGETHER.items() if options.only in (None, name)}
    if options.fault:
        name, kind = ALONE[options.fault]
        if name not in kinds:
            parser.error(f"--fault {options.fault} belongs to --only {name}")
        kinds = {name: kind}
    if "hosts" in kinds and not can_make_hosts():
        print("chaos: no several hosts: network namespaces can only be made by root (CAP_SYS_ADMIN, CAP_NET_ADMIN)", file=sys.stderr)
        del kinds["hosts"]
    if any(kind.rooms for kind in kinds.values()) and not can_make_rooms():
        print("chaos: no containers, no other boot ids: PID, mount and time namespaces can only be made by root", file=sys.stderr)
        if options.fault:
            kinds = {}
    if not kinds:
        sys.exit(1)
    print(f"seed {options.seed}, {options.minutes:g} minutes, {os.path.realpath(options.program)}", flush=True)
    if options.prove:
        sys.exit(prove(kinds, options))
    failed = False
    for name, kind in kinds.items():
        failed = play(SCENARIOS[name], kind, options, options.minutes * 60 / len(kinds)) or failed
    sys.exit(1 if failed else 0)


def play(make, kind, options, seconds):
    """Whether the run has findings."""
    scenario = make(os.path.realpath(options.program), kind)
    keep = options.keep
    try:
        print(f"{scenario.name}: {seconds:.0f} s", flush=True)
        scenario.run(seconds, options.seed)
        findings = scenario.check()
        print(scenario.summary())
        keep = keep or bool(findings)
        # Two holders first.
        findings.sort(key=lambda finding: " beside " not in finding[0])
        for title, lines in findings[:20]:
            print(f"  FOUND: {title}")
            for line in lines[:40]:
                print(f"    {line}")
        if findings:
            print(f"  verdict: {len(findings)} findings, seed {options.seed}; all is in {scenario.world.directory}", flush=True)
        else:
            print("  verdict: all promises kept", flush=True)
        return bool(findings)
    except Exception:
        keep = True
        print(f"chaos: all is in {scenario.world.directory}", file=sys.stderr)
        raise
    finally:
        # A second ^C must not leave half of the cleaning undone.
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        scenario.world.close(keep)
        signal.signal(signal.SIGINT, before)


def prove(kinds, options):
    """The exit status: 0 if each planted defect was found."""
    status = 0
    for name, (where, change, expected) in PLANTS.items():
        # A defect that needs a kind of fault is run with that kind alone.
        scenario, kind = ALONE[where] if where in ALONE else (where, TOGETHER[where])
        if scenario not in kinds or (kind.rooms and where in ALONE and not can_make_rooms()) or options.fault not in (None, where):
            continue
        program = wrapper(os.path.realpath(options.program), change)
        scenario = SCENARIOS[scenario](program, kind)
        try:
            scenario.run(options.minutes * 60, options.seed)
            hits = [title for title, _ in scenario.check() if expected in title]
        finally:
            scenario.world.close()
            os.unlink(program)
        print(f"{name}: found {len(hits)} times{', first: ' + hits[0] if hits else ''}", flush=True)
        status = status if hits else 1
    return status


def can_make_hosts():
    if os.geteuid() != 0:
        return False
    probe = f"flomc{os.getpid()}-probe"
    made = subprocess.run(["ip", "netns", "add", probe], capture_output=True).returncode == 0
    subprocess.run(["ip", "netns", "del", probe], capture_output=True)
    return made


def interrupted(*_):
    raise KeyboardInterrupt


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("chaos: interrupted")
