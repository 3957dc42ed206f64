"""loop.py SOCKET [COUNT]: locks and unlocks COUNT times, in four ways, and prints how quick that was."""
import asyncio
import sys
import time

import flom

socket, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 10_000


def measure(way, work, turns=count):
    work(turns // 10)
    begin, used = time.perf_counter(), time.process_time()
    work(turns)
    seconds, used = time.perf_counter() - begin, time.process_time() - used
    each = f"{seconds / turns * 1e6:7.1f} us a pair, {used / turns * 1e6:6.1f} of them on the processor"
    print(f"{way:<32} {turns / seconds:7.0f} pairs/s {each}", flush=True)


def same_lock(turns):
    lock = flom.lock("loop", socket=socket)
    for _ in range(turns):
        with lock:
            pass


def new_locks(turns):
    for _ in range(turns):
        with flom.lock("loop", socket=socket):
            pass


def functions(turns):
    handle = flom.flom_handle_t()
    flom.flom_handle_init(handle)
    flom.flom_handle_set_socket_name(handle, socket)
    flom.flom_handle_set_resource_name(handle, "loop")
    for _ in range(turns):
        if flom.flom_handle_lock(handle) or flom.flom_handle_unlock(handle):
            sys.exit(flom.flom_handle_get_error(handle))
    flom.flom_handle_clean(handle)


def asynchronous(turns):
    async def work():
        lock = flom.aio.lock("loop", socket=socket)
        for _ in range(turns):
            async with lock:
                pass

    asyncio.run(work())


measure("with lock, one object", same_lock)
measure("flom_handle_lock, one handle", functions)
measure("with flom.lock(...), each anew", new_locks)
measure("async with lock, one object", asynchronous)
