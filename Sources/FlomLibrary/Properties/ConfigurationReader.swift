internal import CFlomLibrary
internal import FlomConfiguration
internal import FlomModel
internal import FlomNetCore
internal import FlomSystem

/// Reads configuration files for the library: the keys of properties. All others are the command's, and lines that are none are skipped, as
/// the command does with a warning.
struct ConfigurationReader {
    private var properties = Properties()
    private var appendsTrace = false
    /// The places of the socket's and the address's names, for a refusal.
    private var socketPlace: String?
    private var addressPlace: String?

    init() {}

    mutating func read(_ bytes: [UInt8], of path: String) throws(Failure) {
        var group: String?
        for (index, line) in ConfigurationLine.lines(bytes).enumerated() {
            switch line {
            case .nothing, .unknown: continue
            case .groupWithoutEnd: group = nil
            case .group(let name): group = name
            case .setting(let key, let value):
                guard let group else { continue }
                let place = "\(path):\(index + 1)"
                do { try set(group, key, value, place) } catch {
                    let text = String(decoding: value, as: UTF8.self)
                    throw Failure(
                        FLOM_RC_INVALID_OPTION, "\(place): \(key)='\(text)' is not accepted; it takes \(error.accepted)")
                }
            }
        }
    }

    /// What the files say together.
    func finished() throws(Failure) -> Properties {
        var properties = properties
        if let socketPlace, let addressPlace {
            throw Failure(
                FLOM_RC_INVALID_OPTION,
                "\(socketPlace) names a socket and \(addressPlace) a network address: a daemon serves either a socket or the network"
            )
        }
        if properties.socketName == nil && properties.unicastAddress == nil && properties.multicastAddress == nil {
            properties.socketName = ConfigurationKeys.defaultSocket
        }
        try TLSFiles.resolve(&properties)
        TraceProperty.begin(properties.traceFile, appends: appendsTrace)
        return properties
    }

    private mutating func set(_ group: String, _ key: String, _ value: [UInt8], _ place: String) throws(Value.Refused) {
        let text = String(decoding: value, as: UTF8.self)
        /// An empty value takes back an earlier line.
        func optional(_ parse: (String) throws(Value.Refused) -> String) throws(Value.Refused) -> CText? {
            text.isEmpty ? nil : CText(try parse(text))
        }
        func integer(_ range: ClosedRange<Int32>) throws(Value.Refused) -> Int32 {
            Int32(try Value.integer(text, in: Int64(range.lowerBound)...Int64(range.upperBound)))
        }
        switch (group, key) {
        case ("Resource", "Name"):
            properties.resource = try Value.resourceName(value)
            properties.resourceName = CText(value)
        case ("Resource", "LockMode"): properties.mode = try Value.lockMode(text)
        case ("Resource", "Quantity"):
            let quantity = try integer(.min ... .max)
            if quantity > 0 { properties.quantity = quantity }
        case ("Resource", "Timeout"): properties.timeout = try integer(.min ... .max)
        case ("Resource", "Create"): properties.mayCreate = try Value.yesOrNo(text)
        case ("Resource", "IdleLifespan"): properties.idleLifespan = try integer(0 ... .max)
        case ("Daemon", "SocketName"):
            properties.socketName = try optional(Value.path)
            socketPlace = properties.socketName == nil ? nil : place
        case ("Daemon", "UnicastAddress"):
            properties.unicastAddress = try optional(Value.host)
            addressPlace = properties.unicastAddress == nil ? nil : place
        case ("Daemon", "MulticastAddress"):
            properties.multicastAddress = try optional(Value.host)
            if properties.multicastAddress != nil { addressPlace = addressPlace ?? place }
        case ("Daemon", "UnicastPort"): properties.unicastPort = try integer(PropertyRange.port)
        case ("Daemon", "MulticastPort"): properties.multicastPort = try integer(PropertyRange.port)
        case ("Network", "NetworkInterface"): properties.networkInterface = try optional(Value.host)
        case ("Network", "DiscoveryAttempts"): properties.discoveryAttempts = try integer(PropertyRange.attempts)
        case ("Network", "DiscoveryTimeout"):
            properties.discoveryTimeout = try integer(1...PropertyRange.discoveryTimeout.upperBound)
        case ("Network", "DiscoveryTTL"): properties.discoveryTTL = try integer(PropertyRange.ttl)
        case ("TLS", "TlsCertificate"): properties.tlsCertificate = try optional(Value.path)
        case ("TLS", "TlsPrivateKey"): properties.tlsPrivateKey = try optional(Value.path)
        case ("TLS", "TlsCaCertificate"): properties.tlsCACertificate = try optional(Value.path)
        case ("TLS", "TlsCheckPeerId"): properties.checksPeerID = try Value.yesOrNo(text)
        case ("Trace", "CommandTraceFile"): properties.traceFile = try optional(Value.path)
        case ("Trace", "AppendTraceFile"): appendsTrace = try Value.yesOrNo(text)
        default: break
        }
    }
}
