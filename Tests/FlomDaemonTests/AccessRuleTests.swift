import FlomNet
import Testing

@testable import FlomDaemon
@testable import FlomNetCore
@testable import FlomSettings

/// The grammar of the rules, word by word.
struct AccessRuleTests {
    typealias Row = (text: String, allows: Bool, rights: String, who: AccessWho, pattern: String?)

    static let rules: [Row] = [
        ("allow lock,read to uid 1000-1999 on backup*", true, "lock,read", AccessWho.users(1000...1999), "backup*"),
        ("allow all to gid admin", true, "lock,read,read-commands,break,shutdown,prune", .groupNamed("admin"), nil),
        ("allow lock to certificate CN=host1*", true, "lock", .certificate("CN=host1*"), nil),
        (
            "deny all to address 10.0.0.0/8", false, "lock,read,read-commands,break,shutdown,prune",
            .addresses(AddressPrefix("10.0.0.0/8")!), nil
        ),
        ("deny all to anybody", false, "lock,read,read-commands,break,shutdown,prune", .anybody, nil),
        ("deny lock to user bob", false, "lock", .userNamed("bob"), nil),
        ("deny lock to user 7", false, "lock", .users(7...7), nil),
        ("allow read-commands to group 4294967295", true, "read-commands", .groups(.max ... .max), nil),
        ("allow break to same-user on \"a b\"", true, "break", .sameUser, "a b"),
        ("allow prune to root", true, "prune", .root, nil),
        ("allow shutdown to loopback", true, "shutdown", .loopback, nil),
        ("  allow   lock  to   local  ", true, "lock", .local, nil),
        ("allow lock to certificate \"CN=host 1,O=*\"", true, "lock", .certificate("CN=host 1,O=*"), nil),
        ("allow lock to address fd00::/8", true, "lock", .addresses(AddressPrefix("fd00::/8")!), nil),
    ]

    @Test(arguments: rules)
    func rulesAreWhatTheySay(row: Row) throws {
        let (text, allows, rights, who, pattern) = row
        let rule = try AccessRule(text, place: "f:1")
        #expect(rule.allows == allows && rule.who == who && rule.pattern == pattern)
        #expect(AccessRight.allCases.filter(rule.rights.contains).map(\.rawValue).joined(separator: ",") == rights)
        #expect(rule.text == text && rule.place == "f:1")
    }

    @Test(arguments: [
        ("", "allow or deny"), ("permit lock to root", "allow or deny"), ("allow", "allow or deny"),
        ("allow lock", "allow or deny"), ("allow lock for root", "allow or deny"), ("allow lock to", "allow or deny"),
        ("Allow lock to root", "allow or deny"), ("allow locks to root", "rights"), ("allow lock,,read to root", "rights"),
        ("allow lock,all to root", "rights"), ("allow lock, read to root", "allow or deny"), ("allow lock to bob", "WHO"),
        ("allow lock to uid", "a value"), ("allow lock to uid 5-2", "the lower one first"),
        ("allow lock to uid 1-2-3", "a number"), ("allow lock to uid 4294967296", "a number"),
        ("allow lock to uid 1x", "a number"),
        ("allow lock to uid 1-", "a number"), ("allow lock to address 10.0.0.1/8", "no bits set"),
        ("allow lock to address 10.0.0.0/33", "address"), ("allow lock to address 10.0.0.0/", "address"),
        ("allow lock to address host", "address"), ("allow lock to address fe80::1%lo", "address"),
        ("allow lock to root on", "nothing behind WHO"), ("allow lock to root on a b", "nothing behind WHO"),
        ("allow lock to root on \"\"", "nothing behind WHO"), ("allow lock to root at a", "nothing behind WHO"),
        ("allow all to root on a*", "concern no resource"), ("allow shutdown,lock to root on a*", "concern no resource"),
        ("allow lock to user \"bob", "second \""), ("allow lock to user \"bob\"x", "blank behind"),
        ("allow lock to user b\"ob", "around a whole word"), ("allow lock to\troot", "control characters"),
        ("allow lock to root\nallow all to anybody", "control characters"),
    ])
    func everythingElseIsRefusedWithWhatIsAccepted(text: String, accepted: String) throws {
        let mistake = #expect(throws: AccessRule.Mistake.self) { try AccessRule(text, place: "f:1") }
        #expect(mistake?.accepted.contains(accepted) == true, "\(mistake?.accepted ?? "")")
    }

    @Test func aRuleHasABound() {
        let long = "allow lock to user " + String(repeating: "x", count: AccessRule.longest)
        #expect(throws: AccessRule.Mistake.self) { try AccessRule(long, place: "f:1") }
    }

    @Test(arguments: [
        ("10.0.0.0/8", "10.255.1.2", true), ("10.0.0.0/8", "11.0.0.0", false), ("10.0.0.0/9", "10.127.0.1", true),
        ("10.0.0.0/9", "10.128.0.1", false), ("0.0.0.0/0", "1.2.3.4", true), ("0.0.0.0/0", "::1", false),
        ("1.2.3.4", "1.2.3.4", true), ("1.2.3.4", "1.2.3.5", false), ("fd00::/8", "fd12::1", true),
        ("fd00::/8", "fe80::1", false),
        ("::1", "::1", true), ("10.0.0.0/8", "::ffff:10.1.1.1", true),
    ])
    func prefixesHoldTheirAddresses(prefix: String, address: String, isInside: Bool) throws {
        let prefix = try #require(AddressPrefix(prefix))
        #expect(prefix.contains(try #require(InternetAddress(text: address, port: 1))) == isInside)
    }
}
