import FlomModel
import Testing

@testable import FlomEngine

@Suite struct ResourceTableTests {
    static func resource(_ name: String) -> Resource {
        Resource(name: Script.resource(name), idleLifespanMilliseconds: 0, kind: SimpleKind())
    }

    @Test func aResourceIsFoundByNameAndByIndex() {
        var table = ResourceTable()
        let first = table.insert(ResourceTableTests.resource("A"))
        let second = table.insert(ResourceTableTests.resource("B"))
        #expect(table.index(of: Script.resource("A")) == first)
        #expect(table.index(of: Script.resource("C")) == nil)
        table[second].addHolder()
        #expect(table[second].holderCount == 1)
        #expect(table[first].holderCount == 0)
        #expect(table.indices == [first, second])
        #expect(table.count == 2)
    }

    @Test func anIndexIsStaleWhenItsResourceIsGoneAlsoIfAnotherHasTheSlot() {
        var table = ResourceTable()
        let old = table.insert(ResourceTableTests.resource("A"))
        table.remove(old)
        #expect(!table.contains(old))
        #expect(table.isEmpty && table.indices.isEmpty)
        let new = table.insert(ResourceTableTests.resource("B"))
        #expect(!table.contains(old))
        #expect(table.contains(new))
        #expect(table.indices == [new])
        let again = table.insert(ResourceTableTests.resource("A"))
        #expect(again != old)
        #expect(table[again].name == Script.resource("A"))
    }

    @Test func aStaleIndexTraps() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            var table = ResourceTable()
            let old = table.insert(ResourceTableTests.resource("A"))
            table.remove(old)
            _ = table.insert(ResourceTableTests.resource("B"))
            table[old].addHolder()
        }
        let said = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(said.contains("stale index: slot 0, generation 1; now B, generation 3"))
    }

    @Test func aResourceInUseIsNotRemoved() async {
        await #expect(processExitsWith: .failure) {
            var table = ResourceTable()
            let index = table.insert(ResourceTableTests.resource("A"))
            table[index].addHolder()
            table.remove(index)
        }
    }
}
