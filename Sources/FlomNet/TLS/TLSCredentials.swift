package import FlomNetCore
internal import FlomSystem
internal import Glibc
internal import NIOCore
internal import NIOSSL
internal import Synchronization

/// The TLS files in use, loaded again when they change. Several threads of a program may share them.
package final class TLSCredentials: Sendable {
    package enum Side: Sendable {
        case client
        case daemon
    }

    package let settings: TLSSettings
    private let side: Side
    private struct InUse {
        var loaded: Loaded
        var versions: [FileVersion?]
    }

    private let inUse: Mutex<InUse>
    private var loaded: Loaded { inUse.withLock(\.loaded) }

    /// - Parameter hidesMemory: false in a library: the process is not its own.
    /// - Throws: `refused`, with 1.7.2's number for the wrong file.
    package init(_ settings: TLSSettings, for side: Side, hidesMemory: Bool = true) throws(NetworkError) {
        self.settings = settings
        self.side = side
        let versions = Self.versions(of: settings)
        if hidesMemory { Processes.hideMemory() }
        inUse = Mutex(InUse(loaded: try Loaded(settings, side), versions: versions))
    }

    var context: NIOSSLContext { loaded.context }
    var revoked: RevocationList { loaded.revoked }
    var authorities: [NIOSSLCertificate] { loaded.authorities }

    /// Why a peer with a verified certificate is refused all the same; completes "the certificate of X …"; nil if it is not.
    func objection(to certificate: NIOSSLCertificate) -> String? {
        if revoked.contains(certificate) { return "is revoked, says '\(settings.revoked ?? "")'" }
        return certificate.objection(isTrusted: authorities.contains(certificate))
    }

    // MARK: - Change

    package enum Refreshing: Sendable {
        case unchanged
        case renewed
        /// The new files cannot be used. Those that were loaded before stay in use.
        case broken(NetworkError)
    }

    /// Loads the files again if they have changed, all or none: a user who replaces several needs a moment, and a certificate without its
    /// key is useless.
    package func refresh() -> Refreshing {
        let found = Self.versions(of: settings)
        let isNew = inUse.withLock { inUse in
            defer { inUse.versions = found }
            return found != inUse.versions
        }
        guard isNew else { return .unchanged }
        do {
            let loaded = try Loaded(settings, side)
            inUse.withLock { $0.loaded = loaded }
            return .renewed
        } catch { return .broken(error) }
    }

    private struct FileVersion: Hashable, Sendable {
        let device: UInt64
        let inode: UInt64
        let size: Int64
        let seconds: Int
        let nanoseconds: Int
    }

    private static func versions(of settings: TLSSettings) -> [FileVersion?] {
        settings.files.map { path in
            Files.status(of: path).map {
                FileVersion(
                    device: UInt64($0.st_dev), inode: UInt64($0.st_ino), size: Int64($0.st_size),
                    seconds: $0.st_mtim.tv_sec, nanoseconds: $0.st_mtim.tv_nsec)
            }
        }
    }

    /// The identity in this host's certificate.
    package var own: TLSPeer? { loaded.chain.first.map { TLSPeer($0) } }

    // MARK: - Expiry

    /// The expiry of a file's certificates in use: that of the first one that expires.
    package struct Expiry: Hashable, Sendable {
        package let file: String
        package let subject: String
        /// The end of validity: microseconds since 1970-01-01 UTC.
        package let endsAt: Int64

        /// The days until then, at least 0.
        package func daysLeft(now: Int64) -> Int64 { max(0, (endsAt - now) / 86_400_000_000) }
    }

    /// The expiries of the certificate file and the CA file, the earlier one first.
    package var expiries: [Expiry] {
        [(settings.certificate, loaded.chain), (settings.authorities, loaded.authorities)].compactMap { file, certificates in
            certificates.min { $0.notValidAfter < $1.notValidAfter }.map {
                Expiry(file: file, subject: TLSPeer($0).subject, endsAt: Int64($0.notValidAfter) * 1_000_000)
            }
        }.sorted { $0.endsAt < $1.endsAt }
    }
}

private struct Loaded: Sendable {
    let chain: [NIOSSLCertificate]
    let authorities: [NIOSSLCertificate]
    let context: NIOSSLContext
    let revoked: RevocationList

