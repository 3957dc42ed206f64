internal import FlomModel

/// The slot of a resource in a `ResourceTable`. Valid until the resource ceases to exist, and never of another resource.
struct SlotIndex: Hashable {
    fileprivate let number: Int32
    /// Tells the resources apart that have had the slot.
    fileprivate let generation: UInt32
}

extension SlotIndex: CustomStringConvertible {
    var description: String { "slot \(number), generation \(generation)" }
}

/// The resources that exist, each in a slot of its own. An index is two numbers: using one costs no hashing of a name.
///
/// An index of a resource that has ceased to exist is *stale*. Reading or writing through it traps, also after another resource
/// has entered the slot.
struct ResourceTable {
    /// By slot; a placeholder where the slot is free.
    private var resources: [Resource] = []
    /// By slot. Grows when a resource enters and when it leaves, so that it is odd while there is one.
    private var generations: [UInt32] = []
    private var freeSlots: [Int32] = []
    private var indexOfName: [ResourceName: SlotIndex] = [:]
    private let placeholder = Resource(name: .unnamed, idleLifespanMilliseconds: 0, kind: SimpleKind())

    var count: Int { indexOfName.count }
    var isEmpty: Bool { indexOfName.isEmpty }

    /// - Parameter identity: the resource's name; for paths that of the root level.
    func index(of identity: ResourceName) -> SlotIndex? { indexOfName[identity] }

    /// Whether the index is not stale.
    func contains(_ index: SlotIndex) -> Bool {
        generations.indices.contains(Int(index.number)) && generations[Int(index.number)] == index.generation
    }

    subscript(index: SlotIndex) -> Resource {
        _read {
            precondition(contains(index), "stale index: \(state(of: index))")
            yield resources[Int(index.number)]
        }
        _modify {
            precondition(contains(index), "stale index: \(state(of: index))")
            yield &resources[Int(index.number)]
        }
    }

    /// The indices of all resources, in the order of their slots.
    var indices: [SlotIndex] {
        generations.indices.compactMap { number in
            generations[number] % 2 == 1 ? SlotIndex(number: Int32(number), generation: generations[number]) : nil
        }
    }

    /// - Returns: the index of the new resource, whose name must not be in the table.
    mutating func insert(_ resource: Resource) -> SlotIndex {
        let number = freeSlots.popLast() ?? Int32(resources.count)
        if Int(number) == resources.count {
            resources.append(placeholder)
            generations.append(0)
        }
        precondition(generations[Int(number)] % 2 == 0, "slot \(number) is free, and holds \(resources[Int(number)].name)")
        generations[Int(number)] &+= 1
        resources[Int(number)] = resource
        let index = SlotIndex(number: number, generation: generations[Int(number)])
        let other = indexOfName.updateValue(index, forKey: resource.name)
        precondition(other == nil, "\(resource.name) exists already")
        return index
    }

    /// Makes the index stale. The resource must be unused.
    mutating func remove(_ index: SlotIndex) {
        let resource = self[index]
        precondition(resource.isIdle, "\(resource.name) has \(resource.holderCount) holders and \(resource.waiterCount) waiters")
        let known = indexOfName.removeValue(forKey: resource.name)
        precondition(known == index, "\(resource.name) is not found at \(index)")
        generations[Int(index.number)] &+= 1
        resources[Int(index.number)] = placeholder
        freeSlots.append(index.number)
    }

    private func state(of index: SlotIndex) -> String {
        guard generations.indices.contains(Int(index.number)) else { return "\(index) of \(generations.count) slots" }
        let generation = generations[Int(index.number)]
        return "\(index); now \(generation % 2 == 1 ? "\(resources[Int(index.number)].name)" : "free"), generation \(generation)"
    }
}
