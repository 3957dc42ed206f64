internal import CFlomSystem
package import FlomEngine
package import FlomWire
internal import NIOCore

/// What the kernel says of the process at the other end of a UNIX socket.
package struct PeerCredentials: Hashable, Sendable {
    /// 0 if it lives in a PID namespace that this daemon cannot see.
    package let pid: Int32
    package let uid: UInt32
}

/// One client's connection, on the daemon's loop only.
package final class Connection {
    package let session: SessionID
    package let credentials: PeerCredentials?
    private let channel: any Channel
    private var bytes: [UInt8] = []
    /// The longest message accepted; raised when both sides have shown the marker.
    package var frameLimit: Int = FrameLimit.towardsOldDaemon

    init(session: SessionID, credentials: PeerCredentials?, channel: any Channel) {
        self.session = session
        self.credentials = credentials
        self.channel = channel
    }

    /// One message is one write. What the peer does not read is bounded by the answers that it can provoke.
    package func send(_ message: ServerMessage) {
        bytes.removeAll(keepingCapacity: true)
        message.encode(into: &bytes)
        channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
    }

    /// Closes after what was sent.
    package func close() { channel.close(promise: nil) }
}

/// What the daemon does with its connections. All calls come on its loop, in the order of events.
package protocol ConnectionOwner: AnyObject {
    func opened(_ connection: Connection)
    func received(_ message: ClientMessage, on connection: Connection)
    /// The peer broke the protocol; the connection is about to be closed.
    func misbehaved(_ connection: Connection, _ error: WireError)
    func closed(_ connection: Connection)
}
