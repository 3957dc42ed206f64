import Testing

@testable import FlomSystem

/// The control groups that a daemon leaves, and those that it enters.
@Suite struct ControlGroupTests {
    @Test func onlyThoseBySomebodyEndsOrFreezesProcesses() {
        let text = """
            12:freezer:/job/7
            9:name=systemd:/system.slice/ci.service
            4:memory:/m
            0::/system.slice/a:b.service
            broken
            7:x

            """
        #expect(
            ControlGroups.memberships(in: Array(text.utf8)) == [
                .init(hierarchy: "freezer", path: "/job/7"),
                .init(hierarchy: "name=systemd", path: "/system.slice/ci.service"),
                .init(hierarchy: "", path: "/system.slice/a:b.service"),
            ])
    }

    @Test(arguments: [
        ("/", []), ("/../job", []), ("/a/flom", []), ("/flom", []), ("/a", ["/", "/flom"]),
        ("/user.slice/user@7.service/app.scope", ["/", "/flom", "/user.slice/flom", "/user.slice/user@7.service/flom"]),
    ])
    func theFarthestPlaceIsTriedFirst(path: String, refuges: [String]) { #expect(ControlGroups.refuges(from: path) == refuges) }
}
