/// `--debug-feature`: 1.7.2's four trials of what passes between two hosts, with an end.
package enum DebugFeature: String, CaseIterable {
    case multicastServer = "IPv6.Multicast.Server"
    case multicastClient = "IPv6.Multicast.Client"
    case tlsServer = "TLS.Server"
    case tlsClient = "TLS.Client"
}
