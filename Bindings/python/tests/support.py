"""What the tests share: a daemon of their own, the flom command, and programs in processes of their own.

FLOM_PROGRAM names the command, FLOM_LIBRARY the library; FLOM_TEST_DIRECTORY is a directory in which all of it may happen.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import unittest
from typing import Any, Callable, Dict, List, Optional

import flom

PROGRAM = os.environ["FLOM_PROGRAM"]
DIRECTORY = os.environ["FLOM_TEST_DIRECTORY"]
SOCKET = f"{DIRECTORY}/s"
PATIENCE = 30


def command(*words: str, check: bool = True) -> str:
    """Runs flom with these words, and returns what it prints."""
    line = [PROGRAM, "-s", SOCKET, "--journal", f"{DIRECTORY}/journal", "-d", "60000", *words]
    return subprocess.run(line, check=check, stdout=subprocess.PIPE, text=True, timeout=PATIENCE).stdout


def rows(kind: str = "--status") -> List[Dict[str, Any]]:
    """What --status or --history shows."""
    return [json.loads(text) for text in command(kind, "--format", "json").splitlines()]


def waiters(name: str) -> List[Dict[str, Any]]:
    return [row for row in rows() if row["resource"] == name and row["outcome"] == "waiting"]


def gone(name: str) -> None:
    """Waits until nobody waits for a resource any more. What nobody is told of is on record a moment later."""
    eventually(f"nobody waits for {name}", lambda: not waiters(name))


def holders(name: str) -> List[Dict[str, Any]]:
    return [row for row in rows() if row["resource"] == name and row["outcome"] == "held"]


def eventually(what: str, condition: Callable[[], Any]) -> Any:
    """Waits until the condition is true, and returns what it returned."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.01)
    raise AssertionError(f"it never happened that {what}")


def lock(*resources: Any, **terms: Any) -> flom.Lock:
    return flom.lock(*resources, **{"socket": SOCKET, **terms})


def start(text: str, **variables: str) -> "subprocess.Popen[str]":
    """Runs a program text that has `flom`, `lock`, `SOCKET` and `say` in a process of its own."""
    head = "import os, signal, sys, time, flom\nfrom support import lock, SOCKET\ndef say(*words): print(*words, flush=True)\n"
    folders = os.pathsep.join([os.path.dirname(os.path.abspath(__file__)), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "PYTHONPATH": folders, **variables}
    line, pipe = [sys.executable, "-c", head + text], subprocess.PIPE
    return subprocess.Popen(line, text=True, env=environment, stdin=pipe, stdout=pipe, stderr=pipe)


def end(process: "subprocess.Popen[str]", text: Optional[str] = None) -> "tuple[int, str, str]":
    """Waits for a process: its status, and the rest of what it has said."""
    output, errors = process.communicate(text, timeout=PATIENCE)
    return process.returncode, output, errors


def line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def daemon() -> int:
    with open(f"{SOCKET}.record") as record:
        return int(next(entry[4:] for entry in record.read().split("\n") if entry.startswith("pid=")))


def kill_daemon() -> None:
    pid = daemon()
    os.kill(pid, signal.SIGKILL)
    eventually(f"daemon {pid} is gone", lambda: not alive(pid))


def alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


class DaemonTests(unittest.TestCase):
    """Tests under a daemon that is there already."""

    @classmethod
    def setUpClass(cls) -> None:
        command("-r", "warmup", "--", "true")
