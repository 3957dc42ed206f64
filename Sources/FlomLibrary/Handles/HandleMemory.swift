internal import CFlomLibrary
internal import CFlomSystem

/// The memory of the handles that `flom_handle_new` makes. It is kept when they are deleted, and used again only after many others: a program
/// that goes on with a deleted handle is told so, and one that deletes it twice harms nobody.
enum HandleMemory {
    nonisolated(unsafe) private static var taken: Set<HandlePointer> = []
    /// Deleted ones, in a ring: at `next` the one that was deleted first.
    nonisolated(unsafe) private static var returned: [HandlePointer] = []
    nonisolated(unsafe) private static var next = 0
    /// The one that has left the ring.
    nonisolated(unsafe) private static var spare: HandlePointer?
    /// How many handles are deleted before the memory of the first is used again.
    private static let delay = 1024

    static func take() -> HandlePointer? {
        flom_process_lock()
        defer { flom_process_unlock() }
        let pointer = spare ?? .allocate(capacity: 1)
        spare = nil
        taken.insert(pointer)
        return pointer
    }

    static func isTaken(_ pointer: HandlePointer) -> Bool {
        flom_process_lock()
        defer { flom_process_unlock() }
        return taken.contains(pointer)
    }

    static func giveBack(_ pointer: HandlePointer) {
        flom_process_lock()
        defer { flom_process_unlock() }
        guard taken.remove(pointer) != nil else { return }
        pointer.initialize(to: flom_handle_t(state: FLOM_HANDLE_STATE_CLEANED, conn: nil, config: nil, locked_element: nil))
        guard returned.count == delay else { return returned.append(pointer) }
        if let spare { spare.deallocate() }
        spare = returned[next]
        returned[next] = pointer
        next = (next + 1) % delay
    }
}
