import FlomTestKit
import Foundation
import Testing

/// The Debian packages for programs: built, looked at, installed, used and purged on a copy of this machine.
@Suite(
    .enabled(if: Conditions.hasProgram("dpkg-deb"), "needs dpkg-deb"),
    .enabled(if: BuiltBindings.hasLibrary, "\(BuiltBindings.need)"),
    .enabled(if: Language.allCases.allSatisfy { $0.refusal == nil }, "needs Python, Perl, PHP and Java"))
struct LibraryPackageTests {
    private static let names = ["libflom0", "libflom-dev", "python3-flom", "libflom-java", "libflom-perl", "php-flom"]
    private static let environment = ["FLOM_LIBRARY_DIRECTORY": BuiltBindings.directory, "FLOM_BINDINGS": BuiltBindings.modules]

    /// One build serves both: packing takes longer than the rest.
    @Test func theyAreCleanInstalledUsedAndPurged() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let packages = try await PackageRoot.build(Self.names, in: box, environment: Self.environment)
        if Conditions.hasProgram("lintian") {
            let words = ["lintian", "--allow-root", "--fail-on", "error,warning,info", "--display-info"]
            let outcome = try await box.start(words + packages).wait(within: PackageRoot.patience)
            #expect(outcome.status == 0 && outcome.output.isEmpty, "\(outcome)")
        }
        guard PackageRoot.isPossible else { return print("not installed: \(PackageRoot.need)") }
        guard let outcome = try await PackageRoot.run(Self.inside, with: packages + [box.program], in: box) else {
            return print("skipped: no overlay file system can be mounted here")
        }
        #expect(outcome.status == 0, "\(outcome)")
        #expect(outcome.output.contains("all is well"), "\(outcome)")
    }

    private static let inside = """
        set -e
        unset XDG_STATE_HOME XDG_CONFIG_HOME HOME
        PATH=/usr/sbin:/usr/bin:/sbin:/bin
        cd /
        listing() { find /etc /usr /lib /var -path /etc/netns -prune -o -name '*flom*' -print 2>/dev/null | sort; }
        all="libflom0 libflom-dev python3-flom libflom-java libflom-perl php-flom"
        dpkg -P flom $all >/dev/null 2>&1 || true
        mv /flom /usr/bin/flom
        listing > /before
        dpkg -i /*flom*.deb
        for package in $all; do
            dpkg --verify $package
            test -s /usr/share/doc/$package/copyright && test -s /usr/share/doc/$package/changelog.gz
        done
        examples=/usr/share/doc
        printf '#include <flom.h>\\n#include <stdio.h>\\nint main(void) { return puts(flom_version()) < 0; }\\n' > /version.c
        if command -v cc >/dev/null && command -v pkg-config >/dev/null; then
            cc /version.c -o /version $(pkg-config --cflags --libs flom)
            /version
        fi
        test -s /usr/share/man/man3/flom.h.3.gz
        python3 $examples/python3-flom/examples/example.py db
        perl $examples/libflom-perl/examples/example.pl db
        php $examples/php-flom/examples/example.php db
        java -cp /usr/share/java/flom.jar $examples/libflom-java/examples/Example.java db
        [ "$(flom --history -r db --format csv | grep -c released)" = 4 ]
        flom -X
        dpkg -P $all
        rm -rf /var/lib/flom/*
        listing > /after
        diff /before /after
        echo all is well
        """
}
