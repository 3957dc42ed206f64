import FlomModel
import FlomNet
import FlomNetCore
import FlomSystem
import FlomWire
import Glibc
import NIOCore
import NIOPosix
import Testing

/// Grants every lock and remembers who asked.
private final class Granter: ConnectionOwner {
    struct Peer: Sendable {
        let credentials: PeerCredentials?
        let local: InternetAddress?
        let remote: InternetAddress?
    }

    private(set) var peers: [Peer] = []
    /// Kept when a connection has ended. The server must not outlive its owner, and hears of the end last.
    private let ended: EventLoopPromise<Void>

    init(ended: EventLoopPromise<Void>) { self.ended = ended }

    func opened(_ connection: Connection) {
        peers.append(Peer(credentials: connection.credentials, local: connection.localAddress, remote: connection.peerAddress))
    }

    func received(_ message: ClientMessage, on connection: Connection) {
        connection.send(.answer(LockAnswer(step: .first, code: .granted)))
    }

    func closed(_ connection: Connection) { ended.succeed() }
}

@Suite struct ServerTests {
    /// Serves `descriptor` on a loop of its own while `body` runs, and tells who was let in.
    private func serve(
        _ descriptor: Int32, _ keepalive: Keepalive?, _ body: @Sendable () throws -> Void
    ) async throws -> [Granter.Peer] {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let (ready, ended) = (loop.makePromise(of: Void.self), loop.makePromise(of: Void.self))
        let (owner, server) = try await loop.submit {
            let owner = Granter(ended: ended)
            let server = Server(on: loop, owner: owner)
            server.serve(listening: descriptor, keepalive: keepalive) { error in
                if let error { ready.fail(error) } else { ready.succeed() }
            }
            return (NIOLoopBound(owner, eventLoop: loop), NIOLoopBound(server, eventLoop: loop))
        }.get()
        try await ready.futureResult.get()
        try body()
        try await ended.futureResult.get()
        return try await loop.submit {
            server.value.stopListening()
            return owner.value.peers
        }.get()
    }

    private static func ask(_ connection: inout ClientConnection) throws {
        var message = LockMessage(name: Array("R".utf8))
        message.mode = 5
        try connection.send(.lock(message))
        #expect(try connection.receive(until: .after(milliseconds: 5000)) != nil)
    }

    /// This process has both ends, so the daemon's is the descriptor whose peer is the client's.
    private static func descriptor(connectedTo address: InternetAddress?) -> Int32? {
        (0..<1024).first { address != nil && Loopback.name(of: $0, peer: true) == address }
    }

    @Test(arguments: Loopback.families) func overTCP(_ family: InternetAddress.Family) async throws {
        let listener = try TCPListener(addresses: [Loopback.address(family)])
        var keepalive = Keepalive()
        (keepalive.idleSeconds, keepalive.intervalSeconds, keepalive.probes) = (62, 12, 8)
        let address = listener.boundAddresses[0]
        let peers = try await serve(listener.descriptors[0], keepalive) {
            var connection = try TCPConnector.connect(to: [address], until: .after(milliseconds: 5000))
            try Self.ask(&connection)
            let descriptor = try #require(Self.descriptor(connectedTo: connection.localAddress))
            #expect(Loopback.option(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY) != 0)
            #expect(Loopback.option(descriptor, SOL_SOCKET, SO_KEEPALIVE) != 0)
            #expect(Loopback.option(descriptor, Int32(IPPROTO_TCP), TCP_KEEPIDLE) == 62)
            #expect(Loopback.option(descriptor, Int32(IPPROTO_TCP), TCP_KEEPINTVL) == 12)
            #expect(Loopback.option(descriptor, Int32(IPPROTO_TCP), TCP_KEEPCNT) == 8)
        }
        let peer = try #require(peers.first)
        #expect(peer.credentials == nil)
        #expect(peer.local == address)
        #expect(peer.remote?.isLoopback == true)
    }

    @Test func overAUnixSocket() async throws {
        var template = Array("/tmp/flom-net-XXXXXX\0".utf8CString)
        let folder = try #require(mkdtemp(&template).map { String(cString: $0) })
        let address = try UnixAddress(path: "\(folder)/socket")
        let listener = try UnixListener(address, mode: 0o600)
        defer {
            listener.removeName(address)
            rmdir(folder)
        }
        let peers = try await serve(listener.descriptor, nil) {
            var connection = try UnixConnector.connect(to: address, owner: getuid(), until: .after(milliseconds: 5000))
            try Self.ask(&connection)
            #expect(connection.peerAddress == nil && connection.localAddress == nil)
        }
        let peer = try #require(peers.first)
        #expect(peer.credentials?.pid == getpid() && peer.credentials?.uid == getuid())
        #expect(peer.local == nil && peer.remote == nil)
    }
}
