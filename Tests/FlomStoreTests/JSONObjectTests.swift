import FlomModel
import Testing

@testable import FlomStore

@Suite struct JSONObjectTests {
    /// Whatever is written is read back, to the byte.
    @Test func everyByteComesBack() throws {
        var writer = JSONWriter()
        let odd = Array(UInt8.min...UInt8.max)
        writer.beginObject()
        writer.field("n", Int64.min)
        writer.field("u", UInt64.max)
        writer.field("t", true)
        writer.field("f", false)
        writer.field("s", String(decoding: 0..<0x80 as Range<UInt8>, as: UTF8.self) + "ä🔒")
        writer.field("b", odd)
        writer.field("w", words: [odd, [], Array("x".utf8)])
        writer.beginArray("o")
        writer.beginObject()
        writer.field("k", 1)
        writer.endObject()
        writer.beginObject()
        writer.endObject()
        writer.endArray()
        writer.endObject()
        let object = try #require(JSONObject(writer.bytes))
        #expect(object.number("n") == .min)
        #expect(object.number("u", as: UInt64.self) == .max)
        #expect(object.truth("t") == true && object.truth("f") == false)
        #expect(object.text("s") == String(decoding: 0..<0x80 as Range<UInt8>, as: UTF8.self) + "ä🔒")
        #expect(object.bytes("b") == odd)
        #expect(object.words("w") == [odd, [], Array("x".utf8)])
        #expect(object.objects("o")?.map { $0.number("k") } == [1, nil])
        #expect(object["none"] == nil && object.number("t") == nil)
    }

    @Test func base64ThatIsNotValidIsNoValue() throws {
        let object = try #require(JSONObject(Array(#"{"b":"x","b_base64":"eA","w":["x"],"w_base64":["eA==","e"]}"#.utf8)))
        #expect(object.bytes("b") == nil && object.words("w") == nil)
    }

    @Test(arguments: [
        "", "{", "{}}", "{} ", "[]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{\"a\":01x}", "{\"a\":-}", "{\"a\":\"\\x\"}",
        "{\"a\":\"",
        "{\"a\":tru}", "{\"a\":99999999999999999999}", "{\"a\":[1,]}", "{\"a\":\"\\u00zz\"}",
        String(repeating: "{\"a\":", count: 100_000),
    ])
    func whatIsNoObject(_ text: String) {
        #expect(JSONObject(Array(text.utf8)) == nil)
    }
}
