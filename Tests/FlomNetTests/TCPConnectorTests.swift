import FlomNet
import FlomNetCore
import FlomSystem
import FlomWire
import Glibc
import Testing

@Suite struct TCPConnectorTests {
    private func error(
        connectingTo addresses: [InternetAddress], within milliseconds: Int64 = 5000
    ) throws -> NetworkError {
        let error = failure { () throws(NetworkError) in
            try TCPConnector.connect(to: addresses, until: .after(milliseconds: milliseconds))
        }
        return try #require(error)
    }

    private func unused(_ family: InternetAddress.Family = .ipv4) -> InternetAddress {
        Loopback.address(family, port: Loopback.freePort(SOCK_STREAM, family))
    }

    @Test(arguments: Loopback.families) func connected(_ family: InternetAddress.Family) throws {
        let listener = RawListener(family)
        var keepalive = Keepalive()
        (keepalive.idleSeconds, keepalive.intervalSeconds, keepalive.probes) = (61, 11, 7)
        let connection = try TCPConnector.connect(
            to: [listener.address], keepalive: keepalive, until: .after(milliseconds: 5000))
        let descriptor = connection.descriptor
        #expect(descriptor >= 20)
        #expect(fcntl(descriptor, F_GETFD) & FD_CLOEXEC != 0)
        #expect(fcntl(descriptor, F_GETFL) & O_NONBLOCK != 0)
        #expect(Loopback.option(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY) != 0)
        #expect(Loopback.option(descriptor, SOL_SOCKET, SO_KEEPALIVE) != 0)
        #expect(Loopback.option(descriptor, Int32(IPPROTO_TCP), TCP_KEEPIDLE) == 61)
        #expect(Loopback.option(descriptor, Int32(IPPROTO_TCP), TCP_KEEPINTVL) == 11)
        #expect(Loopback.option(descriptor, Int32(IPPROTO_TCP), TCP_KEEPCNT) == 7)
        #expect(connection.peerAddress == listener.address)
        #expect(connection.localAddress?.isLoopback == true)
    }

    @Test(arguments: Loopback.families) func nobodyListens(_ family: InternetAddress.Family) throws {
        let address = unused(family)
        let error = try error(connectingTo: [address])
        #expect(error.kind == .nobodyListens)
        #expect(error.sentence.contains("\(address)"), "\(error.sentence)")
    }

    @Test func theNextAddressIsTried() throws {
        let listener = RawListener()
        let connection = try TCPConnector.connect(to: [unused(), listener.address], until: .after(milliseconds: 5000))
        #expect(connection.peerAddress == listener.address)
    }

    @Test func noAnswerInTime() throws {
        let listener = RawListener(backlog: 0)
        listener.fillBacklog()
        let started = Clock.boottimeNanoseconds()
        let error = try error(connectingTo: [listener.address], within: 50)
        #expect(error.kind == .timedOut)
        #expect(error.sentence.contains("\(listener.address)"))
        #expect(Clock.boottimeNanoseconds() - started >= 50_000_000)
    }

    /// One that swallows everything gets its share of the time only.
    @Test func aSilentAddressDoesNotKeepUsFromTheNext() throws {
        let silent = RawListener(backlog: 0)
        silent.fillBacklog()
        let listener = RawListener()
        let deadline = Deadline.after(milliseconds: 600)
        let connection = try TCPConnector.connect(to: [silent.address, listener.address], until: deadline)
        #expect(connection.peerAddress == listener.address)
        #expect(!deadline.hasPassed)
    }

    /// Behind the one that does not answer there may be a daemon: none is started then.
    @Test func refusedAndSilentIsNotNobody() throws {
        let silent = RawListener(backlog: 0)
        silent.fillBacklog()
        let address = unused()
        let error = try error(connectingTo: [address, silent.address], within: 50)
        #expect(error.kind == .timedOut)
        #expect(error.sentence.contains("\(address)") && error.sentence.contains("\(silent.address)"), "\(error.sentence)")
    }

    @Test func aReasonOfTheSystem() throws {
        // The kernel refuses this without sending anything: TCP has no groups.
        let address = try #require(InternetAddress(text: "239.255.77.77", port: 9))
        let error = try error(connectingTo: [address])
        #expect(error.kind == .failed)
        #expect(error.sentence.contains("239.255.77.77 port 9"), "\(error.sentence)")
    }

    @Test func noAddressAtAll() throws {
        #expect(try error(connectingTo: []).kind == .failed)
    }
}
