import FlomTestKit
import Foundation
import Testing

/// What Perl, PHP and Java programs do while they wait, and with handles that nobody has any more. Python has tests of its own.
@Suite(.enabled(if: BuiltBindings.hasLibrary, "\(BuiltBindings.need)"))
struct LanguageWaitTests {
    /// A daemon, a command that holds `db`, and a program.
    private func beside(
        _ language: Language, _ text: String, named name: String, _ body: (Sandbox, Holder, RunningProcess) async throws -> Void
    ) async throws {
        if let refusal = language.refusal { return print("skipped, \(language): \(refusal)") }
        let box = try Sandbox()
        defer { box.close() }
        try box.configureSocket()
        let holder = try await box.hold("db")
        try Files.write(text, to: box.path(name))
        let process = try box.start(language.words(box.path(name)), environment: Language.environment)
        try await body(box, holder, process)
    }

    private func waits(_ process: RunningProcess, in box: Sandbox) async throws {
        try await eventually("it waits: \(process.errorsSoFar)") {
            try await box.status().contains { $0.outcome == "waiting" && $0.clientPID == process.pid }
        }
    }

    private static let perl = """
        use strict; use warnings; use Flom;
        $| = 1;
        $SIG{USR1} = sub { print "heard\\n" };
        $SIG{INT} = sub { die "interrupted\\n" };
        my $handle = Flom::flom_handle_t->new();
        Flom::handle_init($handle);
        Flom::handle_set_resource_name($handle, "db");
        my $code = eval { Flom::handle_lock($handle) };
        print defined $code ? "code $code\\n" : $@;
        <STDIN> if defined $code;
        """

    @Test func aHandlerOfPerlRunsDuringTheWait() async throws {
        try await beside(.perl, Self.perl, named: "wait.pl") { box, holder, process in
            try await waits(process, in: box)
            process.send(SIGUSR1)
            try await eventually("the handler has run") { process.outputSoFar == "heard\n" }
            try await waits(process, in: box)
            try await holder.letGo()
            let outcome = try await process.wait()
            #expect(outcome.output == "heard\ncode 0\n" && outcome.status == 0, "\(outcome)")
        }
    }

    @Test func aHandlerOfPerlThatDiesWithdrawsTheRequest() async throws {
        try await beside(.perl, Self.perl, named: "wait.pl") { box, holder, process in
            try await waits(process, in: box)
            process.send(SIGINT)
            let outcome = try await process.wait()
            #expect(outcome.output == "interrupted\n" && outcome.status == 0, "\(outcome)")
            try await eventually("only the holder is there") { try await box.status().count == 1 }
            try await holder.letGo()
        }
    }

    /// Other threads run while one waits, and one of them ends the wait.
    @Test func aThreadOfJavaCancels() async throws {
        let text = """
            import org.tiian.flom.*;

            public class Wait {
                public static void main(String[] arguments) throws Exception {
                    FlomHandle handle = new FlomHandle();
                    handle.setResourceName("db");
                    Thread waiter = new Thread(() -> {
                        try {
                            handle.lock();
                        } catch (FlomException error) {
                            System.out.println("code " + error.getReturnCode());
                        }
                    });
                    waiter.start();
                    int turns = 0;
                    while (System.in.available() == 0 && turns < 3) {
                        Thread.sleep(20);
                        turns++;
                    }
                    System.out.println("turns " + turns);
                    while (waiter.isAlive()) {
                        handle.cancel();
                        waiter.join(20);
                    }
                    handle.close();
                }
            }
            """
        try await beside(.java, text, named: "Wait.java") { box, holder, process in
            let outcome = try await process.wait()
            #expect(outcome.output == "turns 3\ncode 14\n" && outcome.status == 0, "\(outcome)")
            try await eventually("only the holder is there") { try await box.status().count == 1 }
            try await holder.letGo()
        }
    }

    /// A handle that a program drops releases its lock.
    @Test(arguments: [Language.perl, .php, .java]) func whatIsDroppedIsReleased(language: Language) async throws {
        let perl = """
            use strict; use warnings; use Flom;
            for my $turn (1, 2) {
                my $handle = Flom::flom_handle_t->new();
                Flom::handle_init($handle);
                Flom::handle_set_resource_name($handle, "_S_dropped[1]");
                Flom::handle_set_resource_idle_lifespan($handle, 60000);
                Flom::handle_set_resource_timeout($handle, 20000);
                print Flom::handle_lock($handle), " ", Flom::handle_get_locked_element($handle), "\\n";
            }
            """
        let php = """
            <?php
            foreach ([1, 2] as $turn) {
                $handle = null;
                $handle = new flom_handle_t();
                flom_handle_init($handle);
                flom_handle_set_resource_name($handle, "_S_dropped[1]");
                flom_handle_set_resource_idle_lifespan($handle, 60000);
                flom_handle_set_resource_timeout($handle, 20000);
                print flom_handle_lock($handle) . " " . flom_handle_get_locked_element($handle) . "\\n";
            }
            """
        let java = """
            import org.tiian.flom.*;

            public class Dropped {
                static void lock() throws FlomException {
                    FlomHandle handle = new FlomHandle();
                    handle.setResourceName("_S_dropped[1]");
                    handle.setResourceIdleLifespan(60000);
                    handle.setResourceTimeout(0);
                    handle.lock();
                    System.out.println("0 " + handle.getLockedElement());
                }

                public static void main(String[] arguments) throws Exception {
                    lock();
                    for (int turn = 0; turn < 500; turn++) {
                        System.gc();
                        try {
                            lock();
                            break;
                        } catch (FlomException error) {
                            Thread.sleep(20);
                        }
                    }
                }
            }
            """
        let text = [Language.perl: perl, .php: php, .java: java][language]!
        let name = [Language.perl: "dropped.pl", .php: "dropped.php", .java: "Dropped.java"][language]!
        try await beside(language, text, named: name) { _, holder, process in
            let outcome = try await process.wait()
            // By rollback, so that the number is handed out again.
            #expect(outcome.output == "0 1\n0 1\n" && outcome.status == 0, "\(outcome)")
            try await holder.letGo()
        }
    }
}
