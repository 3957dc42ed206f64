import FlomTestKit
import Foundation
import Testing

/// The Debian package: built, looked at, and installed, used and purged on a copy of this machine.
@Suite(.enabled(if: Conditions.hasProgram("dpkg-deb"), "needs dpkg-deb")) struct PackageTests {
    private static func build(in box: Sandbox) async throws -> String { try await PackageRoot.build(["flom"], in: box)[0] }

    /// Whether the program has a man page to be packaged.
    private static func prints(_ what: String, in box: Sandbox) async throws -> Bool {
        try await box.run([box.program, "--print", what]).status == 0
    }

    @Test(.enabled(if: Conditions.hasProgram("lintian"), "needs lintian")) func lintianFindsNothing() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let package = try await Self.build(in: box)
        var words = ["lintian", "--allow-root", "--fail-on", "error,warning,info"]
        if try await !Self.prints("man", in: box) { words += ["--suppress-tags", "no-manual-page"] }
        let outcome = try await box.start(words + [package]).wait(within: PackageRoot.patience)
        #expect(outcome.status == 0 && outcome.output.isEmpty, "\(outcome)")
        // A wrong package would be found.
        let script = #"dpkg-deb -R "$0" t && chmod 600 t/usr/share/doc/flom/copyright && dpkg-deb -Znone -b t bad.deb"#
        #expect(try await box.start(["sh", "-c", script, package]).wait(within: PackageRoot.patience).status == 0)
        let bad = try await box.start(words + ["bad.deb"]).wait(within: PackageRoot.patience)
        #expect(bad.status != 0 && bad.output.contains("copyright"), "\(bad)")
    }

    @Test(.enabled(if: PackageRoot.isPossible, "\(PackageRoot.need)")) func itIsInstalledUsedAndPurged() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let package = try await Self.build(in: box)
        guard let outcome = try await PackageRoot.run(Self.inside, with: [package], in: box) else {
            return print("skipped: no overlay file system can be mounted here")
        }
        #expect(outcome.status == 0, "\(outcome)")
        #expect(outcome.output.contains("all is well"), "\(outcome)")
    }

    private static let inside = """
        set -e
        unset XDG_STATE_HOME XDG_CONFIG_HOME HOME
        cd /
        # Hosts of other tests come and go below /etc/netns.
        listing() { find /etc /usr /lib /var /run -path /etc/netns -prune -o -name '*flom*' -print 2>/dev/null | sort; }
        # What the machine has already is not the package's.
        dpkg -P flom >/dev/null 2>&1 || true
        listing > /before
        dpkg -i /flom_*.deb
        [ "$(command -v flom)" = /usr/bin/flom ]
        flom -r x -- true
        flom --history -r x | grep -q released
        for file in /lib/systemd/system/flom.service /lib/systemd/system/flom.socket /lib/systemd/system/flom-server.service \\
            /usr/lib/tmpfiles.d/flom.conf /usr/lib/sysusers.d/flom.conf /etc/flom/server.conf /usr/share/doc/flom/copyright \\
            /usr/share/doc/flom/changelog.gz /usr/share/doc/flom/README.md.gz /usr/share/doc/flom/docs/service.md.gz \\
            /usr/share/doc/flom/docs/use-cases/README.md.gz; do test -s $file; done
        /usr/share/doc/flom/examples/make-certs /certs 0123456789abcdef0123456789abcdef
        test -s /certs/0123456789abcdef0123456789abcdef.key
        if flom --print man >/dev/null 2>&1; then
            test -s /usr/share/man/man1/flom.1.gz
            test -s /usr/share/bash-completion/completions/flom
            test -s /usr/share/zsh/vendor-completions/_flom
            test -s /usr/share/fish/vendor_completions.d/flom.fish
        fi
        ! command -v systemd-sysusers >/dev/null || getent passwd flom
        dpkg --verify flom
        flom -X
        # The service's own state is purged, the records of commands stay.
        mkdir -p /var/lib/flom-server && echo x > /var/lib/flom-server/local.journal
        ls /var/lib/flom/*.journal
        dpkg -r flom
        test -e /etc/flom/server.conf && test -e /var/lib/flom-server/local.journal
        dpkg -P flom
        ls /var/lib/flom/*.journal
        rm -r /var/lib/flom/*
        listing > /after
        diff /before /after
        echo all is well
        """
}
