internal import FlomModel

/// All paths below one root level. Two requests conflict if their modes are incompatible and one path is the other or leads to it: an
/// exclusive holder of `/a` excludes all of `/a/b/c`, and the other way round; siblings never meet.
///
/// Each node knows the holders and waiters at it, and those at it and below it. So a question costs as many steps as the path has
/// levels, however large the tree is. One lane for each path and mode.
struct HierarchicalKind: Kind {
    private var nodes: [Node] = [Node()]
    private var freeNodes: [Int] = []

    /// The node of the root level, with which all paths begin.
    private static let root = 0

    private struct Node {
        var level: [UInt8] = []
        var parent = 0
        var children: [[UInt8]: Int] = [:]
        var waitingChildren: Set<Int> = []

        var holders = ModeCounts()
        /// The holders at this node and below it. The properties that follow likewise count what is below.
        var allHolders = ModeCounts()
        var allHolderCount = 0
        var waiters = Lanes()
        var allWaiters = Lanes()
        var allWaiterCount = 0

        var isUnused: Bool { allHolderCount == 0 && allWaiterCount == 0 }
    }

    // MARK: - Holders

    func fit(of ask: Ask, at moment: Moment) -> Fit {
        let (line, isComplete) = self.line(to: ask)
        for node in line where !nodes[node].holders.fits(ask.mode) { return .no }
        return !isComplete || nodes[line[line.count - 1]].allHolders.fits(ask.mode) ? .yes : .no
    }

    mutating func acquire(_ ask: Ask, at moment: Moment) -> [UInt8]? {
        restore(ask, nil)
        return nil
    }

    mutating func restore(_ ask: Ask, _ element: [UInt8]?) {
        let line = grow(to: ask)
        for node in line {
            nodes[node].allHolders.add(ask.mode)
            nodes[node].allHolderCount += 1
        }
        nodes[line[line.count - 1]].holders.add(ask.mode)
    }

    mutating func release(_ ask: Ask, _ element: [UInt8]?, _ ending: Ending) {
        let (line, isComplete) = self.line(to: ask)
        precondition(isComplete, "\(ask.name) is released, and its node is missing")
        nodes[line[line.count - 1]].holders.remove(ask.mode)
        for node in line {
            precondition(nodes[node].allHolderCount > 0, "\(ask.name) is released, and a node above it has no holder")
            nodes[node].allHolders.remove(ask.mode)
            nodes[node].allHolderCount -= 1
        }
        prune(line)
    }

    var isOvergranted: Bool {
        nodes.indices.contains { index in
            let node = nodes[index]
            return node.holders.excludeEachOther
                || node.children.values.contains { node.holders.excludes(nodes[$0].allHolders) }
        }
    }

    // MARK: - Waiters

    mutating func join(_ ticket: RequestID, _ ask: Ask) {
        let line = grow(to: ask)
        for node in line {
            nodes[node].allWaiters.join(ticket, Self.lane(of: ask))
            nodes[node].allWaiterCount += 1
            if nodes[node].allWaiterCount == 1 && node != Self.root { nodes[nodes[node].parent].waitingChildren.insert(node) }
        }
        nodes[line[line.count - 1]].waiters.join(ticket, Self.lane(of: ask))
    }

    mutating func leave(_ ticket: RequestID, _ ask: Ask) {
        let (line, isComplete) = self.line(to: ask)
        precondition(isComplete, "request \(ticket.number) leaves \(ask.name), and its node is missing")
        nodes[line[line.count - 1]].waiters.leave(ticket, Self.lane(of: ask))
        for node in line {
            nodes[node].allWaiters.leave(ticket, Self.lane(of: ask))
            nodes[node].allWaiterCount -= 1
            if nodes[node].allWaiterCount == 0 && node != Self.root { nodes[nodes[node].parent].waitingChildren.remove(node) }
        }
        prune(line)
    }

    func oldestInConflict(with ask: Ask) -> RequestID? {
        let excludes = { (lane: Int32) in !LockMode(laneKey: lane).isCompatible(with: ask.mode) }
        let (line, isComplete) = self.line(to: ask)
        var oldest: RequestID?
        for (index, node) in line.enumerated() {
            let isOwn = isComplete && index == line.count - 1
            guard let found = (isOwn ? nodes[node].allWaiters : nodes[node].waiters).oldest(where: excludes) else { continue }
            if oldest.map({ found < $0 }) ?? true { oldest = found }
        }
        return oldest
    }

    func headsInConflict(with ask: Ask) -> [RequestID] {
        let excludes = { (lane: Int32) in !LockMode(laneKey: lane).isCompatible(with: ask.mode) }
        let (line, isComplete) = self.line(to: ask)
        var found = line.dropLast(isComplete ? 1 : 0).flatMap { nodes[$0].waiters.heads(where: excludes) }
        var stack = isComplete ? [line[line.count - 1]] : []
        while let node = stack.popLast() {
            found += nodes[node].waiters.heads(where: excludes)
            stack += nodes[node].waitingChildren
        }
        return found
    }

    func waiterCount(before ticket: RequestID) -> Int { nodes[Self.root].allWaiters.count(before: ticket) }

