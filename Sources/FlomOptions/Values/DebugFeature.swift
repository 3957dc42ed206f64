/// `--debug-feature`: the four trials of 1.7.2 of connections between two hosts, with a time limit.
package enum DebugFeature: String, CaseIterable {
    case multicastServer = "IPv6.Multicast.Server"
    case multicastClient = "IPv6.Multicast.Client"
    case tlsServer = "TLS.Server"
    case tlsClient = "TLS.Client"
}
