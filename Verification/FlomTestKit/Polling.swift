/// The error of a wait whose condition did not come true.
package struct NeverHappened: Error, CustomStringConvertible {
    package let description: String
    package init(description: String) { self.description = description }
}

/// The longest wait of a test. It is far above the need of a loaded machine, and only ends tests that fail anyway.
package let patience = Duration.seconds(30)

/// Waits until `condition` holds.
///
/// - Parameter what: completes the sentence "it never happened that …".
/// - Throws: `NeverHappened`, or what `condition` throws.
package func eventually(
    _ what: @autoclosure () -> String, within limit: Duration = patience, _ condition: () async throws -> Bool
) async throws {
    _ = try await found(what(), within: limit) { try await condition() ? true : nil }
}

/// Waits until `search` finds something, and returns it.
///
/// - Throws: `NeverHappened`, or what `search` throws.
package func found<Found>(
    _ what: @autoclosure () -> String, within limit: Duration = patience, _ search: () async throws -> Found?
) async throws -> Found {
    let deadline = ContinuousClock.now + limit
    var pause = Duration.milliseconds(1)
    while true {
        if let found = try await search() { return found }
        guard ContinuousClock.now < deadline else {
            throw NeverHappened(description: "it never happened within \(limit) that \(what())")
        }
        try await Task.sleep(for: pause)
        pause = min(pause * 2, .milliseconds(25))
    }
}