    func conflict(_ one: Ask, _ other: Ask) -> Bool {
        !one.mode.isCompatible(with: other.mode) && ResourceKind.pathsMeet(Self.levels(of: one), Self.levels(of: other))
    }

    func head(ofLaneOf ask: Ask) -> RequestID? {
        let (line, isComplete) = self.line(to: ask)
        return isComplete ? nodes[line[line.count - 1]].waiters.head(of: Self.lane(of: ask)) : nil
    }

    /// The lanes of the path's own nodes, and of everything below its end. Below a node whose holders exclude all that wait there, no
    /// waiter has become free to go, and none is looked at.
    func heads(near ask: Ask?) -> [RequestID] {
        guard nodes[Self.root].allWaiterCount > 0 else { return [] }
        let (line, isComplete) = ask.map { self.line(to: $0) } ?? ([Self.root], true)
        var found: [RequestID] = []
        for node in line.dropLast(isComplete ? 1 : 0) { found += nodes[node].waiters.heads }
        guard isComplete else { return found }

        var open = LockMode.allCases
        for node in line.dropLast() { open.removeAll { !nodes[node].holders.fits($0) } }
        var stack = [(node: line[line.count - 1], open: open)]
        while let (node, open) = stack.popLast() {
            let left = open.filter { nodes[node].holders.fits($0) }
            guard left.contains(where: { nodes[node].allWaiters.head(of: Int32($0.rawValue)) != nil }) else { continue }
            found += nodes[node].waiters.heads
            for child in nodes[node].waitingChildren { stack.append((child, left)) }
        }
        return found
    }

    private static func lane(of ask: Ask) -> Int32 { Int32(ask.mode.rawValue) }

    var state: KindState? { nil }

    // MARK: - The tree

    private static func levels(of ask: Ask) -> ArraySlice<[UInt8]> {
        guard case .hierarchical(let levels) = ask.name.kind else { preconditionFailure("\(ask.name) is no path") }
        precondition(!levels.isEmpty, "\(ask.name) has no level")
        return levels.dropFirst()
    }

    /// The nodes from the root to the path's end, as far as they exist.
    private func line(to ask: Ask) -> (nodes: [Int], isComplete: Bool) {
        var line = [Self.root]
        for level in Self.levels(of: ask) {
            guard let child = nodes[line[line.count - 1]].children[level] else { return (line, false) }
            line.append(child)
        }
        return (line, true)
    }

    /// The nodes from the root to the path's end; those that are missing are made.
    private mutating func grow(to ask: Ask) -> [Int] {
        var line = [Self.root]
        for level in Self.levels(of: ask) {
            let parent = line[line.count - 1]
            if let child = nodes[parent].children[level] {
                line.append(child)
                continue
            }
            let child = freeNodes.popLast() ?? nodes.count
            if child == nodes.count { nodes.append(Node()) }
            nodes[child].level = level
            nodes[child].parent = parent
            nodes[parent].children[level] = child
            line.append(child)
        }
        return line
    }

    /// Removes the unused nodes of a path, but not the root.
    private mutating func prune(_ line: [Int]) {
        for node in line.reversed() where node != Self.root {
            guard nodes[node].isUnused else { return }
            precondition(nodes[node].children.isEmpty, "a node that is removed has \(nodes[node].children.count) nodes below it")
            nodes[nodes[node].parent].children[nodes[node].level] = nil
            nodes[node] = Node()
            freeNodes.append(node)
        }
    }
}

// MARK: - Consistency

extension HierarchicalKind {
    /// Every node counts what is at it and below it.
    var inconsistency: String? {
        var stack = [Self.root]
        var seen = 0
        while let node = stack.popLast() {
            seen += 1
            if let sentence = inconsistency(of: node) { return sentence }
            stack += nodes[node].children.values
        }
        return seen + freeNodes.count == nodes.count ? nil : "\(nodes.count - seen - freeNodes.count) nodes are lost"
    }

    private func inconsistency(of index: Int) -> String? {
        let node = nodes[index]
        let below = node.children.values.map { nodes[$0] }
        let path = String(decoding: node.level, as: UTF8.self)
        if below.contains(where: { $0.parent != index }) { return "a node below \(path) has another parent" }
        if below.contains(where: \.isUnused) { return "a node below \(path) is unused" }
        if node.allHolderCount != node.holders.total + below.reduce(0, { $0 + $1.allHolderCount }) {
            return "\(path) counts \(node.allHolderCount) holders"
        }
        let waiterCount = node.waiters.count + below.reduce(0) { $0 + $1.allWaiterCount }
        if node.allWaiterCount != waiterCount || node.allWaiters.count != waiterCount {
            return "\(path) counts \(node.allWaiterCount) waiters, and there are \(waiterCount)"
        }
        let waiting = node.children.values.filter { nodes[$0].allWaiterCount > 0 }
        if node.waitingChildren != Set(waiting) { return "\(path) looks for waiters in the wrong nodes" }
        return node.waiters.inconsistency ?? node.allWaiters.inconsistency
    }
}
