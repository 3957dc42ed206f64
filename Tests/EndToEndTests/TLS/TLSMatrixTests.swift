import FlomTestKit
import Foundation
import Testing

/// Which clients get in with which TLS settings, and the sentences for all others.
@Suite(.enabled(if: Conditions.hasProgram("openssl"), "needs openssl")) struct TLSMatrixTests {
    struct Row: CustomTestStringConvertible, Sendable {
        let name: String
        /// The options of a side, from the words for the parties below.
        let daemon: [String]
        let client: [String]
        let status: Int32
        /// The text that the client's sentence contains.
        let says: [String]

        init(_ name: String, _ daemon: [String], _ client: [String], _ status: Int32, _ says: String...) {
            (self.name, self.daemon, self.client, self.status, self.says) = (name, daemon, client, status, says)
        }

        var testDescription: String { name }
    }

    /// `own` is a certificate for this machine, `else` for another one, `foreign` that of another authority; `+ca2` trusts that one.
    static let rows = [
        Row("same CA", ["own"], ["own"], 0),
        Row("same CA, ids checked", ["own", "--tls-check-peer-id", "yes"], ["own", "--tls-check-peer-id", "yes"], 0),
        Row("client of another CA", ["own"], ["foreign"], 99, "does not know the CA of our certificate", "[-407]"),
        Row("client trusts another CA", ["own"], ["own+ca2"], 99, "is not trusted", "is not in the CA file", "[-407]"),
        Row("client has expired", ["own"], ["past"], 99, "our certificate has expired", "[-407]"),
        Row("client is not valid yet", ["own"], ["future"], 99, "not valid yet", "[-407]"),
        Row("daemon has expired", ["past"], ["own"], 99, "CN=past) has expired", "[-407]"),
        Row("daemon is not valid yet", ["future"], ["own"], 99, "CN=future) is not valid yet", "[-407]"),
        Row("wrong key", ["own"], ["mixed"], 99, "does not belong to the certificate", "[-404]"),
        Row("certificate is not PEM", ["own"], ["nopem"], 99, "has no certificate in PEM", "[-403]"),
        Row("CA is not PEM", ["own"], ["nopem-ca"], 99, "the CA certificate file", "[-401]"),
        Row("key is not PEM", ["own"], ["nopem-key"], 99, "has no key in PEM", "[-404]"),
        Row("other CN, nobody checks", ["else"], ["else"], 0),
        Row(
            "daemon's CN is wrong, client checks", ["else"], ["own", "--tls-check-peer-id", "yes"], 99, "made for 'else'", "[-23]"
        ),
        Row(
            "client's CN is wrong, daemon checks", ["own", "--tls-check-peer-id", "yes"], ["else"], 99, "made for, 'else'",
            "[-409]"),
        Row("an intermediate, client", ["own"], ["deep"], 0),
        Row("an intermediate, daemon", ["deep"], ["own"], 0),
        Row("an intermediate that is not sent", ["own"], ["leaf"], 99, "does not know the CA", "[-407]"),
        Row("1.3 and 1.2", ["own", "--tls-min-version", "1.3"], ["own", "--tls-min-version", "1.2"], 0),
        Row("revoked client, CRL", ["own", "revoked-list"], ["else"], 99, "does not accept the certificate", "[-409]"),
        Row("revoked client, fingerprint", ["own", "revoked-print"], ["else"], 99, "does not accept the certificate", "[-409]"),
        Row(
            "revoked client, serial number", ["own", "revoked-serial"], ["else"], 99, "does not accept the certificate", "[-409]"),
        Row("revoked daemon, CRL", ["else"], ["own", "revoked-list"], 99, "CN=else) is revoked", "[-407]"),
        Row("others than the revoked", ["own", "revoked-list"], ["own", "revoked-list"], 0),
        Row("revocations that are none", ["own"], ["own", "--tls-revoked", "/etc/passwd"], 99, "line 1 is neither", "[-5]"),
        Row("a part of the options", ["own"], ["--tls-certificate", "/etc/passwd"], 99, "missing: --tls-private-key, ", "[-5]"),
        Row("a check without TLS", ["own"], ["--tls-check-peer-id", "yes"], 99, "TLS needs --tls-certificate", "[-5]"),
        Row("plain client", ["own"], [], 99, "expects TLS: name --tls-certificate", "[-126]"),
        Row("plain daemon", [], ["own"], 99, "speaks plain text: leave the TLS options out", "[-406]"),
    ]

    @Test(arguments: rows, [false, true])
    func isLetInOrTold(row: Row, overTCP: Bool) async throws {
        let box = try Sandbox()
        defer { box.close() }
        let parties = try await Parties(in: box, for: row.daemon + row.client)
        let place = overTCP ? ["-a", "127.0.0.1", "-p", "\(try FreePort.find())"] : ["-s", box.socket]
        let common = [box.program] + place + ["--journal", box.journal]

        // A daemon whose certificate its own starter refuses still serves other clients.
        let start = try await box.run(common + ["-d", "60000"] + parties.options(row.daemon) + ["--", "true"])
        #expect(start.status == (row.daemon == ["past"] || row.daemon == ["future"] ? 99 : 0), "\(start)")
        let began = ContinuousClock.now
        let outcome = try await box.run(
            common + ["-d", "0", "-r", "x"] + parties.options(row.client) + ["--", "echo", "granted"])
        #expect(outcome.status == row.status, "\(outcome)")
        #expect(outcome.output == (row.status == 0 ? "granted\n" : ""))
        for part in row.says { #expect(outcome.errors.contains(part), "\(outcome.errors)") }
        #expect(outcome.errors.isEmpty == row.says.isEmpty, "\(outcome.errors)")
        // At once: the refusal does not wait for the limit of any step.
        #expect(ContinuousClock.now - began < .seconds(5))
    }

    /// The files behind the words of the rows; each is made when a row needs it.
    private struct Parties {
        private let box: Sandbox
        private let first: Certificates
        private let second: Certificates
        private let id = Conditions.machineID ?? "nobody"

        init(in box: Sandbox, for words: [String]) async throws {
            self.box = box
            first = Certificates(in: box)
            second = Certificates(in: box, "second")
            try await first.make(id, "else")
            if words.contains("past") {
                try await first.make("past", options: ["--start", "20200101000000Z", "--end", "20210101000000Z"])
            }
            if words.contains("future") {
                try await first.make("future", options: ["--start", "20400101000000Z", "--end", "20410101000000Z"])
            }
            if words.contains("deep") || words.contains("leaf") {
                try await first.make("deep", options: ["--intermediate"])
                let chain = Files.text(of: first.certificate("deep")) ?? ""
                let end = try #require(chain.range(of: "-----END CERTIFICATE-----\n"))
                try Files.write(String(chain[..<end.upperBound]), to: first.certificate("leaf"))
            }
            if words.contains("foreign") || words.contains("own+ca2") {
                try await second.make(id, options: ["--name", "other CA"])
            }
            if words.contains("revoked-list") { try await first.revoke("else") }
            for (word, option) in [("revoked-print", ["-fingerprint", "-sha256"]), ("revoked-serial", ["-serial"])]
            where words.contains(word) {
                let shown = try await box.run(["openssl", "x509", "-noout", "-in", first.certificate("else")] + option)
                try Files.write("# no more\n" + shown.output, to: box.path(word))
            }
        }

        func options(_ words: [String]) -> [String] {
            words.flatMap { word -> [String] in
                switch word {
                case "own": first.options(id)
                case "else", "past", "future", "deep": first.options(word)
                case "foreign": second.options(id, trusting: first)
                case "own+ca2": first.options(id, trusting: second)
                case "leaf": ["--tls-certificate", first.certificate("leaf")] + first.options("deep").dropFirst(2)
                case "mixed": first.options(id) + ["--tls-private-key", first.key("else")]
                case "nopem": first.options(id) + ["--tls-certificate", "/etc/passwd"]
                case "nopem-key": first.options(id) + ["--tls-private-key", "/etc/passwd"]
                case "nopem-ca": first.options(id) + ["--tls-ca-certificate", "/etc/passwd"]
                case "revoked-list": ["--tls-revoked", first.revocations]
                case "revoked-print", "revoked-serial": ["--tls-revoked", box.path(word)]
                default: [word]
                }
            }
        }
    }
}
