import FlomChecker
import FlomModel
import FlomRandom

/// Where processes of the daemon's host run: on the host itself or in a container. It decides who sees whom, and by which numbers.
///
/// All of it is drawn from a generator of its own, so that the worlds of a seed stay the same in everything else.
struct Place {
    enum BootID { case own, anothers, none }

    /// 0 is the host's own PID namespace, which sees everybody; a container's sees only its own.
    let namespace: Int
    /// Whether a daemon there knows its PID namespace: a container may show the host's `/proc`.
    let knowsNamespace: Bool
    let bootID: BootID
    /// How far the time namespace shifts the clock that counts from booting; nil if that cannot be read.
    let shift: Int64?

    static let host = Place(namespace: 0, knowsNamespace: true, bootID: .own, shift: 0)

    private static let pidsOfOne: Int32 = 100_000_000
    static let firstCommand: Int32 = 1_000_000_000

    init(namespace: Int, knowsNamespace: Bool, bootID: BootID, shift: Int64?) {
        self.namespace = namespace
        self.knowsNamespace = knowsNamespace
        self.bootID = bootID
        self.shift = shift
    }

    init(_ random: inout SeededRandom, number: Int) {
        // A service may be shown another boot id, and see the host's processes.
        namespace = random.chance(percent: 30) ? 0 : number
        knowsNamespace = !random.chance(percent: 10)
        bootID = random.pick([.own, .own, .anothers, .none])
        shift = random.chance(percent: 10) ? nil : random.pick([0, 0, 1_000, 86_400]) * Style.second
    }

    /// A process as it is seen from here; nil if it is not.
    func identity(of process: ProcessIdentity, in place: Place) -> ProcessIdentity? {
        guard namespace == 0 || namespace == place.namespace else { return nil }
        let ticks = (shift ?? 0) / 10_000_000
        return ProcessIdentity(
            pid: process.pid + Int32(namespace) * Self.pidsOfOne, startTime: process.startTime + UInt64(ticks))
    }

    /// Whose number it is, if anybody's.
    func client(of pid: Int32) -> (id: Int64, isCommand: Bool)? {
        let isCommand = pid >= Self.firstCommand
        let number = isCommand ? pid - Self.firstCommand : pid
        guard number / Self.pidsOfOne == Int32(namespace) else { return nil }
        return (Int64(number % Self.pidsOfOne), isCommand)
    }

    /// Whether processes mean the same by a number here and there.
    func sharesNumbers(with other: Place) -> Bool {
        knowsNamespace && other.knowsNamespace && namespace == other.namespace && shift == other.shift
    }
}

/// Who has the other end of a grant's liveness pipe.
struct LivenessPipe {
    /// The daemon that made it and has not handed it on.
    var maker: Int?
    /// Whoever was handed it, and the command that inherits it.
    var client: ModelClient?
}

/// A machine of clients on other hosts. Disks are copied with their machine ids.
struct Machine {
    let id: String
    let bootID: String

    static let all = [
        Machine(id: "copied", bootID: "first"), Machine(id: "copied", bootID: "second"), Machine(id: "single", bootID: "third"),
        Machine(id: "", bootID: ""),
    ]
}

extension World {
    /// Nothing of the world itself depends on it.
    static func placesGenerator(seed: UInt64) -> SeededRandom { SeededRandom(seed: seed ^ 0x5EE4_F40E) }

    static func drawPlaces(_ random: inout SeededRandom) -> [Place] {
        guard random.chance(percent: 50) else { return [.host] }
        return [.host] + (1...1 + random.below(3)).map { Place(&random, number: $0) }
    }

    /// From where a daemon, or a client, sees the others.
    func view(from place: Place) -> ProcessView {
        ProcessView(
            bootID: bootID(shownIn: place),
            pidNamespace: place.knowsNamespace ? UInt64(boots * 10 + place.namespace) : nil,
            boottimeOffsetNanoseconds: place.shift)
    }

    private func bootID(shownIn place: Place) -> String? {
        switch place.bootID {
        case .own: bootID
        case .anothers: "\(bootID)-in-\(place.namespace)"
        case .none: nil
        }
    }

    func drawPlace() -> Place { placesRandom.chance(percent: 50) ? .host : placesRandom.pick(places) }
    func drawMachine() -> Machine { placesRandom.pick(Machine.all) }

    // MARK: - Processes

    /// The client or the command that a number means in a place; nil if nobody has it, or has ended.
    func process(_ seen: ProcessIdentity, from place: Place) -> ProcessIdentity? {
        guard let found = place.client(of: seen.pid), let client = clients[found.id] else { return nil }
        guard found.isCommand ? client.commandLives : client.isAlive else { return nil }
        guard let process = found.isCommand ? client.command : client.process else { return nil }
        return place.identity(of: process, in: client.place) == seen ? process : nil
    }

    /// The command that has a request's number in its environment.
    func command(carrying request: RequestID, from place: Place) -> ProcessIdentity? {
        guard let client = commands[request.number], client.commandLives, now >= client.commandIsVisibleFrom else { return nil }
        return client.command.flatMap { place.identity(of: $0, in: client.place) }
    }

    // MARK: - LivenessPipes

    func isAlive(_ livenessPipe: LivenessPipe) -> Bool {
        if let maker = livenessPipe.maker, maker == daemon?.incarnation { return true }
        return livenessPipe.client.map { $0.isAlive || $0.commandLives } ?? false
    }

    /// A process of this client has ended: perhaps nobody has its liveness pipe any more.
    func lookAfterLivenessPipes(of client: ModelClient) {
        guard client.isLocal, client.canResume, !client.isAlive, !client.commandLives else { return }
        for (request, livenessPipe) in livenessPipes.sorted(by: { $0.key < $1.key }) where livenessPipe.client === client {
            planOnGrain(.livenessPipeEndIsSeen(request), after: Int64(placesRandom.below(20)) * 100_000)
        }
    }

    /// What nothing can prove to be over is left to persons, who look whether anybody is there.
    func isGone(holderOf request: RequestID, secret: [UInt8]) -> Bool {
        if !secret.isEmpty { return isGone(secret) }
        return !clients.values.contains { client in
            (client.isAlive || client.commandLives) && client.held.contains { $0.request == request.number }
        }
    }
}
