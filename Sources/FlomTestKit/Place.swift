import Synchronization

/// A place among the tests that run at the same time. There are few, so that none is starved until its timeouts mean nothing:
/// swift-testing starts all at once, whatever the machine.
final class Place: Sendable {
    private static let places = 8

    private struct State {
        var free = places
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private static let state = Mutex(State())
    private let isTaken = Mutex(true)

    /// Returns when there is a place.
    init() async {
        await withCheckedContinuation { continuation in
            let isFree = Self.state.withLock { state in
                guard state.free > 0 else {
                    state.waiting.append(continuation)
                    return false
                }
                state.free -= 1
                return true
            }
            if isFree { continuation.resume() }
        }
    }

    func leave() {
        let wasTaken = isTaken.withLock { taken in
            defer { taken = false }
            return taken
        }
        guard wasTaken else { return }
        let next = Self.state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard state.waiting.isEmpty else { return state.waiting.removeFirst() }
            state.free += 1
            return nil
        }
        next?.resume()
    }

    deinit { leave() }
}
