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

    /// It comes while `lock_start` still asks, where Perl does not look at signals.
    @Test func aHandlerOfPerlRunsAlsoIfItsSignalComesBeforeTheWait() async throws {
        let text = """
            use strict; use warnings; use Flom; use Time::HiRes;
            $| = 1;
            $SIG{ALRM} = sub { print "heard\\n" };
            my $handle = Flom::flom_handle_t->new();
            Flom::handle_init($handle);
            Flom::handle_set_resource_name($handle, "db");
            for my $turn (1 .. 5) {
                Flom::handle_set_resource_timeout($handle, $turn < 5 ? 50 : -1);
                Time::HiRes::ualarm(3000 + 1000 * $turn);
                print Flom::handle_lock($handle), "\\n";
            }
            """
        try await beside(.perl, text, named: "early.pl") { box, holder, process in
            try await waits(process, in: box)
            let expected = String(repeating: "heard\n9\n", count: 4)
            try await eventually("the handlers have run: \(process.outputSoFar)") { process.outputSoFar == expected + "heard\n" }
            try await waits(process, in: box)
            try await holder.letGo()
            let outcome = try await process.wait()
            #expect(outcome.output == expected + "heard\n0\n" && outcome.status == 0, "\(outcome)")
        }
    }

    /// A lock that is granted while the handler runs is given back.
    @Test func aHandlerOfPerlThatDiesKeepsNothing() async throws {
        let text = """
            use strict; use warnings; use Flom;
            $| = 1;
            sub pass { open(my $gate, "<", $0 =~ s{[^/]*$}{}r . $_[0]) or die $!; <$gate> }
            $SIG{USR1} = sub { print "heard\\n"; pass("first"); die "too late\\n" };
            my $handle = Flom::flom_handle_t->new();
            Flom::handle_init($handle);
            Flom::handle_set_resource_name($handle, "db");
            eval { Flom::handle_lock($handle) };
            print $@;
            pass("second");
            """
        try await beside(.perl, text, named: "late.pl") { box, holder, process in
            let (first, second) = (try box.gate("first"), try box.gate("second"))
            try await waits(process, in: box)
            process.send(SIGUSR1)
            try await eventually("the handler has begun") { process.outputSoFar == "heard\n" }
            try await holder.letGo()
            try await eventually("it is granted") {
                try await box.status().contains { $0.outcome == "held" && $0.clientPID == process.pid }
            }
            try await first.open()
            try await eventually("the handler has died") { process.outputSoFar == "heard\ntoo late\n" }
            try await eventually("nobody holds") { try await box.status().isEmpty }
            try await second.open()
            #expect(try await process.wait().status == 0)
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

    /// The thread that frees meets the other one before, in and after its wait.
    @Test func aHandleOfJavaIsFreedWhileAThreadIsAboutToWait() async throws {
        let text = """
            import org.tiian.flom.*;

            public class Freed {
                static volatile boolean begins;

                public static void main(String[] arguments) throws Exception {
                    for (int turn = 0; turn < 200; turn++) {
                        FlomHandle handle = new FlomHandle();
                        handle.setResourceName("db");
                        begins = false;
                        Thread waiter = new Thread(() -> {
                            begins = true;
                            try {
                                handle.lock();
                                System.out.println("locked");
                            } catch (FlomException error) {
                                int code = error.getReturnCode();
                                if (code != FlomErrorCodes.FLOM_RC_CANCELED && code != FlomErrorCodes.FLOM_RC_OBJ_CORRUPTED)
                                    System.out.println("code " + code);
                            }
                        });
                        waiter.start();
                        while (!begins) Thread.onSpinWait();
                        long end = System.nanoTime() + turn * 2000L;
                        while (System.nanoTime() < end) Thread.onSpinWait();
                        handle.free();
                        waiter.join();
                    }
                    System.out.println("freed");
                }
            }
            """
        try await beside(.java, text, named: "Freed.java") { box, holder, process in
            let outcome = try await process.wait()
            #expect(outcome.output == "freed\n" && outcome.status == 0, "\(outcome)")
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
