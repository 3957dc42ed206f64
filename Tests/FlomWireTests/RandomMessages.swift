import FlomModel
import FlomRandom
import FlomWire

/// Messages with every field anywhere in its range, and short enough that nothing is left out for size.
extension SeededRandom {
    mutating func clientMessage() -> ClientMessage {
        switch Int.random(in: 0..<8, using: &self) {
        case 0: return .unlock(unlockMessage())
        case 1:
            let note = optional { $0.discoveryNote() }
            return .discover(extended: note != nil || chance(percent: 50), note: note)
        case 2:
            var message = ShutdownMessage(immediate: chance(percent: 50))
            message.peerID = optional { $0.text(upTo: 32) }
            message.speaksExtension = chance(percent: 50)
            return .shutdown(message)
        case 3: return .describe(command: (0..<Int.random(in: 0...6, using: &self)).map { _ in bytes(upTo: 20, from: 1) })
        case 4: return .started(process())
        case 5: return .expired
        case 6: return .parts((0..<Int.random(in: 0...5, using: &self)).map { _ in resourceMessage() })
        default: return .lock(lockMessage())
        }
    }

    mutating func serverMessage() -> ServerMessage {
        switch Int.random(in: 0..<9, using: &self) {
        case 0: return .unlocked
        case 2: return .tellParts
        case 1:
            let port = UInt16.random(in: 1...UInt16.max, using: &self)
            return .location(address: text(upTo: 40), port: port, note: optional { $0.discoveryNote() })
        default: return .answer(lockAnswer())
        }
    }

    private mutating func resourceMessage() -> ResourceMessage {
        ResourceMessage(name: bytes(upTo: 24, from: 1), mode: optional { $0.number() }, quantity: optional { $0.number() })
    }

    private mutating func lockMessage() -> LockMessage {
        var message = LockMessage(name: bytes(upTo: 24, from: 1))
        message.peerID = optional { $0.text(upTo: 10) }
        message.mode = optional { $0.number() }
        message.wait = chance(percent: 50)
        message.quantity = optional { $0.number() }
        message.create = chance(percent: 50)
        message.idleLifespanMilliseconds = number()
        if chance(percent: 60) {
            var offer = Offer(secret: SessionSecret((0..<16).map { _ in UInt8.random(in: 0...255, using: &self) })!)
            offer.bootID = optional { random in
                String((0..<32).map { _ in "0123456789abcdef".randomElement(using: &random)! })
            }
            offer.process = optional { $0.process() }
            if offer.process != nil { offer.pidNamespace = optional { UInt64.random(in: 1 ... .max, using: &$0) } }
            offer.user = optional { $0.text(upTo: 5) }
            offer.host = optional { $0.text(upTo: 5) }
            if chance(percent: 20) {
                offer.parent = text(upTo: 8)
                offer.mayBeRefusedAsDeadlock = chance(percent: 50)
                offer.confirmsOffers = chance(percent: 50)
            }
            if chance(percent: 20) {
                (offer.endsOrphan, offer.runsNoCommand) = chance(percent: 50) ? (true, false) : (false, true)
            }
            if chance(percent: 20) { offer.partCount = Int.random(in: 2...PartLimit.resources, using: &self) }
            message.offer = offer
        }
        return message
    }

    private mutating func unlockMessage() -> UnlockMessage {
        var message = UnlockMessage(name: bytes(upTo: 200, from: 1))
        message.rollback = chance(percent: 50)
        message.speaksExtension = chance(percent: 60)
        guard message.speaksExtension else { return message }
        switch Int.random(in: 0..<4, using: &self) {
        case 0: message.completion = .exited(status: UInt8.random(in: 0...255, using: &self))
        case 1: message.completion = .signalled(Int32.random(in: 1...64, using: &self))
        case 2: message.completion = .notStarted
        default: message.isExpired = chance(percent: 50)
        }
        return message
    }

    private mutating func lockAnswer() -> LockAnswer {
        let step = [LockAnswer.Step.first, .later, .final].randomElement(using: &self)!
        let codes: [ReturnCode] = [
            .granted, .queued, .awaitingCreation, .cannotLock, .busy, .cannotWait, .impossible, .invalidResourceName,
        ]
        var answer = LockAnswer(step: step, code: codes.randomElement(using: &self)!)
        if step == .first { answer.peerID = optional { $0.text(upTo: 32) } }
        answer.element = optional { Array($0.text(upTo: 20).utf8) }
        if chance(percent: 60) {
            var details = AnswerDetails()
            details.request = optional { $0.text(upTo: 20) }
            details.token = optional { FencingToken(Int64.random(in: 0..<(1 << 53), using: &$0)) }
            details.position = optional { Int(Int32.random(in: 1...Int32.max, using: &$0)) }
            if chance(percent: 30) {
                answer.others = (0..<Int.random(in: 1...4, using: &self)).map { _ in
                    PartGranted(
                        request: text(upTo: 20), token: FencingToken(Int64.random(in: 0..<(1 << 53), using: &self)),
                        element: optional { Array($0.text(upTo: 20).utf8) })
                }
            } else {
                details.reason = optional { $0.text(upTo: 30) }
                details.number = optional { Int32.random(in: -999...(-1), using: &$0) }
            }
            answer.details = details
        }
        return answer
    }

    private mutating func discoveryNote() -> DiscoveryNote {
        let characters = "azAZ09-_.:"
        let id = (0..<Int.random(in: 1...64, using: &self)).map { _ in characters.randomElement(using: &self)! }
        return DiscoveryNote(daemonID: String(id), createdAtMicroseconds: Int64.random(in: 0...Int64.max, using: &self))!
    }

    private mutating func process() -> ProcessIdentity {
        ProcessIdentity(pid: Int32.random(in: 1...Int32.max, using: &self), startTime: next())
    }

    private mutating func number() -> Int32 {
        chance(percent: 50) ? Int32.random(in: -9...9, using: &self) : Int32(truncatingIfNeeded: next())
    }

    mutating func bytes(upTo count: Int, from least: UInt8 = 0) -> [UInt8] {
        (0..<Int.random(in: 0...count, using: &self)).map { _ in UInt8.random(in: least...255, using: &self) }
    }

    /// Characters of every kind that survives: plain, to be escaped, of two, three and four bytes.
    mutating func text(upTo count: Int) -> String {
        let characters = "abcXYZ019 .:-_/&<>\"'\t\n\r;#x\u{7F}\u{85}äß€…\u{FFFD}𝄞👍"
        var text = ""
        for _ in 0..<Int.random(in: 0...count, using: &self) {
            text.unicodeScalars.append(characters.unicodeScalars.randomElement(using: &self)!)
        }
        return text
    }

    private mutating func optional<Value>(_ make: (inout Self) -> Value) -> Value? { chance(percent: 50) ? make(&self) : nil }
}
