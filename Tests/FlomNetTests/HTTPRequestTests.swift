import FlomNetCore
import Testing

@Suite struct HTTPRequestTests {
    @Test(arguments: [
        ("/", "/", []), ("/a/b", "/a/b", []), ("/a%20b", "/a b", []), ("/+", "/+", []), ("/?", "/", []),
        ("/x?a=1&b=2", "/x", ["a=1", "b=2"]), ("/x?a", "/x", ["a="]), ("/x?a=b=c", "/x", ["a=b=c"]),
        ("/x?a=%C3%A4+%2B", "/x", ["a=ä +"]), ("/x?&&a=1&", "/x", ["a=1"]), ("/x?a=1?b", "/x", ["a=1?b"]),
    ])
    func targetsAreDecoded(target: String, path: String, parameters: [String]) throws {
        let request = try #require(HTTPRequest(target: target))
        #expect(request.path == path && request.parameters.map { "\($0.name)=\($0.value)" } == parameters)
    }

    @Test(arguments: ["", "x", "http://x/", "*", "/%", "/%4", "/%zz", "/%00", "/%0a", "/%ff", "/x?a=%", "/x?%=1", "/x?a=%C3"])
    func othersAreNone(target: String) { #expect(HTTPRequest(target: target) == nil) }

    @Test func aBrowserThatComesBackNamesTheLastEvent() {
        #expect(HTTPRequest(target: "/", lastEvent: "17")?.lastEvent == 17)
        #expect(HTTPRequest(target: "/", lastEvent: "")?.lastEvent == nil)
    }

    @Test(arguments: [
        ("", false), ("gzip", true), ("deflate, gzip, br", true), ("GZIP;q=0.5", true), ("gzip;q=0", false),
        ("gzip; q=0.000", false),
        ("*", true), ("*;q=0", false), ("gzip;q=0, *", false), ("identity", false), ("x-gzip", true), ("gzip;q=0.001", true),
        (";;,,", false),
    ])
    func gzipIsTakenIfTheReaderSaysSo(field: String, isTaken: Bool) throws {
        #expect(try #require(HTTPRequest(target: "/", acceptEncoding: field)).takesGzip == isTaken)
    }
}
