internal import FlomModel

/// When a resource that waits for time to pass has to be looked at.
///
/// A resource usually has one alarm. A busy resource that goes idle again and again keeps its old alarm, which then comes too early
/// and is set anew; so it costs nothing here. A resource that has to be looked at earlier gets a second alarm, and the first means
/// nothing any more: `Resource.alarmAt` says which one counts.
struct Alarm: Comparable {
    let at: Instant
    let slot: SlotIndex

    static func < (left: Self, right: Self) -> Bool { left.at < right.at }
}
