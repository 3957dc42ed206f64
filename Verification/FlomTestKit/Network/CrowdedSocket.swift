import Foundation

/// A listening socket whose backlog is full: a client that connects is told to try again, and never let in.
package final class CrowdedSocket: Sendable {
    private let descriptors: [Int32]

    package init(_ path: String) throws {
        let listener = try SocketStream.newSocket()
        guard SocketStream.withAddress(path, { bind(listener, $0, $1) }) == 0, listen(listener, 0) == 0 else {
            throw SystemFailure("listen on \(path)")
        }
        var descriptors = [listener]
        repeat {
            descriptors.append(try SocketStream.newSocket())
        } while SocketStream.withAddress(path, { connect(descriptors[descriptors.count - 1], $0, $1) }) == 0
        guard errno == EAGAIN else { throw SystemFailure("connect \(path)") }
        self.descriptors = descriptors
    }

    deinit { for descriptor in descriptors { close(descriptor) } }
}
