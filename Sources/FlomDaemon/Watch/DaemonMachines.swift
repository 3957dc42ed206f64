internal import FlomModel
internal import FlomNet
internal import FlomNetCore
internal import FlomSystem

/// Finds machine ids that two machines share.
extension Daemon {
    /// Notes the machine of a client on another host.
    func noteMachine(of client: ClientIdentity, _ session: Session) {
        // A client with this daemon's machine id and another boot runs on a copy, because this daemon's own boot lives.
        let isOwn = client.machineID == machineID && !bootID.isEmpty && !client.bootID.isEmpty && client.bootID != bootID
        let isNews =
            isOwn && !machineID.isEmpty
            ? machineBoots.note(machineID)
            : machineBoots.heard(
                machine: client.machineID, boot: client.bootID, session.connection.session, now: Clock.boottimeNanoseconds())
        if isNews { logClone(client.machineID, client.address) }
    }

    /// Checks whether the machines of silent clients live beside newer boots with the same id: a client that holds a lock says
    /// nothing, but its kernel acknowledges what is sent to it. Call it once a second.
    func lookForClones() {
        let now = Clock.boottimeNanoseconds()
        for (machine, session, since) in machineBoots.suspects {
            guard let connection = sessions[session]?.connection, let silent = connection.millisecondsSinceAcknowledged(),
                now - silent * 1_000_000 > since + Self.leastLead, machineBoots.note(machine)
            else { continue }
            logClone(machine, connection.peerAddress?.text ?? "")
        }
        machineBoots.tidy(now: now)
    }

    /// The least time in nanoseconds between the first message of the newer boot and an acknowledgement of the older one. A
    /// message that was on its way proves nothing.
    private static let leastLead: Int64 = 1_000_000_000

    private func logClone(_ machine: String, _ address: String) {
        Log.warning(
            "the machine id \(machine) is that of two machines that run at the same time"
                + (address.isEmpty ? "" : ", one of them at \(address)")
                + ": it has been copied with a disk; give each its own (systemd-machine-id-setup), or reports and certificates "
                + "mean both", id: LogID.clonedMachine)
    }
}
