import FlomOptions
import Testing

@testable import FlomCommand

/// What `-V` prints.
@Suite struct VerboseListingTests {
    private func listed(_ words: String...) throws -> [String] {
        let invocation = try Invocation((["flom"] + words).map { Array($0.utf8) })
        return VerboseListing.lines(try Settings.resolved(invocation, files: []) { _ in })
    }

    /// 1.7.2's lines, in its order and form.
    private static let lines = """
        [Trace]/DaemonTraceFile='' [Trace]/CommandTraceFile='' [Trace]/AppendTraceFile=0 [Trace]/Verbose=1 [Resource]/Name='_RESOURCE' \
        [Resource]/Timeout=-1 [Resource]/Quantity=1 [Resource]/LockMode=5 [Resource]/Create=1 [Resource]/IdleLifespan=0 \
        [Daemon]/SocketName='' [Daemon]/Lifespan=5000 [Daemon]/UnicastAddress='' [Daemon]/UnicastPort=28015 \
        [Daemon]/MulticastAddress='' [Daemon]/MulticastPort=28015 [Daemon]/MountPointVFS='/mnt' [Monitor]/IgnoredSignals='' \
        [Network]/NetworkInterface='' [Network]/DiscoveryAttempts=2 [Network]/DiscoveryTimeout=500 [Network]/DiscoveryTTL=1 \
        [Network]/TcpKeepaliveTime=60 [Network]/TcpKeepaliveIntvl=10 [Network]/TcpKeepaliveProbes=6 [TLS]/TlsCertificate='' \
        [TLS]/TlsPrivateKey='' [TLS]/TlsCaCertificate='' [TLS]/TlsCheckPeerId=0
        """

    @Test func itBeginsAsThatOfTheOldVersion() throws {
        let expected = Self.lines.split(separator: " ").map(String.init)
        let lines = try listed("-V", "-m", "/mnt", "--", "true")
        #expect(expected.count == 29 && Array(lines.prefix(29)) == expected)
        #expect(lines.count > 29 && Set(lines).count == lines.count)
    }

    /// Mode and quantity are shown as given, also where the kind has none.
    @Test func valuesAreListedAsGiven() throws {
        let lines = try listed("-V", "-r", "a.b", "-l", "PR", "-q", "7", "-e", "no", "-o", "0", "--", "true")
        for line in [
            "[Resource]/Name='a.b'", "[Resource]/LockMode=3", "[Resource]/Quantity=7", "[Resource]/Create=0",
            "[Resource]/Timeout=0",
        ] {
            #expect(lines.contains(line), "\(line)")
        }
    }
}
