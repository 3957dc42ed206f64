import Testing

@testable import FlomNet
@testable import FlomNetCore

/// Names with several addresses. Those of 203.0.113.0/24 and 2001:db8::/32 are nobody's.
@Suite struct HostAddressesTests {
    private func addresses(_ texts: [String]) throws -> [InternetAddress] {
        try texts.map { try #require(InternetAddress(text: $0, port: 1)) }
    }

    static let turned: [([String], [String])] = [
        (["203.0.113.2", "203.0.113.1"], ["203.0.113.1", "203.0.113.2"]),
        (["203.0.113.1", "203.0.113.2"], ["203.0.113.1", "203.0.113.2"]),
        (
            ["2001:db8::2", "203.0.113.2", "2001:db8::1", "203.0.113.1"],
            ["2001:db8::1", "2001:db8::2", "203.0.113.1", "203.0.113.2"]
        ),
        (["203.0.113.2", "2001:db8::1", "203.0.113.1"], ["203.0.113.1", "203.0.113.2", "2001:db8::1"]),
        ([], []),
    ]

    @Test(arguments: turned) func theOrderIsAlwaysTheSame(given: [String], tried: [String]) throws {
        #expect(HostAddresses.canonical(try addresses(given)).map(\.text) == tried)
    }

    static let names: [([String], Bool)] = [
        (["203.0.113.1"], false), (["127.0.0.1", "127.0.1.1"], false), (["::1", "127.0.0.1"], false),
        // One host of both families.
        (["2001:db8::1", "203.0.113.1"], false),
        (["203.0.113.1", "203.0.113.2"], true), (["127.0.0.1", "203.0.113.2"], true),
        (["203.0.113.1", "2001:db8::1", "2001:db8::2"], true),
    ]

    @Test(arguments: names) func severalOfAFamilyMayBeSeveralHosts(texts: [String], areSeveral: Bool) throws {
        #expect(HostAddresses.areSeveral(try addresses(texts)) == areSeveral)
    }

    @Test func whoWasPassedOverIsNamed() throws {
        let all = try addresses(["2001:db8::1", "203.0.113.1", "203.0.113.2"])
        #expect(HostAddresses.passed(all, before: all[2]) == [all[1]])
        #expect(HostAddresses.passed(all, before: all[1]).isEmpty)
        #expect(HostAddresses.passed(Array(all[..<2]), before: all[1]).isEmpty)
    }
}
