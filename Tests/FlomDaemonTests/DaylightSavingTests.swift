import FlomModel
import Testing

@testable import FlomDaemon

/// Time stamps across the nights when clocks are changed, in real zones: see the rule of `TimestampKind`.
@Suite struct DaylightSavingTests {
    /// Seconds since 1970. In Rome clocks went from 2:00 to 3:00, and from 3:00 to 2:00.
    static let spring: Int64 = 1_774_746_000
    static let autumn: Int64 = 1_792_890_000

    @Test func theZonesAreInstalled() async {
        await #expect(processExitsWith: .success) {
            live(in: "Europe/Rome")
            #expect(StampWorld.text("%F %T %Z", second: Self.spring - 1) == "2026-03-29 01:59:59 CET")
            #expect(StampWorld.text("%F %T %Z", second: Self.spring) == "2026-03-29 03:00:00 CEST")
            #expect(StampWorld.text("%F %T %Z", second: Self.autumn - 1) == "2026-10-25 02:59:59 CEST")
            #expect(StampWorld.text("%F %T %Z", second: Self.autumn) == "2026-10-25 02:00:00 CET")
        }
    }

    @Test func theHourThatOccursTwiceIsGivenOnce() async {
        await #expect(processExitsWith: .success) {
            live(in: "Europe/Rome")
            var world = try StampWorld("%Y%m%d%H%M%S", second: Self.autumn - 2)
            #expect(world.ask() == .given("20261025025958"))
            world.release()
            world.pass(milliseconds: 1000)
            #expect(world.ask() == .given("20261025025959"))
            world.release()
            world.pass(milliseconds: 1000)
            // 2:00:00 for the second time: 59:59 have to pass, and a request that would wait so long is refused.
            #expect(world.ask(waiting: true) == .clockBehind(milliseconds: 3_599_000))
            world.pass(milliseconds: 3_539_000)
            #expect(world.text("%T") == "02:58:59")
            #expect(world.ask() == .busy)
            #expect(world.ask(waiting: true) == .queued)
            world.pass(milliseconds: 60_999)
            #expect(world.given.count == 2)
            world.pass(milliseconds: 1)
            #expect(world.given.last == "20261025030000")
            #expect(world.turnedAway.isEmpty)
        }
    }

    @Test func aWaiterIsToldWhenTheClockIsPutBack() async {
        await #expect(processExitsWith: .success) {
            live(in: "Europe/Rome")
            var world = try StampWorld("%Y%m%d%H%M", second: Self.autumn - 50)
            #expect(world.ask() == .given("202610250259"))
            #expect(world.ask(waiting: true) == .queued)
            world.release()
            world.pass(milliseconds: 49_999)
            #expect(world.turnedAway.isEmpty && world.waiters.count == 1)
            world.pass(milliseconds: 1)
            #expect(world.turnedAway == [.clockBehind(milliseconds: 3_550_000)])
        }
    }

    @Test func aTextThatTellsTheZoneGoesOn() async {
        await #expect(processExitsWith: .success) {
            live(in: "Europe/Rome")
            var world = try StampWorld("%Y%m%d%H%z", capacity: 9, second: Self.autumn - 3600)
            #expect(world.ask() == .given("2026102502+0200"))
            #expect(world.ask(waiting: true) == .queued)
            world.pass(milliseconds: 3_599_999)
            #expect(world.given.count == 1)
            world.pass(milliseconds: 1)
            #expect(world.given.last == "2026102502+0100")
            world.pass(milliseconds: 3_600_000)
            #expect(world.ask() == .given("2026102503+0100"))
        }
    }

    @Test func theHourThatDoesNotOccurIsSkippedWithoutWaiting() async {
        await #expect(processExitsWith: .success) {
            live(in: "Europe/Rome")
            var world = try StampWorld("%Y%m%d%H%M", capacity: 9, second: Self.spring - 80)
            #expect(world.ask() == .given("202603290158"))
            #expect(world.ask(waiting: true) == .queued)
            #expect(world.ask(waiting: true) == .queued)
            world.pass(milliseconds: 20_000)
            #expect(world.given.last == "202603290159")
            world.pass(milliseconds: 59_999)
            #expect(world.given.count == 2)
            world.pass(milliseconds: 1)
            #expect(world.given.last == "202603290300")
        }
    }

    /// A zone whose hours begin in the middle of those of UTC.
    @Test func hoursOfAZoneThatIsHalfAnHourAside() async {
        await #expect(processExitsWith: .success) {
            live(in: "Asia/Kolkata")
            // 16:10 there.
            var world = try StampWorld("%Y%m%d%H%z", capacity: 9, second: 1_774_694_400)
            #expect(world.ask() == .given("2026032816+0530"))
            #expect(world.ask(waiting: true) == .queued)
            world.pass(milliseconds: 50 * 60_000 - 1)
            #expect(world.given.count == 1)
            world.pass(milliseconds: 1)
            #expect(world.given.last == "2026032817+0530")
        }
    }

    // MARK: - Whole nights

    /// Zones, and a second at which their clocks are changed: also by half an hour, by two hours, by a whole day, and never.
    static let nights: [(zone: String, second: Int64)] = [
        ("Europe/Rome", spring), ("Europe/Rome", autumn), ("America/St_Johns", 1_793_507_400),
        ("Australia/Lord_Howe", 1_775_314_800), ("Australia/Lord_Howe", 1_791_041_400), ("Antarctica/Troll", autumn),
        ("Pacific/Apia", 1_325_239_200), ("Asia/Kolkata", autumn), ("Asia/Kathmandu", spring),
    ]

    /// Local time as sortable texts, and the same with the zone.
    static let formats = ["%Y%m%d%H%M%S", "%Y%m%d%H%M", "%Y%j%H", "%Y%m%d%H%z", "%Y%m%d%H%M%z", "%s"]

    /// A request every 97 seconds that does not wait. The obvious rule: a local time is given if it is later than all times
    /// given before, a time with its zone if it was not given before.
    @Test(arguments: nights)
    func everyTextIsGivenOnceAndNoneIsLeftOut(zone: String, second: Int64) async {
        await #expect(processExitsWith: .success) { [zone = zone as String, second = second as Int64] in
            live(in: zone)
            let change =
                StampWorld.text("%z", second: second - 1) != StampWorld.text("%z", second: second)
            #expect(change || zone.hasPrefix("Asia"), "no clock is changed in \(zone) at \(second)")
            for format in Self.formats {
                var world = try StampWorld(format, second: second - 4 * 3600 + 11)
                var given: Set<String> = []
                var latest = ""
                while world.wall < (second + 28 * 3600) * 1_000_000 {
                    let text = world.text(format)
                    let isNew = format.hasSuffix("z") ? !given.contains(text) : text > latest
                    let reply = world.ask()
                    if case .given = reply { #expect(reply == .given(text)) }
                    #expect((reply == .given(text)) == isNew, "\(format) at \(world.text("%F %T %z")): \(reply)")
                    if isNew { #expect(given.insert(text).inserted) }
                    latest = max(latest, text)
                    world.release()
                    world.pass(milliseconds: 97_000)
                }
                #expect(given.count > 25)
            }
        }
    }
}
