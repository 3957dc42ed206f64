/// A resource as the journal stores it. Its holders and waiters follow from the open requests.
package struct StoredResource: Hashable, Sendable {
    package var name: ResourceName
    /// The idle lifespan that the creating request asked for.
    package var idleLifespanMilliseconds: Int32
    /// Since when it has had neither holder nor waiter; nil while it has one.
    package var idleSince: Instant?
    package var state: KindState?

    package init(name: ResourceName, idleLifespanMilliseconds: Int32, idleSince: Instant?, state: KindState?) {
        self.name = name
        self.idleLifespanMilliseconds = idleLifespanMilliseconds
        self.idleSince = idleSince
        self.state = state
    }
}

/// A change of the resources that exist.
package enum ResourceChange: Hashable, Sendable {
    case lives(StoredResource)
    /// The resource has ceased to exist. Its last stamp is remembered all the same.
    case ended(ResourceName)
    /// The daemon has ended, and with it every resource.
    case allEnded
}

/// The state of a kind beyond its holders and waiters. Part of the journal: see `life` in docs/journal.md.
package enum KindState: Hashable, Sendable {
    /// The free elements by their place in the name, the one that has rested longest first.
    case set(rested: [Int])
    /// The next new value, and the values that were rolled back, in the order of their reuse.
    case sequence(next: UInt32, rolledBack: [UInt32])
    /// The reading of the stamps' clock at the first stamp of this life, and the last stamp, which outlives the life.
    case timestamp(firstShown: Int64?, last: TimestampValue?)
}

/// A time stamp that was given to a holder.
package struct TimestampValue: Hashable, Sendable {
    /// Microseconds since 1970-01-01 on the clock that the text shows: local time, or UTC if the text tells the zone.
    package let shown: Int64
    package let text: [UInt8]

    package init(shown: Int64, text: [UInt8]) {
        self.shown = shown
        self.text = text
    }
}
