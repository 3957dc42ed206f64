package import FlomModel

/// What a lock is asked for with.
package struct LockTerms: Sendable {
    /// In the order given, at least one.
    package var parts: [LockPart]
    /// Milliseconds; negative waits for ever, 0 does not wait.
    package var timeoutMilliseconds: Int32 = -1
    /// Whether resources that do not exist are created.
    package var mayCreate = true
    /// How long a resource that this creates lives on when nobody uses it, in milliseconds.
    package var idleLifespanMilliseconds: Int32 = 0
    /// Over a network: whether only a person ends the lock while its holder is out of sight.
    package var isLeaseless = false
    /// Whether the command is ended when its client is gone.
    package var endsOrphan = false
    /// Whether the client is a program that holds the lock itself: its end, however it comes, rolls back.
    package var runsNoCommand = false
    /// The request under whose command this one is made; nil for one that is not nested.
    package var parent: String?
    /// Whether a nested request may be refused because it could never be granted.
    package var mayBeRefusedAsDeadlock = true
    /// How long a waiter that may not start a daemon waits for one to come back, in milliseconds.
    package var graceMilliseconds: Int64 = 30_000

    package init(_ parts: [LockPart]) { self.parts = parts }
}

/// A resource that was granted.
///
/// A class: lists of objects share one type, and every other list costs a command seven thousand instructions.
package final class HeldResource {
    package let part: LockPart
    package var element: [UInt8]?
    /// Nil with a daemon of 1.7.2.
    package var token: FencingToken?
    /// Nil with a daemon of 1.7.2.
    package var requestID: String?

    package init(_ part: LockPart) { self.part = part }
}
