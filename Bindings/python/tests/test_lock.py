"""Locks of one process: what they carry, how they exclude each other, how they fail."""

import gc
import os
import threading
import time
import unittest
import warnings
from unittest import mock

import flom
from flom import _library
from support import DaemonTests, command, end, eventually, gone, holders, lock, rows, start, waiters


class Grants(DaemonTests):
    def test_a_lock_is_held_in_its_body(self):
        with lock("db", description="the night's work") as held:
            self.assertTrue(held.held and not held.lost)
            self.assertIsNone(held.element)
            (row,) = holders("db")
            self.assertEqual(row["client_pid"], os.getpid())
            # What runs is told when somebody may be interested: after a moment.
            eventually("the command is known", lambda: holders("db")[0].get("command") == ["the", "night's", "work"])
            self.assertEqual(held.fencing_token, row["fencing_token"])
            self.assertTrue(held.request_id)
            first = held.fencing_token
        self.assertFalse(held.held)
        self.assertIsNone(held.fencing_token)
        eventually("nobody holds", lambda: not holders("db"))
        with held:
            self.assertGreater(held.fencing_token, first)

    def test_elements(self):
        one, other = lock("red.green"), lock("red.green")
        with one, other:
            self.assertEqual({one.element, other.element}, {"red", "green"})
        with lock("_s_ticket[1]") as ticket:
            self.assertEqual(ticket.element, "1")

    def test_modes_and_quantities(self):
        with lock("shared", mode="PR"), lock("shared", mode=flom.Mode.PR):
            with self.assertRaises(flom.Busy):
                lock("shared", timeout=0).acquire()
        with lock("pool[3]", quantity=2), lock("pool[3]", quantity=1):
            with self.assertRaises(flom.Busy):
                lock("pool[3]", timeout=0).acquire()

    def test_several_resources_at_once(self):
        with lock("a", flom.Resource("c[4]", quantity=3), "x.y", "b", mode="PR") as held:
            self.assertEqual(held.elements, (None, None, held.elements[2], None))
            self.assertIn(held.elements[2], ("x", "y"))
            self.assertEqual(len(set(held.fencing_tokens)), 4)
            self.assertEqual({row["resource"]: row["mode"] for row in rows() if row["resource"] in "ab"}, {"a": "PR", "b": "PR"})
            with self.assertRaises(flom.Busy):
                lock("b", "free", timeout=0).acquire()
            with lock("c[4]", timeout=0):
                pass

    def test_the_body_decides_about_the_number(self):
        numbers = []
        for fails in [False, True, False, False]:
            try:
                with lock("_S_order[1]", idle_lifespan=60) as order:
                    numbers.append(order.element)
                    if fails:
                        raise KeyError("no order")
            except KeyError:
                pass
        self.assertEqual(numbers, ["1", "2", "2", "3"])
        order = lock("_S_order[1]").acquire()
        order.release(rollback=True)
        with order:
            self.assertEqual(order.element, "4")

    def test_nothing_is_left_of_many_locks(self):
        with lock("first"):
            before = len(os.listdir("/proc/self/fd"))
        same = lock("many")
        for _ in range(100):
            with same:
                pass
            with lock("new"):
                pass
        del same
        eventually("no descriptor is left", lambda: len(os.listdir("/proc/self/fd")) <= before)

    def test_a_lock_that_is_dropped_is_released(self):
        held = lock("dropped").acquire()
        with warnings.catch_warnings(record=True) as seen:
            warnings.simplefilter("always")
            del held
            gc.collect()
        self.assertEqual([warning.category for warning in seen], [ResourceWarning])
        # The warnings have the lock.
        seen.clear()
        gc.collect()
        with lock("dropped", timeout=0):
            pass


