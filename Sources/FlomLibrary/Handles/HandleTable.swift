internal import CFlomLibrary
internal import CFlomSystem

/// The handles of this process. A `flom_handle_t` has the key of its handle in `conn`, not a pointer to it: a key of a handle that has been
/// freed, or one that is garbage, is found to be no key, and nothing is touched.
enum HandleTable {
    private struct Slot {
        var handle: Handle?
        /// Counts the handles that the slot has had. A key contains it.
        var generation: UInt
    }

    nonisolated(unsafe) private static var slots: [Slot] = []
    nonisolated(unsafe) private static var free: [Int] = []

    /// The bits of a key that number the slot.
    private static let slotBits: UInt = 24

    /// - Returns: the key; nil if there are too many handles.
    static func insert(_ handle: Handle) -> UnsafeMutableRawPointer? {
        flom_process_lock()
        defer { flom_process_unlock() }
        let index: Int
        if let last = free.popLast() {
            index = last
        } else {
            guard slots.count < 1 << slotBits else { return nil }
            index = slots.count
            slots.append(Slot(handle: nil, generation: 0))
        }
        slots[index].handle = handle
        slots[index].generation += 1
        return UnsafeMutableRawPointer(bitPattern: slots[index].generation << slotBits | UInt(index))
    }

    static func find(_ key: UnsafeMutableRawPointer?) -> Handle? {
        flom_process_lock()
        defer { flom_process_unlock() }
        return index(of: key).flatMap { slots[$0].handle }
    }

    static func remove(_ key: UnsafeMutableRawPointer?) {
        flom_process_lock()
        defer { flom_process_unlock() }
        guard let index = index(of: key), slots[index].handle != nil else { return }
        slots[index].handle = nil
        free.append(index)
    }

    private static func index(of key: UnsafeMutableRawPointer?) -> Int? {
        let bits = UInt(bitPattern: key)
        let index = Int(bits & (1 << slotBits - 1))
        guard index < slots.count, slots[index].generation == bits >> slotBits else { return nil }
        return index
    }
}
