/// When a command under a resource last ended with status 0.
package struct LastSuccess: Hashable {
    package let resource: [UInt8]
    /// Nil: never, as far as the journal goes back.
    package let endedAt: Int64?

    package init(resource: [UInt8], endedAt: Int64?) {
        self.resource = resource
        self.endedAt = endedAt
    }
}
