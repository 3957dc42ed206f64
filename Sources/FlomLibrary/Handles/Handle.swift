internal import CFlomLibrary
internal import CFlomSystem
internal import FlomClient
internal import Synchronization

/// What a `flom_handle_t` stands for: its properties, its state, and its lock.
///
/// One call at a time is inside (`enter`). What other threads may ask for meanwhile is behind `mutex`, which is never held while a call
/// waits.
final class Handle {
    /// The process that made the handle, as a count of forks. Its children cannot use it.
    private let process = flom_process_generation()
    var belongsToThisProcess: Bool { process == flom_process_generation() }

    init(_ properties: Properties) { shared = Mutex(Shared(properties: properties)) }

    // MARK: - One call at a time

    private let isEntered = Atomic(false)

    /// False while another thread is in a call.
    func enter() -> Bool { !isEntered.exchange(true, ordering: .acquiring) }

    func leave() { isEntered.store(false, ordering: .releasing) }

    // MARK: - The present call's

    var state = FLOM_HANDLE_STATE_INIT
    /// What the properties ask for, and where; nil when they have changed since the last lock.
    var order: Order?
    /// The lock that is held or asked for.
    var lock: HandleLock?

    // MARK: - Shared

    /// What calls of other threads may read.
    struct Shared {
        var properties: Properties
        /// A sentence about the last failure; empty if there was none.
        var failure = CText("")
        var granted = Granted()
        /// The lock that is asked for; nil if none is.
        var waiting: ProgramLock?
    }

    let shared: Mutex<Shared>

    var properties: Properties { shared.withLock { $0.properties } }

    func note(_ failure: Failure) { shared.withLock { $0.failure = CText(failure.sentence) } }

    /// Who is told when the lock is lost.
    let loss = LossNotice()
}

/// What the lock was granted with, in the order of the resources; empty without a lock.
struct Granted {
    var parts: [Part] = []
    var requestID: CText?

    struct Part {
        var element: CText?
        /// 0 for none.
        var token: UInt64
    }
}

/// What a lock is asked for with, made from the properties.
struct Order {
    let terms: LockTerms
    let endpoint: ProgramEndpoint
    let description: [[UInt8]]?
}
