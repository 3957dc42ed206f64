/// A resource that exists, as it outlives the daemon: who holds and awaits it is said by the open requests.
package struct StoredResource: Hashable, Sendable {
    package var name: ResourceName
    /// Of the request that created it.
    package var idleLifespanMilliseconds: Int32
    /// Since when nobody holds or awaits it, if that is so.
    package var idleSince: Instant?
    package var state: KindState?

    package init(name: ResourceName, idleLifespanMilliseconds: Int32, idleSince: Instant?, state: KindState?) {
        self.name = name
        self.idleLifespanMilliseconds = idleLifespanMilliseconds
        self.idleSince = idleSince
        self.state = state
    }
}

/// What a step has changed in the lives of resources.
package enum ResourceChange: Hashable, Sendable {
    case lives(StoredResource)
    /// Its life has ended; its last stamp is remembered all the same.
    case ended(ResourceName)
    /// The daemon's life has ended, and with it that of every resource.
    case allEnded
}

/// What a kind remembers beyond its holders. Part of the journal: see `life` in docs/journal.md.
package enum KindState: Hashable, Sendable {
    /// Elements, by their place in the name, the one that has rested longest first.
    case set(rested: [Int])
    /// The next new value, and those that were rolled back, in the order of their reuse.
    case sequence(next: UInt32, rolledBack: [UInt32])
    /// What the clock of the stamps showed at the first stamp of this life, and the last stamp; the latter outlives the life.
    case timestamp(firstShown: Int64?, last: TimestampValue?)
}

/// A time stamp that was given.
package struct TimestampValue: Hashable, Sendable {
    /// Microseconds since 1970-01-01 on the clock that the text shows: local time, or UTC if the text tells the zone.
    package let shown: Int64
    package let text: [UInt8]

    package init(shown: Int64, text: [UInt8]) {
        self.shown = shown
        self.text = text
    }
}
