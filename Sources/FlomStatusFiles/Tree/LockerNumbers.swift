internal import FlomModel

/// The numbers of resources: in the order in which they were seen first, kept while they exist, never given again.
struct LockerNumbers {
    struct Known {
        let number: Int64
        /// The name of the request that was the first to be seen: of paths the whole path.
        let name: [UInt8]
    }

    private var known: [ResourceName: Known] = [:]
    private var next: Int64 = 1

    /// Forgets all others, and gives numbers to those that are new.
    ///
    /// - Parameter present: the resources that exist, each under the identity that its names share, with a name.
    mutating func follow(_ present: [(identity: ResourceName, name: [UInt8])]) {
        var following: [ResourceName: Known] = [:]
        for (identity, name) in present where following[identity] == nil {
            if let known = known[identity] {
                following[identity] = known
            } else {
                following[identity] = Known(number: next, name: name)
                next += 1
            }
        }
        known = following
    }

    subscript(identity: ResourceName) -> Known? { known[identity] }
    var all: [(identity: ResourceName, known: Known)] {
        known.map { ($0.key, $0.value) }.sorted { $0.1.number < $1.1.number }
    }
}
