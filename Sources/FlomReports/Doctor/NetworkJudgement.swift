/// Judges the ways to a daemon over a network.
package enum NetworkJudgement {
    /// An address on which the daemon listens and that its host no longer has.
    package static func dead(_ address: String, of name: String) -> DoctorFinding {
        DoctorFinding(
            .problem, .address, name,
            "the daemon listens on \(address), which its host no longer has: no client can connect there",
            advice: "give the host that address, let the name lead to the present one, or start the daemon with one that stays")
    }

    /// Judges what a name given with `-a` resolves to.
    ///
    /// - Parameters:
    ///   - addresses: the addresses as text.
    ///   - isLoopback: whether all addresses are this host's own.
    ///   - areSeveral: whether the addresses may belong to several hosts.
    package static func name(
        _ name: String, addresses: [String], isLoopback: Bool, isLiteral: Bool, areSeveral: Bool = false
    ) -> DoctorFinding {
        let list = addresses.joined(separator: ", ")
        if isLoopback && !isLiteral && name != "localhost" {
            return DoctorFinding(
                .warning, .address, name, "means \(list) on this host: other hosts cannot reach a daemon that is started with it",
                advice: "use an address of a network interface, or correct /etc/hosts")
        }
        if areSeveral {
            return DoctorFinding(
                .warning, .address, name,
                "means \(list): each may have a daemon of its own, and commands use the first that answers",
                advice: "use one address, or a multicast group (-A), so that all commands mean the same daemon")
        }
        return DoctorFinding(.ok, .address, name, isLiteral ? "is an address" : "means \(list)")
    }

    /// A network interface, and the result of a discovery query that was sent on it.
    package struct Interface: Hashable, Sendable {
        package var name: String
        package var isLoopback = false
        /// Whether the interface is up, has an address of the group's family, and is not told to leave multicast alone.
        package var isCapable = true
        /// Why the query could not be sent; nil if it was.
        package var sendFailure: String?
        /// Whether a firewall has refused the query.
        package var isForbidden = false
        /// Why answers could not be received; nil if they could.
        package var joinFailure: String?
        package var isHeard = false
        /// The addresses of the daemons that have answered.
        package var answers: [String] = []

        package init(_ name: String) { self.name = name }
    }

    /// - Parameter place: group and port.
    package static func multicast(_ interface: Interface, group: String, port: UInt16) -> DoctorFinding {
        let place = "\(interface.name) \(group)"
        let open = "let UDP port \(port) of group \(group) pass (nft list ruleset or iptables -S shows the rules to root)"
        guard interface.isCapable else {
            return DoctorFinding(
                .warning, .multicast, place, "the interface does no multicast, so discovery leaves it out",
                advice: "ip link set \(interface.name) multicast on, if the daemon is to be found through it")
        }
        if let failure = interface.sendFailure {
            return DoctorFinding(
                .problem, .multicast, place, "a query cannot be sent: \(failure)",
                advice: interface.isForbidden
                    ? "a firewall forbids it: \(open)" : "check address and route of the interface (ip addr, ip route)")
        }
        if let failure = interface.joinFailure {
            return DoctorFinding(
                interface.answers.isEmpty ? .warning : .note, .multicast, place,
                "sent a query, but could not listen for it here: \(failure)",
                advice: "find the program that uses UDP port \(port) (ss -ulpn), or choose another with --multicast-port")
        }
        guard interface.isHeard else {
            return DoctorFinding(
                .problem, .multicast, place,
                "sent a query, and did not hear it back on the same interface: a firewall of this host drops multicast silently",
                advice: open)
        }
        let answers = interface.answers.isEmpty ? "" : "; a daemon answers from \(interface.answers.joined(separator: ", "))"
        return DoctorFinding(.ok, .multicast, place, "sent a query, and heard it back\(answers)")
    }

    /// Judges the results of all interfaces together.
    ///
    /// - Parameters:
    ///   - answers: the addresses of the different daemons that have answered.
    ///   - hasHeard: whether a query was heard back on an interface other than the loopback one.
    ///   - known: the address of a daemon that answers at `-a`; nil if none does, or no address was given.
    package static func group(
        _ group: String, port: UInt16, answers: [String], hasHeard: Bool, known: String?
    ) -> DoctorFinding {
        if answers.count > 1 {
            return DoctorFinding(
                .warning, .multicast, group, "\(answers.count) daemons answer, from \(answers.joined(separator: ", "))",
                advice: "end all but one with -X: the locks of one mean nothing to the others")
        }
        if let first = answers.first { return DoctorFinding(.ok, .multicast, group, "a daemon answers from \(first)") }
        if let known {
            return DoctorFinding(
                .problem, .multicast, group,
                "no daemon answers, though one serves \(known)" + (hasHeard ? " and queries leave this host" : "")
                    + ": it is in another group, or something on the way drops multicast silently",
                advice:
                    "compare its -A and -P (ps), let UDP port \(port) pass on its host, look at the switch (IGMP snooping without a "
                    + "querier), and see what arrives there: tcpdump -ni any udp port \(port)")
        }
        return DoctorFinding(
            .note, .multicast, group, "no daemon answers: none runs, or something on the way drops multicast silently",
            advice:
                "give -a HOST of the daemon too, and this can tell the two apart; firewalls, switches and routers drop multicast "
                + "without a word")
    }
}
