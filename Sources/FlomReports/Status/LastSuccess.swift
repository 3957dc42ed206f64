/// The last time when a command under a resource ended with status 0.
package struct LastSuccess: Hashable {
    package let resource: [UInt8]
    /// Microseconds since 1970-01-01 UTC; nil if there is none on record.
    package let endedAt: Int64?

    package init(resource: [UInt8], endedAt: Int64?) {
        self.resource = resource
        self.endedAt = endedAt
    }
}
