"""Clients of a daemon's UNIX socket that hold and wait without a process each, in the words of FLoM 1.7.2."""

import base64
import resource
import socket
import threading


def lock(name):
    word = base64.b64encode(name.encode()).decode()
    return (
        f'<msg level="3" verb="1" step="8"><session peerid="{"0" * 32}"/><resource name="{word}" mode="5" wait="1" create="1"'
        ' lifespan="0"/></msg>'
    ).encode()


def unlock(name):
    word = base64.b64encode(name.encode()).decode()
    return f'<msg level="3" verb="2" step="8"><resource name="{word}" rollback="0"/></msg>'.encode()


def connect(path):
    client = socket.socket(socket.AF_UNIX)
    # With a time limit it would not wait for room among those that are about to be taken in.
    client.connect(path)
    client.settimeout(30)
    return client


class Crowd:
    """Of each of so many resources a holder, and so many who wait for it."""

    def __init__(self, path, resources, waiters):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = resources * (waiters + 1) + 200
        if soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, hard), hard))
        self.clients, holders = [], []
        for number in range(resources):
            name = f"crowd{number:04}"
            holders.append(connect(path))
            for client in [holders[-1]] + [connect(path) for _ in range(waiters)]:
                # Not answered before the next one comes, so that the daemon takes in many at a time.
                client.sendall(lock(name))
                self.clients.append(client)
        for holder in holders:
            if not holder.recv(4096):
                raise RuntimeError("a lock was not given")

    def leave(self):
        # The waiters first: each would be granted the lock otherwise.
        for client in reversed(self.clients):
            client.close()


class Traffic:
    """Locks and unlocks so many times a second, until it is stopped."""

    def __init__(self, path, rate, names=5):
        self.path, self.rate, self.names, self.pairs = path, rate, names, 0
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        client = connect(self.path)
        while not self.over.wait(1 / self.rate):
            name = f"traffic{self.pairs % self.names}"
            client.sendall(lock(name))
            client.recv(4096)
            client.sendall(unlock(name))
            self.pairs += 1
        client.close()

    def stop(self):
        self.over.set()
        self.thread.join()
        return self.pairs
