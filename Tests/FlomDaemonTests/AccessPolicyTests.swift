import FlomNet
import Testing

@testable import FlomDaemon
@testable import FlomNetCore
@testable import FlomSettings

/// Rights by the defaults and by rules.
struct AccessPolicyTests {
    enum Who: String, CaseIterable, Sendable {
        case owner, root, bob, anne, remote, loopback, certified, ownerOverTCP

        var identity: AccessIdentity {
            var who = AccessIdentity(daemonUID: 500)
            switch self {
            case .owner: (who.isOnSocket, who.uid, who.gids) = (true, 500, [500])
            case .root: (who.isOnSocket, who.uid, who.gids) = (true, 0, [0])
            case .bob: (who.isOnSocket, who.uid, who.gids) = (true, 1001, [1001, 27])
            case .anne: (who.isOnSocket, who.uid, who.gids) = (true, 1002, [1002])
            case .remote: who.address = InternetAddress(text: "10.1.2.3", port: 9)
            case .loopback: who.address = InternetAddress(text: "127.0.0.1", port: 9)
            case .certified:
                who.address = InternetAddress(text: "10.1.2.3", port: 9)
                who.certificate = "CN=host1,O=Here"
            case .ownerOverTCP: (who.address, who.uid) = (InternetAddress(text: "127.0.0.1", port: 9), 500)
            }
            return who
        }
    }

    private static func policy(_ rules: [String], remote: Bool = false) throws -> AccessPolicy {
        AccessPolicy(
            try rules.enumerated().map { try AccessRule($1, place: "f:\($0 + 1)") }, letsRemoteAdministrate: remote)
    }

    /// L lock, R read, C read-commands, B break, S shutdown, P prune.
    private static func may(_ policy: AccessPolicy, _ who: Who, on resource: String?) -> String {
        zip(AccessRight.allCases, "LRCBSP").filter { right, _ in
            policy.decide(right, who.identity, on: right.namesResource ? resource.map { Array($0.utf8) } : nil).isAllowed
        }.map { String($1) }.joined()
    }

    @Test(arguments: [
        (Who.owner, "LRCBSP"), (.root, "LRCBSP"), (.bob, "LR"), (.anne, "LR"), (.remote, "LR"), (.loopback, "LR"),
        (.certified, "LR"), (.ownerOverTCP, "LRS"),
    ])
    func theDefaults(who: Who, may: String) throws {
        #expect(Self.may(AccessPolicy(), who, on: "R") == may)
        // RemoteAdmin gives these rights to clients with a verified certificate, and to no others.
        #expect(Self.may(try Self.policy([], remote: true), who, on: "R") == (who == .certified ? "LRBSP" : may))
    }

    @Test(arguments: [
        (["deny all to anybody"], Who.owner, "R", ""),
        (["deny all to anybody"], .remote, "R", ""),
        (["allow all to uid 1001", "deny all to anybody"], .bob, "R", "LRCBSP"),
        (["allow all to uid 1001", "deny all to anybody"], .anne, "R", ""),
        (["deny all to anybody", "allow all to uid 1001"], .bob, "R", ""),
        (["allow break to group 27"], .bob, "R", "LRB"),
        (["allow break to group 27"], .anne, "R", "LR"),
        (["allow lock to uid 1000-1999 on backup*", "deny lock to anybody"], .bob, "backup-7", "LR"),
        (["allow lock to uid 1000-1999 on backup*", "deny lock to anybody"], .bob, "other", "R"),
        (["allow lock to uid 1000-1999 on backup*", "deny lock to anybody"], .remote, "backup-7", "R"),
        (["deny lock,read to anybody on secret?"], .bob, "secret1", ""),
        (["deny lock,read to anybody on secret?"], .bob, "secret", "LR"),
        (["allow lock to certificate CN=host1*", "deny all to anybody"], .certified, "R", "L"),
        (["allow lock to certificate CN=host1", "deny all to anybody"], .certified, "R", ""),
        // Without a certificate no pattern matches, not even `*`.
        (["allow all to certificate *", "deny all to anybody"], .remote, "R", ""),
        (["deny all to address 10.0.0.0/8"], .remote, "R", ""),
        (["deny all to address 10.0.0.0/8"], .loopback, "R", "LR"),
        (["deny all to address 0.0.0.0/0"], .bob, "R", "LR"),
        (["deny lock to loopback"], .loopback, "R", "R"),
        (["deny lock to local"], .bob, "R", "R"),
        (["deny lock to local"], .remote, "R", "LR"),
        (["deny shutdown to same-user"], .ownerOverTCP, "R", "LR"),
        (["allow break to same-user"], .ownerOverTCP, "R", "LRBS"),
        (["deny break to root"], .root, "R", "LRCSP"),
        (["allow read-commands to uid 1001 on a*"], .bob, "ab", "LRC"),
    ])
    func theFirstRuleThatAppliesDecides(rules: [String], who: Who, resource: String, may: String) throws {
        #expect(Self.may(try Self.policy(rules), who, on: resource) == may)
    }

    @Test(arguments: [
        ([], AccessPolicy.Extent.all), (["deny read to anybody"], .none), (["allow read to anybody on a*"], .all),
        (["deny read to anybody on a*"], .some), (["allow read to uid 1001 on a*", "deny read to anybody"], .some),
        (["allow read to uid 9 on a*", "deny read to anybody"], .none),
        (["deny read to anybody on a*", "deny read to anybody"], .none),
    ])
    func theReadableResources(rules: [String], extent: AccessPolicy.Extent) throws {
        #expect(try Self.policy(rules).extent(of: .read, Who.bob.identity) == extent)
    }

    @Test func theDecisionNamesItsRule() throws {
        let policy = try Self.policy(["deny lock to uid 7", "allow lock to anybody on a*", "deny lock to anybody"])
        #expect(policy.decide(.lock, Who.bob.identity, on: Array("ab".utf8)).source == "f:2: allow lock to anybody on a*")
        #expect(policy.decide(.lock, Who.bob.identity, on: Array("b".utf8)).source == "f:3: deny lock to anybody")
        #expect(
            policy.decide(.prune, Who.bob.identity).source
                == "default: only the user who runs the daemon, or root, may do that, over its socket")
        let lines = policy.explanation(Who.bob.identity, on: nil).filter { $0.right == .lock }
        #expect(lines.map(\.on) == ["a*", nil] && lines.map(\.decision.isAllowed) == [true, false])
    }

    @Test func aNameThatNobodyHasIsNoRule() throws {
        var settings = AccessSettings()
        settings.rules = [try AccessRule("deny lock to user no-such-user-here", place: "f:3")]
        let error = #expect(throws: DaemonError.self) { try settings.policy() }
        #expect(error?.sentence.contains("f:3: this host knows no user 'no-such-user-here'") == true)
        settings.rules = [try AccessRule("deny lock to user root", place: "f:3")]
        #expect(try settings.policy().rules.map(\.who) == [.users(0...0)])
    }
}
