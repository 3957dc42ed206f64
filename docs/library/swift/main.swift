import FlomClient

// Waits for the lock on `db` for at most five seconds, and starts the daemon if there is none.
do {
    try await FlomLock.withLock("db", timeout: .seconds(5)) { lock in
        print("db is held, with token \(lock.fencingToken ?? 0)")
    }
} catch {
    print("no lock: \(error)")
}
