import FlomModel

extension LockMessage {
    /// What is left out of a request that would be too long for a 1.7.2 daemon, in this order. Marker and secret never are.
    private enum Ballast: Int, CaseIterable {
        case host, user, process
        /// Without its parent the request is an ordinary one, which is safe.
        case parent
        case bootID
        /// Without this a grant counts at once.
        case offers
        /// 1.7.2's daemon does not need the XML declaration.
        case declaration
        case peerID
    }

    /// Appends the request, in at most 511 bytes, because the daemon may be a 1.7.2.
    ///
    /// - Throws: `tooLong` if it does not fit even without its ballast, `unexpected` for a boot id that is not 32 lower-case
    ///   hexadecimal digits. Then nothing has been appended.
    func encode(into bytes: inout [UInt8]) throws(WireError) {
        if let bootID = offer?.bootID, !Offer.isBootID(bootID) {
            throw .unexpected("a boot id that is not 32 hexadecimal digits")
        }
        try bytes.appendFitting(FrameLimit.towardsOldDaemon, 0...Ballast.allCases.count) { bytes, dropped in
            append(to: &bytes, without: dropped)
        }
    }

    /// - Parameter dropped: the number of kinds of ballast to leave out.
    private func append(to bytes: inout [UInt8], without dropped: Int) {
        func keeps(_ ballast: Ballast) -> Bool { ballast.rawValue >= dropped }

        bytes.appendMessageStart(.lock, extended: offer != nil, declared: keeps(.declaration))
        let peerID = keeps(.peerID) ? peerID : nil
        if let offer {
            bytes.append("<session")
            if let peerID { bytes.append(" peerid=\"", escaping: peerID) }
            bytes.append(" x-sess=\"")
            Base64.append(offer.secret.bytes, alphabet: .url, to: &bytes)
            bytes.append("\"")
            if let bootID = offer.bootID, keeps(.bootID) { bytes.append(" x-boot=\"", escaping: bootID) }
            if let process = offer.process, keeps(.process) {
                bytes.append(" x-pid=\"", decimal: process.pid)
                bytes.append(" x-start=\"", decimal: process.startTime)
                if let namespace = offer.pidNamespace { bytes.append(" x-pidns=\"", decimal: namespace) }
            }
            if let user = offer.user, keeps(.user) { bytes.append(" x-user=\"", escaping: user) }
            if let host = offer.host, keeps(.host) { bytes.append(" x-host=\"", escaping: host) }
            if let parent = offer.parent, keeps(.parent) {
                bytes.append(" x-parent=\"", escaping: parent)
                if offer.mayBeRefusedAsDeadlock { bytes.append(" x-deadlock=\"1\"") }
            }
            if let request = offer.resumes { bytes.append(" x-resume=\"", escaping: request) }
            if let element = offer.element {
                bytes.append(" x-element=\"")
                Base64.append(element, to: &bytes)
                bytes.append("\"")
            }
            if offer.isLeaseless { bytes.append(" x-lease=\"none\"") }
            if offer.confirmsOffers, keeps(.offers) { bytes.append(" x-offers=\"1\"") }
            if offer.endsOrphan { bytes.append(" x-orphan=\"kill\"") }
            if offer.runsNoCommand { bytes.append(" x-orphan=\"none\"") }
            if offer.partCount > 1 { bytes.append(" x-parts=\"", decimal: offer.partCount) }
            bytes.append("/>")
        } else {
            bytes.appendSession(peerID: peerID)
        }
        appendResource(to: &bytes)
        bytes.appendMessageEnd()
    }

    private func appendResource(to bytes: inout [UInt8]) {
        bytes.append("<resource name=\"")
        Base64.append(name, to: &bytes)
        bytes.append("\"")
        if let mode { bytes.append(" mode=\"", decimal: mode) }
        bytes.append(wait ? " wait=\"1\"" : " wait=\"0\"")
        if let quantity { bytes.append(" quantity=\"", decimal: quantity) }
        bytes.append(create ? " create=\"1\"" : " create=\"0\"")
        bytes.append(" lifespan=\"", decimal: idleLifespanMilliseconds)
        bytes.append("/>")
    }
}
