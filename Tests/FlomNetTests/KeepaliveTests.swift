import FlomNet
import FlomNetCore
import Testing

@Suite struct KeepaliveTests {
    @Test(arguments: [(1, 1, 1), (32767, 32767, 127), (60, 10, 6)]) func accepted(_ idle: Int, _ interval: Int, _ probes: Int)
        throws
    {
        let keepalive = try Keepalive(idleSeconds: idle, intervalSeconds: interval, probes: probes)
        #expect((keepalive.idleSeconds, keepalive.intervalSeconds, keepalive.probes) == (idle, interval, probes))
    }

    @Test(arguments: [
        (0, 10, 6, "idle time"), (32768, 10, 6, "idle time"), (-1, 10, 6, "idle time"), (60, 0, 6, "interval"),
        (60, 32768, 6, "interval"), (60, 10, 0, "probes"), (60, 10, 128, "probes"),
    ])
    func refused(_ idle: Int, _ interval: Int, _ probes: Int, _ word: String) throws {
        let error = try #require(
            failure { () throws(NetworkError) in try Keepalive(idleSeconds: idle, intervalSeconds: interval, probes: probes) })
        #expect(error.kind == .refused)
        #expect(error.sentence.contains(word), "\(error.sentence)")
    }

    @Test func standardIsThatOf172() throws {
        #expect(try Keepalive() == .standard)
        #expect(try Keepalive() == Keepalive(idleSeconds: 60, intervalSeconds: 10, probes: 6))
    }
}
