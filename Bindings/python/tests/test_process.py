"""Signals, fork, and the ends of processes and daemons."""

import contextlib
import os
import signal
import unittest
from unittest import mock

import flom
from flom import _library
from support import SOCKET, DaemonTests, command, end, eventually, gone, holders, kill_daemon, line, lock, rows, start, waiters

WAIT = "say('begins')\ntry:\n    with lock('held') as held: say('has it', held.request_id)\nexcept KeyboardInterrupt: say('interrupted')\n"


class Signals(DaemonTests):
    def test_interrupt_withdraws_the_request(self):
        with lock("held"):
            process = start(WAIT)
            eventually("it waits", lambda: waiters("held"))
            process.send_signal(signal.SIGINT)
            self.assertEqual(end(process), (0, "begins\ninterrupted\n", ""))
            gone("held")

    def test_a_handler_that_returns_keeps_the_place(self):
        text = "signal.signal(signal.SIGUSR1, lambda *_: say('heard'))\n" + WAIT
        with lock("held"):
            process = start(text)
            (before,) = eventually("it waits", lambda: waiters("held"))
            process.send_signal(signal.SIGUSR1)
            self.assertEqual((line(process), line(process)), ("begins", "heard"))
            self.assertEqual(waiters("held")[0]["request"], before["request"])
        status, output, errors = end(process)
        self.assertEqual((status, errors), (0, ""))
        self.assertIn("has it", output)


class Stop(Exception):
    pass


class SignalsDuringCalls(DaemonTests):
    """Python runs a handler when a call of the library has returned, and before its result is assigned."""

    def setUp(self):
        def stop(*_):
            raise Stop

        before = signal.signal(signal.SIGUSR1, stop)
        self.addCleanup(signal.signal, signal.SIGUSR1, before)

    def stopped(self, *names, call):
        """Makes a call, during which a signal comes once in each of these functions."""
        library = _library.load()

        def with_signal(function):
            signals = [signal.SIGUSR1]

            def run(*arguments):
                code = function(*arguments)
                if signals:
                    signal.raise_signal(signals.pop())
                return code

            return run

        with contextlib.ExitStack() as stack:
            for name in names:
                stack.enter_context(mock.patch.object(library, name, with_signal(getattr(library, name))))
            self.assertRaises(Stop, call)

    def flat(self, name, timeout=-1):
        handle = flom.flom_handle_new()
        flom.flom_handle_set_socket_name(handle, SOCKET)
        flom.flom_handle_set_resource_name(handle, name)
        flom.flom_handle_set_resource_timeout(handle, timeout)
        return handle

    def test_a_granted_lock_is_not_kept(self):
        handle, lock_ = self.flat("granted"), lock("granted")
        for call in (lambda: flom.flom_handle_lock(handle), lock_.acquire):
            self.stopped("flom_handle_lock_start", call=call)
            self.assertFalse(lock_.held)
            self.assertEqual(handle.state, flom.FLOM_HANDLE_STATE_DISCONNECTED)
            with lock("granted", timeout=0):
                pass

    def test_a_refusal_stays_the_signal_s(self):
        handle, lock_ = self.flat("refused", timeout=0), lock("refused", timeout=0)
        with lock("refused"):
            for call in (lambda: flom.flom_handle_lock(handle), lock_.acquire):
                self.stopped("flom_handle_lock_start", call=call)
        with lock_:
            pass

    def test_a_request_is_withdrawn_whatever_comes_more(self):
        handle, lock_ = self.flat("awaited"), lock("awaited")
        with lock("awaited"):
            for call in (lambda: flom.flom_handle_lock(handle), lock_.acquire):
                self.stopped("flom_handle_lock_start", call=call)
                self.stopped("flom_handle_lock_start", "flom_handle_cancel", call=call)
                gone("awaited")
        eventually("nobody holds", lambda: not holders("awaited"))
        with lock_:
            pass

    def test_a_lock_that_is_held_is_kept(self):
        with lock("own") as held:
            self.stopped("flom_handle_lock", call=held.acquire)
            self.assertTrue(held.held and holders("own"))


class Endings(DaemonTests):
    def free_after(self, text: str, *expected: int) -> None:
        process = start(f"held = lock('short').acquire()\nsay('has it')\nsys.stdin.readline()\n{text}\n")
        self.assertEqual(line(process), "has it")
        self.assertEqual(holders("short")[0]["client_pid"], process.pid)
        status, _, _ = end(process, "\n")
        self.assertIn(status, expected)
        with lock("short", timeout=5):
            pass

    def test_exit(self):
        self.free_after("sys.exit(3)", 3)

    def test_exit_of_the_process_alone(self):
        self.free_after("os._exit(4)", 4)

    def test_abort(self):
        self.free_after("os.abort()", -signal.SIGABRT)

    def test_kill(self):
        self.free_after("os.kill(os.getpid(), signal.SIGKILL)", -signal.SIGKILL)

    def test_a_number_is_given_again_if_its_holder_is_killed(self):
        for ending in ["os.abort()", "os._exit(0)", "sys.exit(0)"]:
            process = start(f"held = lock('_S_number[1]', idle_lifespan=60).acquire()\nsay(held.element)\n{ending}\n")
            _, output, _ = end(process)
            self.assertEqual(output, "1\n")

    def test_fork(self):
        text = """
held = lock("family").acquire()
pid = os.fork()
if pid == 0:
    try: held.release()
    except flom.HandleOfParent as error: say(type(error).__name__)
    with lock("child"): pass
    del held
    sys.exit(0)
os.waitpid(pid, 0)
say("child ended")
sys.stdin.readline()
held.release()
"""
        process = start(text)
        self.assertEqual((line(process), line(process)), ("HandleOfParent", "child ended"))
        self.assertEqual(len(holders("family")), 1)
        self.assertEqual(end(process, "\n"), (0, "", ""))
        eventually("nobody holds", lambda: not holders("family"))

    def test_a_child_does_not_keep_the_lock(self):
        process = start("held = lock('left').acquire()\nif os.fork() == 0:\n    sys.stdin.read()\nelse:\n    os._exit(0)\n")
        process.wait(30)
        with lock("left", timeout=5):
            pass
        end(process, "")


class DaemonDeaths(DaemonTests):
    def test_a_held_lock_outlives_the_daemon(self):
        with lock("kept") as held:
            token = held.fencing_token
            kill_daemon()
            command("-r", "other", "--", "true")
            eventually("the holder is back", lambda: holders("kept"))
            self.assertFalse(held.lost)
            self.assertEqual(held.fencing_token, token)
            self.assertEqual(holders("kept")[0]["fencing_token"], token)
        history = [row["outcome"] for row in rows("--history") if row["resource"] == "kept"]
        self.assertEqual(history, ["released"])

    def test_a_waiter_keeps_its_place(self):
        with lock("awaited"):
            process = start("with lock('awaited') as held: say(held.request_id)")
            (before,) = eventually("it waits", lambda: waiters("awaited"))
            kill_daemon()
            command("-r", "other", "--", "true")
            eventually("the waiter is back", lambda: waiters("awaited"))
            self.assertEqual(waiters("awaited")[0]["request"], before["request"])
        self.assertEqual(end(process)[0], 0)

    def test_the_release_starts_the_next_daemon(self):
        with lock("alone"):
            kill_daemon()
        with lock("alone", timeout=5):
            pass

    def test_a_daemon_is_started_at_need(self):
        command("-X", check=False)
        self.assertEqual(end(start("with lock('fresh', start_daemon=True): say('has it')")), (0, "has it\n", ""))


if __name__ == "__main__":
    unittest.main()
