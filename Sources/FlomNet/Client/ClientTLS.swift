package import FlomNetCore
package import FlomSystem
internal import FlomWire
internal import Glibc

/// TLS on a client's connection. The socket stays as it is, and a command may inherit it as before; only this process uses it.
extension ClientConnection {
    /// The limit for the handshake. A daemon needs milliseconds, unless it is a 1.7.2 that waits for another client's handshake.
    private static let handshakeMilliseconds: Int64 = 10_000

    /// Makes the handshake, before anything is sent. The daemon's certificate has been verified when this returns.
    ///
    /// - Throws: `refused` if one side does not accept the other, `closed` if the daemon ended meanwhile, `timedOut`, `notFLoM`.
    package mutating func startTLS(_ credentials: TLSCredentials, until deadline: Deadline) throws(NetworkError) {
        let limit = Deadline.earlier(deadline, .after(milliseconds: Self.handshakeMilliseconds))
        let pump: TLSPump
        do { pump = try TLSPump(credentials) } catch {
            throw NetworkError(.failed, "TLS cannot be begun: \(error)", number: TLSNumber.handshake)
        }
        var heard: [UInt8] = []
        while !pump.isOpen {
            try sendAll(pump.outgoing())
            guard Polling.wait(for: POLLIN, on: socket.number, until: limit) else {
                throw NetworkError(
                    .timedOut,
                    "\(peer) does not answer the TLS handshake: it may be one that speaks plain text, or be busy",
                    number: TLSNumber.handshake)
            }
            guard let bytes = try receiveSome(), !bytes.isEmpty else { continue }
            if heard.count < ForeignServer.usefulBytes { heard += bytes.prefix(ForeignServer.usefulBytes) }
            if let refusal = refusal(opening: heard) { throw refusal }
            do throws(TLSPump.Broken) { try pump.receive(bytes) } catch {
                // Tells the daemon, if it still reads.
                try? sendAll(pump.outgoing())
                throw complaint(error.flaw, pump, credentials)
            }
        }
        if let objection = pump.objection {
            throw NetworkError(
                .refused, "the certificate of \(peer) (\(pump.peer?.subject ?? "")) \(objection)", number: TLSNumber.verification)
        }
        try sendAll(pump.outgoing())
        tls = pump
        opening = nil
        takePlainText(pump)
    }

    /// Receives encrypted bytes; nil if there are none after all.
    private mutating func receiveSome() throws(NetworkError) -> [UInt8]? {
        var bytes: [UInt8]?
        var count = 0
        withUnsafeTemporaryAllocation(byteCount: 16 * 1024, alignment: 1) { chunk in
            count = receiveBytes(chunk)
            if count > 0 { bytes = Array(chunk[..<count]) }
        }
        if count < 0 && errno == EAGAIN { return nil }
        guard count > 0 else { throw ended() }
        return bytes
    }

    private func ended() -> NetworkError {
        guard let tls else {
            return NetworkError(
                .closed,
                "\(peer) has closed the connection during the TLS handshake: it may be one that speaks plain text, or one that does "
                    + "not accept this certificate", number: TLSNumber.handshake)
        }
        if hasHeard { return NetworkError(.closed, "\(peer) has closed the connection") }
        let sentence =
            "\(peer) has ended the connection after the TLS handshake, without an answer: it does not accept the certificate of "
            + "this host (revoked, or made for another machine id); its log says why"
        // With a close_notify the end was on purpose. Without it the daemon may have been killed, or be a 1.7.2, which never sends one.
        return NetworkError(tls.isEnded ? .refused : .closed, sentence, number: TLSNumber.read)
    }

    /// The error for a server that does not speak TLS; nil if it does.
    private func refusal(opening: [UInt8]) -> NetworkError? {
        if opening.starts(with: PlainAlert.bytes) {
            return NetworkError(
                .refused, "\(peer) speaks plain text: leave the TLS options out, or start it with them",
                number: TLSNumber.handshake)
        }
        guard let first = opening.first, first != PlainAlert.alertRecord, first != PlainAlert.handshakeRecord else { return nil }
        if let foreign = ForeignServer(opening: opening) { return self.foreign(foreign) }
        return NetworkError(
            .notFLoM, "what answers on \(place) speaks plain text: leave the TLS options out, or check the address",
            number: TLSNumber.handshake)
    }

    private func complaint(_ flaw: HandshakeFlaw, _ pump: TLSPump, _ credentials: TLSCredentials) -> NetworkError {
        if flaw.isOurVerdict {
            return NetworkError(
                .refused, "\(peer) is not trusted: \(pump.whyNotVerified())", number: TLSNumber.verification)
        }
        if flaw.isAboutVersions {
            return NetworkError(
                .refused,
                "no version of TLS suits both \(peer) and this command, which wants \(credentials.settings.minimumVersion.rawValue) or "
                    + "newer", number: TLSNumber.handshake)
        }
        if let alert = flaw.alert {
            return NetworkError(.refused, "\(peer) refuses the TLS connection: \(alert)", number: TLSNumber.verification)
        }
        return NetworkError(
            .refused, "the TLS handshake with \(peer) failed: \(flaw.aboutKeys ?? flaw.shortened)", number: TLSNumber.handshake)
    }

    /// Decrypts everything that has come: nothing stays in the library of which `poll` would not tell.
    ///
    /// - Returns: false if nothing has come.
    mutating func readMoreSealed() throws(NetworkError) -> Bool {
        guard let pump = tls, let bytes = try receiveSome() else { return false }
        do throws(TLSPump.Broken) { try pump.receive(bytes) } catch {
            takePlainText(pump)
            if let alert = error.flaw.alert, !hasHeard {
                // In TLS 1.3 the daemon checks the client's certificate when the handshake is over for the client.
                throw NetworkError(.refused, "\(peer) refuses the TLS connection: \(alert)", number: TLSNumber.verification)
            }
            throw NetworkError(
                hasHeard ? .closed : .refused, "\(peer) has broken the TLS connection off: \(error.flaw.shortened)",
                number: TLSNumber.read)
        }
        takePlainText(pump)
        try? sendAll(pump.outgoing())
        // What came before the close_notify has been read.
        if pump.isEnded && !hasPlainText { throw ended() }
        return true
    }

    private mutating func takePlainText(_ pump: TLSPump) {
        let plain = pump.plainText()
        guard !plain.isEmpty else { return }
        hasHeard = true
        plain.withUnsafeBytes { feed($0) }
    }

    /// Checks, with `--tls-check-peer-id`, that the daemon runs on the machine for which its certificate was made.
    func checkPeerID(_ message: ServerMessage) throws(NetworkError) {
        guard let tls, tls.checksPeerID, case .answer(let answer) = message, answer.isFirst else { return }
        let name = tls.peer?.commonName
        guard answer.peerID == nil || answer.peerID != name else { return }
        throw NetworkError(
            .refused,
            "\(peer) says that its machine id is '\(answer.peerID ?? "")', but its certificate is made for '\(name ?? "")': it is not "
                + "the daemon that it claims to be, or the certificate belongs to another host", number: TLSNumber.peerIDDiffers)
    }

    func expectsTLS() -> NetworkError {
        NetworkError(
            .notFLoM,
            "\(peer) expects TLS: name --tls-certificate, --tls-private-key and --tls-ca-certificate, or the keys of [TLS]",
            number: -126)
    }
}
