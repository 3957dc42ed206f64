package import FlomNetCore

/// The reader, as far as the kernel, a verified certificate or the way of the packets vouches for it.
package struct HTTPPeer: Sendable {
    /// The process at the other end of a UNIX socket; nil over TCP.
    package let credentials: PeerCredentials?
    /// The address at the other end of a TCP connection; nil on a UNIX socket.
    package let address: InternetAddress?
    /// The subject of the certificate that was shown over TLS.
    package let certificate: String?

    package init(credentials: PeerCredentials?, address: InternetAddress?, certificate: String? = nil) {
        self.credentials = credentials
        self.address = address
        self.certificate = certificate
    }
}
