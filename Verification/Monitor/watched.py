"""What readers over HTTP cost those who lock: watched.py FLOM DIRECTORY [ROUNDS].

DIRECTORY holds a journal `j` with a long history. Each round measures pairs of lock and unlock twice, with nobody reading, and with 20 scrapes
of /metrics a second, 100 streams of events, and pages of 1000 rows of the history read one after the other. Prints the percentiles of both, and
the ratio of the 99th; status 1 if it is above 1.2."""

import http.client
import json
import multiprocessing
import os
import socket
import statistics
import subprocess
import sys
import time

from crowd import connect, lock, unlock

flom, directory = sys.argv[1:3]
rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 7
pairs = 1500
with socket.socket() as probe:
    probe.bind(("127.0.0.1", 0))
    port = probe.getsockname()[1]
place = os.path.join(directory, "s")
options = ["-s", place, "--journal", os.path.join(directory, "j"), "-d", "60000", "--http", f"127.0.0.1:{port}"]


def get(path, connection):
    connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
    answer = connection.getresponse()
    return answer.status, answer.read()


def scrape(over, done):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    while not over.wait(0.05):
        if get("/metrics", connection)[0] == 200:
            done.value += 1


def page(over, done):
    connection, cursor = http.client.HTTPConnection("127.0.0.1", port, timeout=60), None
    while not over.is_set():
        connection.request("GET", "/api/v1/history?limit=1000" + (f"&cursor={cursor}" if cursor else ""))
        answer = json.load(connection.getresponse())
        done.value += len(answer["requests"])
        cursor = answer.get("next")


def listen(over, done):
    import selectors

    selector, streams = selectors.DefaultSelector(), []
    for _ in range(100):
        stream = socket.create_connection(("127.0.0.1", port))
        stream.sendall(b"GET /api/v1/events HTTP/1.1\r\nHost: x\r\n\r\n")
        selector.register(stream, selectors.EVENT_READ)
        streams.append(stream)
    while not over.is_set():
        for key, _ in selector.select(0.2):
            done.value += len(key.fileobj.recv(1 << 16))


def measure(client, name):
    spans = []
    for _ in range(pairs):
        begun = time.perf_counter()
        client.sendall(lock(name))
        client.recv(4096)
        client.sendall(unlock(name))
        spans.append((time.perf_counter() - begun) * 1e6)
        time.sleep(0.0005)
    return spans


def reader(body, over, done):
    # The readers' own work is not to take the processor from those who lock: on hosts of their own it would not.
    os.nice(19)
    body(over, done)


subprocess.run([flom, *options, "-r", "warmup", "--", "true"], check=True)
client = connect(place)
measure(client, "warmup")
quiet, watched, told = [], [], []
for number in range(rounds):
    quiet.append(measure(client, "pair"))
    over = multiprocessing.Event()
    counts = [multiprocessing.Value("q", 0) for _ in range(3)]
    readers = [multiprocessing.Process(target=reader, args=(body, over, count), daemon=True) for body, count in zip([scrape, page, listen], counts)]
    for process in readers:
        process.start()
    time.sleep(0.7)
    begun = time.monotonic()
    before = [count.value for count in counts]
    watched.append(measure(client, "pair"))
    span = time.monotonic() - begun
    told.append([(count.value - first) / span for count, first in zip(counts, before)])
    over.set()
    for process in readers:
        process.join()
subprocess.run([flom, *options, "-X"], capture_output=True)


def percentile(rounds, part):
    """The median over the rounds: one round with a neighbour's burst does not decide."""
    return statistics.median(sorted(spans)[int(len(spans) * part)] for spans in rounds)


for name, spans in [("nobody reads", quiet), ("readers", watched)]:
    print(f"{name:14} p50 {percentile(spans, 0.5):7.0f} µs   p95 {percentile(spans, 0.95):7.0f} µs   p99 {percentile(spans, 0.99):7.0f} µs")
rates = [statistics.median(values) for values in zip(*told)]
print(f"a second: {rates[0]:.0f} scrapes, {rates[1]:.0f} rows of the history, {rates[2] / 1000:.0f} kB of events; {rounds} rounds of {pairs} pairs")
ratio = percentile(watched, 0.99) / percentile(quiet, 0.99)
print(f"ratio of p99: {ratio:.2f}")
sys.exit(ratio > 1.2)
