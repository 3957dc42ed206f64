import FlomModel
import Testing

@Suite struct ResourceNameTests {
    @Test(arguments: [
        "R", "r", "A", "Z", "a", "z", "R1", "Resource", "aB3dE5", "x000", "Z9z", String(repeating: "n", count: 5000),
    ])
    func simpleNames(_ text: String) throws {
        let name = try ResourceName(Array(text.utf8))
        #expect(name.bytes == Array(text.utf8))
        #expect(name.description == text)
    }

    /// The text, and the offset of the first byte that does not belong.
    static let refused: [(text: String, offset: Int)] = [
        ("", 0), ("1", 0), ("1a", 0), (" a", 0), ("_", 0), ("_a", 0), ("-a", 0), (".a", 0), ("é", 0), ("@", 0), ("[", 0),
        ("`", 0), ("{", 0), ("\n", 0), ("\u{0}", 0), ("_RESOURC", 0), ("_RESOURCES", 0), ("_resource", 0),
        ("a_", 1), ("a-b", 1), ("a b", 1), ("a\n", 1), ("a\nb", 1), ("foo\n", 3), ("a\u{0}", 1), ("aé", 1), ("ab@", 2),
        ("ab/", 2), ("ab:", 2), ("abc`", 3), ("abc{", 3), ("abcdefgh!", 8), ("a1b2 ", 4), ("a\t", 1), ("a\u{7F}", 1),
    ]

    @Test(arguments: refused)
    func noName(_ text: String, _ offset: Int) {
        let invalid = #expect(throws: ResourceName.Invalid.self) { try ResourceName(Array(text.utf8)) }
        #expect(invalid?.offset == offset)
        #expect(invalid?.reason.isEmpty == false)
    }

    /// Every byte in first and in second place, so that no range is off by one.
    @Test func everyByte() {
        for byte in UInt8.min...UInt8.max {
            let character = Character(Unicode.Scalar(byte))
            let isLetter = character.isASCII && character.isLetter
            let isDigit = ("0"..."9").contains(character)
            #expect(((try? ResourceName([byte])) != nil) == isLetter, "first byte \(byte)")
            #expect(((try? ResourceName([0x61, byte])) != nil) == (isLetter || isDigit), "second byte \(byte)")
        }
    }

    @Test func identityIsThatOfTheBytes() throws {
        #expect(try ResourceName([0x52]) != ResourceName([0x72]))
        #expect(try ResourceName([0x52]) == ResourceName([0x52]))
        #expect(try ResourceName([0x52, 0x30]) != ResourceName([0x52]))
    }

    @Test func theNameOfACommandThatNamesNone() throws {
        #expect(ResourceName.unnamed.description == "_RESOURCE")
        #expect(try ResourceName(Array("_RESOURCE".utf8)) == .unnamed)
    }
}
