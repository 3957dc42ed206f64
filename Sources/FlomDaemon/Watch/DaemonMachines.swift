internal import FlomModel
internal import FlomNet
internal import FlomNetCore
internal import FlomSystem

/// Whose ids are copies.
extension Daemon {
    /// Of a client on another host.
    func noteMachine(of client: ClientIdentity, _ session: Session) {
        // This daemon's own boot is the one of its machine that lives.
        let isOwn = client.machineID == machineID && !bootID.isEmpty && !client.bootID.isEmpty && client.bootID != bootID
        let isNews =
            isOwn && !machineID.isEmpty
            ? machineBoots.note(machineID)
            : machineBoots.heard(
                machine: client.machineID, boot: client.bootID, session.connection.session, now: Clock.boottimeNanoseconds())
        if isNews { logClone(client.machineID, client.address) }
    }

    /// Once a second: a silent holder says nothing, but its machine acknowledges that it is there.
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

    /// An acknowledgement that was on its way when the other boot was heard proves nothing.
    private static let leastLead: Int64 = 1_000_000_000

    private func logClone(_ machine: String, _ address: String) {
        Log.warning(
            "the machine id \(machine) is that of two machines that run at the same time"
                + (address.isEmpty ? "" : ", one of them at \(address)")
                + ": it has been copied with a disk; give each its own (systemd-machine-id-setup), or reports and certificates "
                + "mean both", id: LogID.clonedMachine)
    }
}
