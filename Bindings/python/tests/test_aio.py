"""Locks for asyncio."""

import asyncio
import gc
import os
import unittest
import warnings

import flom
from flom import aio
from support import SOCKET, DaemonTests, command, eventually, gone, holders, kill_daemon, lock, waiters


def alock(*resources, **terms):
    return aio.lock(*resources, **{"socket": SOCKET, **terms})


class Aio(DaemonTests, unittest.IsolatedAsyncioTestCase):
    async def queued(self, name, count=1):
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(None, eventually, f"{count} wait", lambda: len(waiters(name)) >= count)

    async def take(self, name):
        await asyncio.get_running_loop().run_in_executor(None, command, "--break", "-r", name, "--reason", "noon", "--yes")

    async def test_a_lock_is_held_in_its_body(self):
        async with alock("db", timeout=5) as held:
            self.assertTrue(held.held and held.fencing_token)
            with self.assertRaises(flom.Busy):
                await alock("db", timeout=0).acquire()
        self.assertFalse(held.held)
        async with held:
            pass
        with self.assertRaises(flom.InvalidState):
            await held.release()

    async def test_the_body_decides_about_the_number(self):
        numbers = []
        for fails in [True, False, False]:
            try:
                async with alock("_S_aio[1]", idle_lifespan=60) as order:
                    numbers.append(order.element)
                    if fails:
                        raise KeyError
            except KeyError:
                pass
        self.assertEqual(numbers, ["1", "1", "2"])

    async def test_many_wait_with_few_threads(self):
        done = []

        async def work(number):
            async with alock("many"):
                done.append(number)

        async with alock("many"):
            tasks = [asyncio.create_task(work(number)) for number in range(100)]
            await self.queued("many", 100)
            self.assertLess(len(os.listdir("/proc/self/task")), 20)
        await asyncio.gather(*tasks)
        self.assertEqual(sorted(done), list(range(100)))

    async def test_cancellation_withdraws_the_request(self):
        async with alock("busy"):
            waiting = alock("busy")
            task = asyncio.create_task(waiting.acquire())
            await self.queued("busy")
            task.cancel()
            with self.assertRaises(asyncio.CancelledError):
                await task
            gone("busy")
            with self.assertRaises(asyncio.TimeoutError):
                await asyncio.wait_for(waiting.acquire(), 0.1)
            gone("busy")
            with self.assertRaises(flom.Timeout):
                await alock("busy", timeout=0.1).acquire()
        async with waiting:
            pass

    async def test_cancellation_at_any_moment_leaves_nothing(self):
        for turns in range(12):
            held = alock("moment")
            task = asyncio.create_task(held.acquire())
            for _ in range(turns):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait([task])
            if not task.cancelled():
                await held.release()
        gone("moment")
        eventually("nobody holds", lambda: not holders("moment"))

    async def test_the_loss_cancels_the_body(self):
        with self.assertRaises(flom.LockLost):
            async with alock("taken", on_lost="cancel"):
                await asyncio.get_running_loop().run_in_executor(
                    None, command, "--break", "-r", "taken", "--reason", "noon", "--yes"
                )
                await asyncio.sleep(30)
        # The task itself is not cancelled.
        await asyncio.sleep(0)

    async def test_a_body_that_has_ended_is_not_cancelled(self):
        held, refused = alock("ended", on_lost="cancel"), alock("ended", timeout=0, on_lost="cancel")
        async with held:
            with self.assertRaises(flom.Busy):
                async with refused:
                    pass
        for again in (held, refused):
            await again.acquire()
            await self.take("ended")
            self.assertTrue(await asyncio.wait_for(again.wait_lost(), 30))
            await asyncio.sleep(0)
            with self.assertRaises(flom.LockLost):
                await again.release()

    async def test_a_lock_that_is_forgotten_is_released(self):
        async def forget(how):
            for _ in range(3):
                locks = [await alock("forgotten", timeout=5, on_lost=print).acquire()]
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore", ResourceWarning)
                    await how(locks)
                    gc.collect()

        async def here(locks):
            locks.clear()

        async def on_another_thread(locks):
            await asyncio.get_running_loop().run_in_executor(None, locks.clear)

        await forget(here)
        await forget(on_another_thread)
        # Its descriptor is not watched any more: the next one with its number is.
        held = await alock("forgotten", timeout=5, on_lost=print).acquire()
        await self.take("forgotten")
        self.assertTrue(await asyncio.wait_for(held.wait_lost(), 30))
        with self.assertRaises(flom.LockLost):
            await held.release()

    async def test_the_loss_is_told(self):
        told = asyncio.Event()
        held = await alock("told", on_lost=told.set).acquire()
        watching = asyncio.create_task(held.wait_lost())
        await asyncio.get_running_loop().run_in_executor(None, command, "--break", "-r", "told", "--reason", "noon", "--yes")
        await asyncio.wait_for(told.wait(), 30)
        self.assertTrue(await asyncio.wait_for(watching, 30))
        self.assertTrue(await held.wait_lost())
        with self.assertRaises(flom.LockLost):
            await held.release()

    async def test_whoever_watches_hears_of_the_release(self):
        async with alock("watched") as held:
            watching = asyncio.create_task(held.wait_lost())
            await asyncio.sleep(0)
        self.assertFalse(await asyncio.wait_for(watching, 30))

    async def test_a_waiter_keeps_its_place_when_the_daemon_is_killed(self):
        async with alock("kept"):
            task = asyncio.create_task(alock("kept").acquire())
            await self.queued("kept")
            before = waiters("kept")[0]["request"]
            await asyncio.get_running_loop().run_in_executor(None, kill_daemon)
            command("-r", "other", "--", "true")
            await self.queued("kept")
            self.assertEqual(waiters("kept")[0]["request"], before)
        await (await task).release()


class LoopEnds(DaemonTests):
    """asyncio.run cancels every task, and whatever of them is a task of its own."""

    def test_a_request_is_withdrawn(self):
        waiting = alock("left")

        async def main(cancels):
            task = asyncio.create_task(waiting.acquire())
            await asyncio.get_running_loop().run_in_executor(None, eventually, "it waits", lambda: waiters("left"))
            if cancels:
                task.cancel()
                await asyncio.sleep(0)

        with lock("left"):
            for cancels in (False, True):
                asyncio.run(main(cancels))
                gone("left")
        self.assertFalse(waiting.held)
        eventually("nobody holds", lambda: not holders("left"))

    def test_a_request_that_is_being_made_is_withdrawn(self):
        locks = []

        async def main(turns):
            locks.append(alock("began"))
            task = asyncio.create_task(locks[-1].acquire())
            for _ in range(turns):
                await asyncio.sleep(0)
            return task

        for turns in range(12):
            task = asyncio.run(main(turns))
            # It may have been granted with the last step of the loop.
            if not task.cancelled():
                asyncio.run(locks[-1].release())
        gone("began")
        eventually("nobody holds", lambda: not holders("began"))
        self.assertEqual([one for one in locks if one.held], [])


if __name__ == "__main__":
    unittest.main()
