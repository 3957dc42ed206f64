import FlomTestKit
import Foundation
import Testing

/// The files of `-m`.
@Suite(.enabled(if: StatusFilesWorld.isPossible, "needs root and FUSE")) struct StatusFilesTests {
    @Test func whoHoldsAndWhoWaitsIsThere() async throws {
        let world = try StatusFilesWorld()
        defer { world.close() }
        try await world.startDaemon()
        #expect(world.mounts.first?.hasPrefix("flom \(world.place) fuse.flom ro,") == true, "\(world.mounts)")
        #expect(!world.mounts[0].contains("allow_other"), "\(world.mounts)")
        let holder = try await world.box.hold("foo[2]", options: "-q", "2")
        let waiter = try await world.box.queue(for: "foo[2]", "--", "true")
        let locker = try await world.locker("foo[2]", holders: 1, waiters: 1)
        let rows = try await world.box.status().filter { $0.resource == "foo[2]" }
        #expect(world.names("") == ["status", "status.json"] && world.names("status") == ["incubator", "lockers"])
        #expect(world.names(locker) == ["holders", "resource_name", "resource_type", "waitings"])
        #expect(world.text(locker + "/resource_type") == "numeric\n")
        let (held, waiting) = (locker + "/holders/\(rows[0].request)", locker + "/waitings/\(rows[1].request)")
        let waitersFiles = ["command", "host", "peer_name", "pid", "quantity", "since", "user"]
        #expect(world.names(held) == (waitersFiles + ["token"]).sorted() && world.names(waiting) == waitersFiles)
        #expect(world.text(held + "/peer_name") == "localhost/\n" && world.text(held + "/quantity") == "2\n")
        #expect(world.text(waiting + "/quantity") == "1\n")
        #expect(world.text(held + "/pid") == "\(holder.commandPID)\n")
        #expect(world.text(held + "/command")?.wholeMatch(of: #/cat \S+\/gate-\S+\n/#) != nil)
        #expect(world.text(held + "/user") == rows[0].user + "\n" && world.text(held + "/host") == rows[0].host + "\n")
        #expect(world.text(held + "/since")?.wholeMatch(of: #/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z\n/#) != nil)
        let token = world.text(held + "/token").flatMap { Int64($0.dropLast()) }
        #expect(token != nil && token! > 0)
        try await holder.letGo()
        #expect(try await waiter.wait().status == 0)
        let left = try await world.locker("foo[2]", holders: 0, waiters: 0)
        #expect(left == locker)
    }

    @Test func whoWaitsForANameIsInTheIncubatorAndLeavesIt() async throws {
        let world = try StatusFilesWorld()
        defer { world.close() }
        try await world.startDaemon()
        let waiter = try world.box.startFlom("-r", "later", "-e", "no", "--", "true")
        try await eventually("one is in the incubator") { world.names("status/incubator").count == 1 }
        let files = "status/incubator/" + world.names("status/incubator")[0]
        #expect(world.text(files + "/resource_name") == "later\n" && world.text(files + "/resource_type") == "simple\n")
        waiter.send(SIGKILL)
        try await eventually("nobody is there any more") { world.names("status/incubator").isEmpty }
    }

    @Test func theDocumentIsTheStatus() async throws {
        let world = try StatusFilesWorld()
        defer { world.close() }
        try await world.startDaemon()
        let holder = try await world.box.hold("db")
        let waiter = try await world.box.queue(for: "db", "--", "true")
        _ = try await world.locker("db", holders: 1, waiters: 1)
        let printed = try await world.box.flom("--status", "--format", "json").output.split(separator: "\n")
        let text = try #require(world.text("status.json"))
        let document = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        #expect(document["endpoint"] as? String == world.box.socket, "\(text)")
        #expect(text.hasSuffix("\"requests\":[\(printed.joined(separator: ","))]}\n"), "\(text)")
        try await holder.letGo()
        #expect(try await waiter.wait().status == 0)
    }

    @Test func modesOwnersAndSizesAreThoseOf172() async throws {
        let world = try StatusFilesWorld()
        defer { world.close() }
        try await world.startDaemon()
        let holder = try await world.box.hold("db", options: "-l", "PR")
        let files = try await world.locker("db", holders: 1, waiters: 0) + "/holders"
        let mode = world.place + "/" + files + "/" + world.names(files)[0] + "/lock_mode"
        #expect(Files.text(of: mode) == "ProtectedRead")
        let shown = try await world.box.run(["stat", "-c", "%a %u %s %h %b %X", mode, world.place + "/status"])
        #expect(shown.output == "440 0 13 1 0 0\n550 0 0 2 0 0\n", "\(shown)")
        try await holder.letGo()
    }

    /// Each with the status 1, and none with an effect.
    @Test func nothingCanBeWritten() async throws {
        let world = try StatusFilesWorld()
        defer { world.close() }
        try await world.startDaemon()
        let script = """
            import errno, os, sys
            os.chdir(sys.argv[1])
            calls = {
                "create": lambda: os.open("new", os.O_CREAT | os.O_WRONLY), "write": lambda: os.open("status.json", os.O_WRONLY),
                "append": lambda: os.open("status.json", os.O_RDWR | os.O_APPEND), "truncate": lambda: os.truncate("status.json", 0),
                "mkdir": lambda: os.mkdir("new"), "mknod": lambda: os.mknod("new"), "unlink": lambda: os.unlink("status.json"),
                "rmdir": lambda: os.rmdir("status"), "rename": lambda: os.rename("status.json", "new"),
                "symlink": lambda: os.symlink("status", "new"), "link": lambda: os.link("status.json", "new"),
                "chmod": lambda: os.chmod("status.json", 0o777), "chown": lambda: os.chown("status.json", 1, 1),
                "utime": lambda: os.utime("status.json"), "setxattr": lambda: os.setxattr("status.json", "user.a", b"b"),
            }
            for name, call in calls.items():
                try: call(); print(name, "is possible")
                except OSError as error:
                    if error.errno not in (errno.EROFS, errno.EACCES): print(name, error)
            """
        let outcome = try await world.box.run(["python3", "-c", script, world.place])
        #expect(outcome.status == 0 && outcome.output.isEmpty && outcome.errors.isEmpty, "\(outcome)")
        #expect(world.names("") == ["status", "status.json"])
    }

    /// What is open shows the state of its opening, also when the request is over, and delays nobody.
    @Test func whatIsOpenStaysAsItWas() async throws {
        let world = try StatusFilesWorld()
        defer { world.close() }
        try await world.startDaemon()
        let holder = try await world.box.hold("db")
        let locker = try await world.locker("db", holders: 1, waiters: 0)
        let files = locker + "/holders/" + world.names(locker + "/holders")[0]
        let file = open(world.place + "/" + files + "/command", O_RDONLY)
        let document = open(world.place + "/status.json", O_RDONLY)
        let directory = open(world.place + "/" + files, O_RDONLY | O_DIRECTORY)
        defer { for descriptor in [file, document, directory] { close(descriptor) } }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let first = pread(document, &bytes, 20, 0)
        #expect(file >= 0 && directory >= 0 && first == 20)
        let head = String(decoding: bytes[..<20], as: UTF8.self)
        try await holder.letGo()
        for number in 0..<20 {
            let outcome = try await world.flom("-r", "db", "-o", "5000", "--", "true")
            #expect(outcome.status == 0, "\(number): \(outcome)")
        }
        #expect(world.text(files + "/command") == nil)
        let command = pread(file, &bytes, bytes.count, 0)
        let said = String(decoding: bytes[..<max(0, command)], as: UTF8.self)
        #expect(said.wholeMatch(of: #/cat \S+\/gate-\S+\n/#) != nil, "\(said)")
        let whole = pread(document, &bytes, bytes.count, 0)
        let text = String(decoding: bytes[..<max(0, whole)], as: UTF8.self)
        #expect(text.hasPrefix(head) && text.contains("/gate-") && text.hasSuffix("}]}\n"), "\(text)")
        var found = stat()
        #expect(fstat(file, &found) == 0 && found.st_size == command)
        // 1.7.2 died of this.
        let pid = try #require(world.box.daemonPID)
        #expect(world.names("").count == 2 && ProcessTable.isAlive(pid))
    }

    /// A thousand resources, walked while others lock and unlock: nobody is missing, nothing is doubled, and no lock waits.
    @Test func aThousandResourcesAreListed() async throws {
        let world = try StatusFilesWorld()
        defer { world.close() }
        try await world.startDaemon()
        let gate = try world.box.gate("gate")
        var holders: [RunningProcess] = []
        // At most 64 of one command.
        for start in stride(from: 0, to: 1000, by: 50) {
            let names = (start..<start + 50).flatMap { ["-r", "r\($0)"] }
            holders.append(try world.box.start([world.box.program] + world.box.options + names + ["--", "cat", gate.path]))
        }
        try await eventually("1000 are held") {
            try await world.box.status().filter { $0.resource.hasPrefix("r") && $0.outcome == "held" }.count == 1000
        }
        let script =
            "while [ -e \(world.place)/status ] && [ -e \(world.box.directory)/go ]; do "
            + "find \(world.place) -type f -exec cat {} + >/dev/null 2>&1; done; true"
        try Files.write("", to: world.box.path("go"))
        let reader = try world.box.start(["sh", "-c", script])
        for _ in 0..<10 { #expect(try await world.flom("-r", "db", "-o", "5000", "--", "true").status == 0) }
        unlink(world.box.path("go"))
        #expect(try await reader.wait().status == 0)
        let found = try await world.box.run([
            "find", world.place + "/status/lockers", "-path", "*/holders/*", "-name", "token",
        ])
        let lockers = Set(found.output.split(separator: "\n").map { $0.split(separator: "/").dropLast(3).last! })
        #expect(found.status == 0 && lockers.count == 1000, "\(lockers.count)")
        for holder in holders { holder.send(SIGTERM) }
    }

    @Test func onlyTheDaemonsUserEnters() async throws {
        try #require(Conditions.canBecomeNobodyKnown)
        let world = try StatusFilesWorld()
        defer { world.close() }
        try await world.startDaemon()
        #expect(chmod(world.box.directory, 0o755) == 0)
        let outcome = try await world.box.run(Stranger.words(["ls", world.place]))
        #expect(outcome.status != 0 && outcome.errors.contains("Permission denied"), "\(outcome)")
    }
}