    init(_ settings: TLSSettings, _ side: TLSCredentials.Side) throws(NetworkError) {
        chain = try Self.certificates(settings.certificate, "certificate", number: TLSNumber.certificate)
        authorities = try Self.certificates(settings.authorities, "CA certificate", number: TLSNumber.authorities)
        // Before the key, which the library calls unusable if it does not know its kind.
        try Self.judge(chain, of: settings.certificate, number: TLSNumber.certificate)
        try Self.judge(authorities, of: settings.authorities, number: TLSNumber.authorities)
        let key = try Self.privateKey(settings.privateKey)
        revoked = try settings.revoked.map { path throws(NetworkError) in try Self.revocations(path) } ?? RevocationList()

        var configuration =
            switch side {
            case .client: TLSConfiguration.makeClientConfiguration()
            case .daemon:
                TLSConfiguration.makeServerConfiguration(
                    certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
            }
        configuration.certificateChain = chain.map { .certificate($0) }
        configuration.privateKey = .privateKey(key)
        // Both sides need a certificate from a CA of the file. Hosts are identified by their ids, not by their names.
        configuration.certificateVerification = .noHostnameVerification
        configuration.trustRoots = .certificates(authorities)
        configuration.minimumTLSVersion = settings.minimumVersion == .tls13 ? .tlsv13 : .tlsv12
        // The suites of TLS 1.2 that encrypt and authenticate in one step, as all of 1.3 do. 1.7.2's OpenSSL chooses from these anyway.
        configuration.cipherSuites = "ECDHE+AESGCM:ECDHE+CHACHA20"
        // With algorithms that the library leaves out because browsers do not use them, and without those with SHA-1 that it accepts.
        configuration.verifySignatureAlgorithms = Self.signatures
        configuration.signingSignatureAlgorithms = Self.signatures
        configuration.curves = [.x25519_MLKEM768, .x25519, .secp256r1, .secp384r1, .secp521r1]
        // 1.7.2's peers do not answer a close_notify: the wait is short.
        configuration.shutdownTimeout = .milliseconds(200)
        do { context = try NIOSSLContext(configuration: configuration) } catch {
            throw NetworkError(
                .refused,
                "the private key in '\(settings.privateKey)' does not belong to the certificate in '\(settings.certificate)'",
                number: TLSNumber.privateKey)
        }
    }

    private static let signatures: [SignatureAlgorithm] = [
        .ecdsaSecp256R1Sha256, .ed25519, .ecdsaSecp384R1Sha384, .ecdsaSecp521R1Sha512, .rsaPssRsaeSha256, .rsaPssRsaeSha384,
        .rsaPssRsaeSha512, .rsaPkcs1Sha256, .rsaPkcs1Sha384, .rsaPkcs1Sha512,
    ]

    /// - Throws: `refused` for a key or a signature that no peer accepts, or none should.
    private static func judge(_ certificates: [NIOSSLCertificate], of path: String, number: Int32) throws(NetworkError) {
        for certificate in certificates {
            // A root has signed itself.
            let isRoot = certificate.issuerName == certificate.subjectName
            guard let objection = certificate.objection(isTrusted: isRoot) else { continue }
            throw NetworkError(
                .refused, "the certificate '\(TLSPeer(certificate).subject)' in '\(path)' \(objection)", number: number)
        }
    }

    /// The largest file in bytes: more than any chain or collection of CAs has. A revocation list of a large CA may be longer.
    private static let sizeLimit = 1 << 20
    private static let revocationLimit = 64 << 20

    private static func contents(_ path: String, _ what: String, limit: Int = sizeLimit, number: Int32?) throws(NetworkError)
        -> [UInt8]
    {
        guard let bytes = Files.contents(of: path, limit: limit) else {
            throw NetworkError(
                .refused, "the \(what) file '\(path)' cannot be read: \(SystemError("open").reason)", number: number)
        }
        return bytes
    }

    private static func certificates(_ path: String, _ what: String, number: Int32) throws(NetworkError) -> [NIOSSLCertificate] {
        let bytes = try contents(path, what, number: number)
        guard let found = try? NIOSSLCertificate.fromPEMBytes(bytes), !found.isEmpty else {
            throw NetworkError(
                .refused, "the \(what) file '\(path)' has no certificate in PEM (-----BEGIN CERTIFICATE-----)", number: number)
        }
        return found
    }

    private static func privateKey(_ path: String) throws(NetworkError) -> NIOSSLPrivateKey {
        let bytes = try contents(path, "private key", number: TLSNumber.privateKey)
        guard let key = try? NIOSSLPrivateKey(bytes: bytes, format: .pem, passphraseCallback: { $0([]) }) else {
            throw NetworkError(
                .refused,
                "the private key file '\(path)' has no key in PEM that can be used (-----BEGIN PRIVATE KEY-----); "
                    + "one that is encrypted has to be decrypted first", number: TLSNumber.privateKey)
        }
        return key
    }

    private static func revocations(_ path: String) throws(NetworkError) -> RevocationList {
        let bytes = try contents(path, "revocation", limit: revocationLimit, number: nil)
        do { return try RevocationList(bytes) } catch {
            throw NetworkError(.refused, "the revocation file '\(path)' cannot be used: \(error.reason)")
        }
    }
}
