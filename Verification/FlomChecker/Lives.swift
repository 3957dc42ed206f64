// Resources are created, have a memory, and end; the elements of grants follow from that.
extension Checker {
    /// A request holds or awaits the resource: from then on it exists.
    func create(for part: Part) throws(BrokenPromise) {
        if let life = part.resource.life {
            guard life.isUncertain, part.resource.isUnused, part.mayCreate else { return }
            return part.resource.life!.mayHaveBegun(with: part)
        }
        guard part.mayCreate else {
            throw BrokenPromise(.refusal, "request \(part.request) creates \(text(part.want.name)) and said that it does not")
        }
        part.resource.life = Life(of: part)
    }

    func endLifeIfDue(of resource: ResourceState) {
        guard resource.isUnused, let life = resource.life, !life.isUncertain, let end = life.end else { return }
        if at >= end.upperBound + settings.slack, at >= end.lowerBound {
            resource.life = nil
        } else if at >= end.lowerBound - settings.slack, end.lowerBound < end.upperBound || settings.slack > 0 {
            resource.life!.isUncertain = true
        }
    }

    /// Whether the daemon may say that it does not exist; then it does not.
    func isMissing(_ resource: ResourceState) -> Bool {
        if let life = resource.life, life.isUncertain, resource.isUnused { resource.life = nil }
        return resource.life == nil
    }

    /// If it is uncertain which of several resources still exist, the named one need not be the first.
    func isAnyMissing(of unit: Unit) -> Bool {
        let candidates = unit.parts.map(\.resource).filter { !$0.certainlyExists }
        return candidates.count == 1 ? isMissing(candidates[0]) : !candidates.isEmpty
    }

    func giveElement(_ element: [UInt8]?, to part: Part) throws(BrokenPromise) {
        let resource = part.resource
        switch part.want.shape {
        case .simple, .path, .pool:
            guard element == nil else {
                throw BrokenPromise(.element, "request \(part.request) gets an element of what has none")
            }
        case .set: try give(element, to: part, .element)
        case .sequence: try give(element, to: part, .sequence)
        case .stamp(let isComplete, _):
            guard let element else { throw BrokenPromise(.stamp, "request \(part.request) gets no time stamp") }
            // A stamp that lacks larger units repeats.
            guard isComplete else { return }
            guard resource.stamps.insert(element).inserted else {
                throw BrokenPromise(.stamp, "request \(part.request) gets \(text(element)), which was given before")
            }
        }
    }

    private func give(_ element: [UInt8]?, to part: Part, _ promise: BrokenPromise.Promise) throws(BrokenPromise) {
        guard let element else {
            throw BrokenPromise(promise, "request \(part.request) gets no element of \(text(part.want.name))")
        }
        if let offers = part.resource.life!.give(element) {
            let next = offers.joined(separator: "; or ")
            throw BrokenPromise(promise, "request \(part.request) gets \(text(element)), and next is \(next)")
        }
    }

    /// Puts the element of an ended grant back where its kind says so.
    mutating func takeBack(_ part: Part, rollsBack: Bool) {
        guard let element = part.element else { return }
        part.resource.life?.takeBack(element, rollsBack: rollsBack)
        if case .sequence(takesBack: true, _) = part.want.shape, rollsBack { counts.rollbacks += 1 }
    }

    func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
