import FlomModel

extension LockMessage {
    init(from reader: inout MessageReader) throws(WireError) {
        var name: [UInt8]?
        var claims = OfferedClaims()
        self.init(name: [])
        while try reader.next() {
            switch reader.element {
            case .session:
                if reader.isNamed("peerid") {
                    peerID = try reader.string()
                } else if reader.speaksExtension {
                    try claims.readAttribute(from: reader)
                }
            case .resource:
                if reader.isNamed("name") {
                    name = try reader.resourceName()
                } else {
                    try readAttribute(from: reader)
                }
            case .answer, .network, .shutdown, .command, .process, .daemon, .query, .row, .page, .part:
                break  // does not belong here
            }
        }
        guard let name else { throw .unexpected("a lock without the name of a resource") }
        self.name = name
        if reader.speaksExtension { offer = try claims.offer() }
    }

    private mutating func readAttribute(from reader: borrowing MessageReader) throws(WireError) {
        if reader.isNamed("mode") {
            mode = try reader.number()
        } else if reader.isNamed("wait") {
            wait = try reader.flag()
        } else if reader.isNamed("quantity") {
            quantity = try reader.number()
        } else if reader.isNamed("create") {
            create = try reader.flag()
        } else if reader.isNamed("lifespan") {
            idleLifespanMilliseconds = try reader.number()
        } else if reader.isNamed("rollback") {
            throw .unexpected("rollback in a lock")
        }
    }
}

/// The attributes of the extension on a lock's session, collected until all have been read.
private struct OfferedClaims {
    private var secret: SessionSecret?
    private var bootID: String?
    private var pid: Int32?
    private var startTime: UInt64?
    private var pidNamespace: UInt64?
    private var user: String?
    private var host: String?
    private var parent: String?
    private var mayBeRefusedAsDeadlock = false
    private var partCount = 1
    private var resumes: String?
    private var element: [UInt8]?
    private var isLeaseless = false
    private var orphan = ""
    private var confirmsOffers = false

    mutating func readAttribute(from reader: borrowing MessageReader) throws(WireError) {
        if reader.isNamed("x-sess") {
            let bytes = try reader.bytes()
            guard let secret = Base64.decodeURL(bytes.span).flatMap(SessionSecret.init) else {
                throw reader.malformed("no base64url of \(SessionSecret.byteCount) bytes")
            }
            self.secret = secret
        } else if reader.isNamed("x-boot") {
            let text = try reader.string()
            guard Offer.isBootID(text) else { throw reader.malformed("not 32 hexadecimal digits") }
            bootID = text
        } else if reader.isNamed("x-pid") {
            pid = try reader.number(in: 1...Int32.max)
        } else if reader.isNamed("x-start") {
            startTime = try reader.number(in: 0...UInt64.max)
        } else if reader.isNamed("x-pidns") {
            pidNamespace = try reader.number(in: 1...UInt64.max)
        } else if reader.isNamed("x-user") {
            user = try reader.string()
        } else if reader.isNamed("x-host") {
            host = try reader.string()
        } else if reader.isNamed("x-parent") {
            parent = try reader.string()
        } else if reader.isNamed("x-deadlock") {
            mayBeRefusedAsDeadlock = try reader.flag()
        } else if reader.isNamed("x-resume") {
            resumes = try reader.string()
        } else if reader.isNamed("x-element") {
            element = try reader.base64()
        } else if reader.isNamed("x-lease") {
            isLeaseless = try reader.string() == "none"
        } else if reader.isNamed("x-orphan") {
            orphan = try reader.string()
        } else if reader.isNamed("x-offers") {
            confirmsOffers = try reader.flag()
        } else if reader.isNamed("x-parts") {
            partCount = try reader.number(in: 1...PartLimit.resources)
        }
    }

    /// The offer that the attributes make. A secret is required: without it the session could never be resumed, and no peer that speaks
    /// the extension leaves it out.
    func offer() throws(WireError) -> Offer {
        guard let secret else { throw .malformed(offset: 0, "the marker without x-sess") }
        var offer = Offer(secret: secret)
        offer.bootID = bootID
        if let pid {
            offer.process = ProcessIdentity(pid: pid, startTime: startTime ?? 0)
            offer.pidNamespace = pidNamespace
        }
        offer.user = user
        offer.host = host
        offer.parent = parent
        // A request that is not nested is in no deadlock.
        offer.mayBeRefusedAsDeadlock = parent != nil && mayBeRefusedAsDeadlock
        offer.partCount = partCount
        offer.resumes = resumes
        offer.element = element
        offer.isLeaseless = isLeaseless
        offer.endsOrphan = orphan == "kill"
        offer.runsNoCommand = orphan == "none"
        offer.confirmsOffers = confirmsOffers
        return offer
    }
}

extension Offer {
    /// Whether the text is 32 lower-case hexadecimal digits: boot ids are compared as text, so there is one spelling.
    static func isBootID(_ text: String) -> Bool {
        let digits = text.utf8.span
        guard digits.count == 32 else { return false }
        for index in digits.indices {
            switch digits[index] {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"): continue
            default: return false
            }
        }
        return true
    }
}
