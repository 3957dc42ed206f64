import Foundation

/// FLoM 1.7.2 over TLS, in both roles, as far as it differs from plain text: a process of its own, because it reads through OpenSSL
/// and waits on the raw descriptor, at most six bytes at a time, and says no farewell.
package enum LegacyTLSPeer {
    /// Locks and unlocks `R1`; prints the version of TLS with each answer, and `parted` at the end.
    ///
    /// - Parameter version: the only version that it speaks, as Python calls it: `TLSv1_2`.
    package static func client(
        in box: Sandbox, at place: String, _ certificates: Certificates, _ id: String, peerID: String, version: String = ""
    ) async throws -> Outcome {
        try await box.run(try words("client", in: box, at: place, certificates, id, peerID) + [version])
    }

    /// Grants every lock; prints `listening`, the version of TLS, and each message.
    ///
    /// - Parameter peerID: the id that it sends; with `check` it silently closes connections with another certificate.
    package static func daemon(
        in box: Sandbox, at place: String, _ certificates: Certificates, _ id: String, peerID: String
    ) async throws -> RunningProcess {
        let process = try box.start(try words("server", in: box, at: place, certificates, id, peerID))
        try await eventually("the stand-in listens: \(process.errorsSoFar)") { process.outputSoFar.contains("listening") }
        return process
    }

    private static func words(
        _ role: String, in box: Sandbox, at place: String, _ certificates: Certificates, _ id: String, _ peerID: String
    ) throws -> [String] {
        let program = box.path("old-tls.py")
        try Files.write(script, to: program)
        return [
            "python3", program, role, place, certificates.certificate(id), certificates.key(id), certificates.authority, peerID,
        ]
    }

    private static let script = #"""
        import socket, ssl, sys, select, base64, os
        role, where, cert, key, ca, mid = sys.argv[1:7]
        version = sys.argv[7] if len(sys.argv) > 7 else ""
        HEAD = '<?xml version="1.0" encoding="UTF-8" ?>'
        NAME = base64.b64encode(b"R1").decode()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT if role == "client" else ssl.PROTOCOL_TLS_SERVER)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_cert_chain(cert, key)
        context.load_verify_locations(ca)
        if version:
            context.minimum_version = context.maximum_version = getattr(ssl.TLSVersion, version)
        def address(place):
            return (socket.AF_UNIX, place) if place.startswith("/") else (socket.AF_INET, ("127.0.0.1", int(place)))
        def message(stream):
            # Waits on the raw descriptor, where what the library has already decrypted does not show; then reads no byte too many.
            if not select.select([stream.fileno()], [], [], 10)[0]: sys.exit("nothing to read within 10 s")
            data = b""
            while not data.endswith(b"</msg>"):
                want = 6
                for known in range(5, 0, -1):
                    if data.endswith(b"</msg>"[:known]): want = 6 - known; break
                part = stream.read(want)
                if not part: return None
                data += part
            return data.decode()
        family, place = address(where)
        raw = socket.socket(family)
        if role == "client":
            raw.connect(place)
            stream = context.wrap_socket(raw, suppress_ragged_eofs=True)
            stream.write((HEAD + f'<msg level="3" verb="1" step="8"><session peerid="{mid}"/><resource name="{NAME}" mode="5" wait="1" quantity="1" create="1" lifespan="0"/></msg>').encode())
            while True:
                answer = message(stream)
                if answer is None: sys.exit("-409")
                print(stream.version(), answer, flush=True)
                if 'rc="0"' in answer: break
            stream.write((HEAD + f'<msg level="3" verb="2" step="8"><resource name="{NAME}" rollback="0"/></msg>').encode())
            bare = socket.socket(fileno=stream.detach())
            bare.shutdown(socket.SHUT_WR)
            bare.settimeout(10)
            while bare.recv(1024): pass
            print("parted", flush=True)
        else:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            raw.bind(place); raw.listen(5)
            print("listening", raw.getsockname()[1] if family == socket.AF_INET else "", flush=True)
            while True:
                connection, _ = raw.accept()
                try:
                    stream = context.wrap_socket(connection, server_side=True, suppress_ragged_eofs=True)
                    request = message(stream)
                    if request is None: continue
                    name = dict(x[0] for x in stream.getpeercert()["subject"])["commonName"]
                    print(stream.version(), request, flush=True)
                    if mid == "check" and f'peerid="{name}"' not in request:
                        continue
                    own = mid if mid != "check" else name
                    stream.write((HEAD + f'<msg level="3" verb="1" step="16"><session peerid="{own}"/><answer rc="0"/></msg>').encode())
                    print(message(stream), flush=True)
                    if message(stream) is not None: print("two messages in one record?", flush=True)
                except ssl.SSLError as error:
                    print("failed", error, flush=True)
                finally:
                    try: os.close(stream.detach())
                    except Exception: connection.close()
        """#
}
