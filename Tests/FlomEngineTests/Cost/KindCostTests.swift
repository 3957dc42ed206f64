import FlomEngine
import FlomModel
import FlomRandom
import Glibc
import Testing

/// A tree with many leaves, a pool with many holders and many resources cost each request what few do.
@Suite(.serialized) struct KindCostTests {
    /// What is measured: names of which each of `count` sessions gets one, and what waits where.
    struct Load: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// The name and quantity of the n-th of so many sessions.
        let request: @Sendable (_ number: Int, _ count: Int) -> (name: String, quantity: Int)
    }

    static let holders = [
        Load(testDescription: "leaves under one root") { number, _ in ("/r/a\(number % 100)/b\(number)", 1) },
        Load(testDescription: "children of one node") { number, _ in ("/r/b\(number)", 1) },
        Load(testDescription: "holders of a pool") { _, count in ("n[\(count)]", 1) },
        Load(testDescription: "holders of a sequence") { _, count in ("_S_n[\(count)]", 1) },
        Load(testDescription: "simple resources") { number, _ in ("R\(number)", 1) },
    ]

    /// Comes and goes beside so many holders.
    @Test(arguments: holders)
    func comingAndGoing(load: Load) {
        let cost = { (count: Int) -> Double in
            var crowd = Self.crowd(load, count)
            var random = SeededRandom(seed: 2)
            return Cost.seconds {
                for _ in 0..<Self.operations / 2 {
                    let number = random.below(count)
                    crowd.step(.unlock(SessionID(UInt64(number)), Self.ask(load, number, count).resource, .exited(status: 0)))
                    crowd.step(.lock(SessionID(UInt64(number)), Self.ask(load, number, count)))
                }
            } / Double(Self.operations)
        }
        Self.compare("\(load.testDescription), held", cost)
    }

    /// As many wait as hold; each release hands over to one of them.
    @Test(arguments: holders)
    func handingOver(load: Load) {
        let cost = { (count: Int) -> Double in
            var crowd = Self.crowd(load, count)
            for number in 0..<count { crowd.step(.lock(SessionID(UInt64(count + number)), Self.ask(load, number, count))) }
            var random = SeededRandom(seed: 3)
            let order = (0..<count).shuffled(using: &random).prefix(Self.operations)
            return Cost.seconds {
                for number in order {
                    crowd.step(.unlock(SessionID(UInt64(number)), Self.ask(load, number, count).resource, .exited(status: 0)))
                    if crowd.granted.count != 1 { Issue.record("\(crowd.granted) get the lock") }
                }
            } / Double(order.count)
        }
        Self.compare("\(load.testDescription), handed over", cost)
    }

    private static let operations = 2_000

    /// `FLOM_TEST_COSTS=1` compares 1 000 with 100 000 and prints both.
    private static let prints = getenv("FLOM_TEST_COSTS") != nil

    static func compare(_ what: String, many: Int? = nil, _ cost: (Int) -> Double) {
        let many = many ?? (prints ? 100_000 : Cost.many)
        let cheap = (0..<3).map { _ in cost(Cost.few) }.min()!
        let dear = (0..<(prints ? 1 : 2)).map { _ in cost(many) }.min()!
        if prints { print("\(what): \(Int(cheap * 1e9)) ns an operation with \(Cost.few), \(Int(dear * 1e9)) ns with \(many)") }
        #expect(dear / cheap < Cost.generousRatio, "\(what)")
    }

    private static func crowd(_ load: Load, _ count: Int) -> Crowd {
        var crowd = Crowd()
        for number in 0..<count { crowd.step(.lock(SessionID(UInt64(number)), ask(load, number, count))) }
        return crowd
    }

    private static func ask(_ load: Load, _ number: Int, _ count: Int) -> LockRequest {
        let (name, quantity) = load.request(number, count)
        var request = LockRequest(resource: Script.resource(name), mode: .exclusive)
        request.quantity = Int32(quantity)
        return request
    }
}
