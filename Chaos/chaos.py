"""tools/chaos: clients of all kinds under faults of all kinds, and what they saw held against what is promised."""

import argparse
import os
import signal
import subprocess
import sys

from plants import PLANTS, wrapper
from scenario import on_one_host, on_several_hosts


def main():
    parser = argparse.ArgumentParser(prog="chaos", description=__doc__)
    parser.add_argument("--minutes", type=float, default=2, help="how long, for all scenarios together (default 2)")
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(3), "big"), help="of all that is drawn by lot")
    parser.add_argument("--only", choices=["hosts", "host"], help="only the scenario of several hosts, or that of one")
    parser.add_argument("--keep", action="store_true", help="keep the directories also when all is well")
    parser.add_argument("--prove", action="store_true", help="plant defects, and see whether each is found (seconds for each)")
    parser.add_argument("--program", required=True, help=argparse.SUPPRESS)
    options = parser.parse_args()

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupted)
    scenarios = {"hosts": on_several_hosts, "host": on_one_host}
    if options.only:
        scenarios = {options.only: scenarios[options.only]}
    if "hosts" in scenarios and not can_make_hosts():
        print("chaos: no several hosts: network namespaces can only be made by root (CAP_SYS_ADMIN, CAP_NET_ADMIN)", file=sys.stderr)
        del scenarios["hosts"]
        if not scenarios:
            sys.exit(1)
    print(f"seed {options.seed}, {options.minutes:g} minutes, {os.path.realpath(options.program)}", flush=True)
    if options.prove:
        sys.exit(prove(scenarios, options))
    failed = False
    for make in scenarios.values():
        failed = play(make, options, options.minutes * 60 / len(scenarios)) or failed
    sys.exit(1 if failed else 0)


def play(make, options, seconds):
    """Whether something was found."""
    scenario = make(os.path.realpath(options.program))
    keep = options.keep
    try:
        print(f"{scenario.name}: {seconds:.0f} s", flush=True)
        scenario.run(seconds, options.seed)
        findings = scenario.check()
        print(scenario.summary())
        keep = keep or bool(findings)
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
        # A second ^C must not leave half of it.
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        scenario.world.close(keep)
        signal.signal(signal.SIGINT, before)


def prove(scenarios, options):
    """The exit status: 0 if each planted defect was found."""
    status = 0
    for name, (where, change, expected) in PLANTS.items():
        if where not in scenarios:
            continue
        program = wrapper(os.path.realpath(options.program), change)
        scenario = scenarios[where](program)
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