class Failures(DaemonTests):
    def fails(self, kind, code, *builtin, call):
        with self.assertRaises(kind) as caught:
            call()
        self.assertEqual(caught.exception.code, code)
        self.assertGreater(len(str(caught.exception)), 10)
        for one in (flom.FlomError, *builtin):
            self.assertIsInstance(caught.exception, one)
        return str(caught.exception)

    def test_every_kind(self):
        with lock("held"):
            self.fails(flom.Busy, flom.FLOM_RC_LOCK_BUSY, call=lock("held", timeout=0).acquire)
            before = time.monotonic()
            self.fails(flom.Timeout, flom.FLOM_RC_NETWORK_TIMEOUT, TimeoutError, call=lock("held", timeout=0.2).acquire)
            self.assertGreater(time.monotonic() - before, 0.19)
        gone("held")
        self.fails(flom.Busy, flom.FLOM_RC_LOCK_CANT_WAIT, call=lock("nothing", create=False, timeout=0).acquire)
        self.fails(flom.Impossible, flom.FLOM_RC_LOCK_IMPOSSIBLE, call=lock("few[2]", quantity=3).acquire)
        self.fails(flom.InvalidName, flom.FLOM_RC_INVALID_RESOURCE_NAME, ValueError, call=lambda: lock("no[name"))
        self.fails(flom.InvalidValue, flom.FLOM_RC_OUT_OF_RANGE, ValueError, call=lambda: lock("x", mode="XX"))
        self.fails(flom.InvalidValue, flom.FLOM_RC_OUT_OF_RANGE, call=lambda: lock("x", timeout=1e9))
        self.fails(flom.InvalidValue, flom.FLOM_RC_OUT_OF_RANGE, call=lambda: lock("x", address="127.0.0.1"))
        self.fails(flom.InvalidValue, flom.FLOM_RC_OUT_OF_RANGE, call=lambda: lock("x", on_lost="cancel"))
        self.fails(flom.InvalidValue, flom.FLOM_RC_OUT_OF_RANGE, call=lambda: lock("a\0b"))
        nobody = lock("x", socket="/nowhere/s", start_daemon=False)
        self.fails(flom.Unreachable, flom.FLOM_RC_CONNECT_ERROR, ConnectionError, call=nobody.acquire)
        with lock("twice") as held:
            self.fails(flom.InvalidState, flom.FLOM_RC_API_INVALID_SEQUENCE, RuntimeError, call=held.acquire)
        self.fails(flom.InvalidState, flom.FLOM_RC_API_INVALID_SEQUENCE, call=held.release)
        self.assertRaises(TypeError, lock)
        with self.assertRaisesRegex(TypeError, "timeout: 'soon' is no number; it takes seconds"):
            lock("db", timeout="soon")

    def test_after_a_failure_it_can_be_asked_for_again(self):
        again = lock("again", timeout=0)
        with lock("again"):
            self.assertRaises(flom.Busy, again.acquire)
            self.assertRaises(flom.Busy, again.acquire)
        with again:
            self.assertTrue(again.held)

    def test_a_person_takes_the_lock_away(self):
        told = threading.Event()
        with self.assertRaises(flom.LockLost):
            with lock("taken", on_lost=told.set) as held:
                command("--break", "-r", "taken", "--reason", "noon", "--yes")
                eventually("the loss is known", lambda: held.lost)
                self.assertTrue(told.wait(30))
                self.assertEqual(held.fileno() >= 0, True)
        with held:
            self.assertFalse(held.lost)

    def test_a_lock_that_is_dropped_by_its_own_callback_is_freed_afterwards(self):
        library, codes, told = _library.load(), [], threading.Event()

        def clean(handle, original=library.flom_handle_clean):
            codes.append(original(handle))
            return codes[-1]

        def drop():
            locks.clear()
            told.set()

        locks = [lock("callback", on_lost=drop).acquire()]
        with mock.patch.object(library, "flom_handle_clean", clean), warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            command("--break", "-r", "callback", "--reason", "noon", "--yes")
            self.assertTrue(told.wait(30))
            self.assertEqual(codes, [flom.FLOM_RC_HANDLE_IN_USE])
            with lock("callback", timeout=5):
                pass
            self.assertIn(codes[1], (flom.FLOM_RC_OK, flom.FLOM_RC_LOCK_LOST))
        self.assertEqual(_library._dropped, [])

    def test_a_lock_that_is_held_after_all_is_not_told_as_lost(self):
        told = []
        with lock("regained", on_lost=lambda: told.append(1)) as held:
            held._handle._callback(held._handle, flom.FLOM_RC_OK, None)
            self.assertEqual(told, [])
            held._handle._callback(held._handle, flom.FLOM_RC_LOCK_LOST, None)
            self.assertEqual(told, [1])

    def test_a_missing_library_is_named(self):
        text = "try: lock('x')\nexcept flom.LibraryMissing as error: say(error)"
        status, output, _ = end(start(text, FLOM_LIBRARY="/nowhere/libflom.so"))
        self.assertEqual(status, 0)
        self.assertRegex(output, "cannot be loaded .*/nowhere/libflom.so.*: install the package libflom0")


class Threads(DaemonTests):
    def test_other_threads_run_while_one_waits(self):
        count = 0
        done = threading.Event()

        def wait():
            with lock("slow"):
                done.set()

        with lock("slow"):
            waiter = threading.Thread(target=wait)
            waiter.start()
            eventually("the thread waits", lambda: waiters("slow"))
            end = time.monotonic() + 0.2
            while time.monotonic() < end:
                count += 1
        self.assertTrue(done.wait(30))
        waiter.join()
        self.assertGreater(count, 1000)

    def test_another_thread_cancels(self):
        waiting = lock("never")
        caught = []

        def wait():
            try:
                waiting.acquire()
            except flom.Canceled as error:
                caught.append(error.code)

        with lock("never"):
            thread = threading.Thread(target=wait)
            thread.start()
            eventually("the thread waits", lambda: waiters("never"))
            waiting.cancel()
            thread.join(30)
            self.assertEqual(caught, [flom.FLOM_RC_CANCELED])
            gone("never")
        with waiting:
            pass

    def test_a_lock_is_for_one_thread_at_a_time(self):
        waiting = lock("one")
        with lock("one"):
            thread = threading.Thread(target=lambda: waiting.acquire().release())
            thread.start()
            eventually("the thread waits", lambda: waiters("one"))
            with self.assertRaises(flom.HandleInUse):
                waiting.acquire()
        thread.join(30)

    def test_many_threads(self):
        inside, most = [0], [0]

        def work():
            for _ in range(20):
                with lock("crowd"):
                    inside[0] += 1
                    most[0] = max(most[0], inside[0])
                    inside[0] -= 1

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        self.assertEqual(most, [1])


if __name__ == "__main__":
    unittest.main()
