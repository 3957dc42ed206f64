import Foundation

/// Runs the commands of a page, in one shell for each host.
package enum PageRunner {
    /// The machine of pages without a network.
    private static let machine = "vm"

    /// Whether pages can be run here.
    package static let isPossible: Bool = {
        var words =
            (PageMachine.namespaces + ["--net", "sh", "-c", "exec 2>&-; mount -t tmpfs page /tmp"]).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var pid: pid_t = 0
        var status: Int32 = 1
        return posix_spawnp(&pid, "unshare", nil, nil, &words, environ) == 0 && waitpid(pid, &status, 0) == pid && status == 0
    }()
    package static let need = "needs the right to make namespaces of processes, mounts and names (`unshare`)"

    /// - Returns: the output of each command.
    /// - Throws: `NeverHappened`
    package static func outputs(of page: Page) async throws -> [[String]] {
        guard page.needsNetwork else {
            let box = try Sandbox()
            defer { box.close() }
            return try await outputs(of: page, on: ["": PageMachine(machine, box)])
        }
        let net = try await HostNetwork()
        defer { net.close() }
        var machines: [String: PageMachine] = [:]
        for host in net.hosts {
            machines[host.name] = try PageMachine(host.name, net.box, under: ["ip", "netns", "exec", host.namespace])
        }
        return try await outputs(of: page, on: machines)
    }

    private static func outputs(of page: Page, on machines: [String: PageMachine]) async throws -> [[String]] {
        let roots = machines.values.map(\.root)
        var typed: [String: Int] = [:]
        var outputs: [[String]] = []
        for command in page.commands {
            let name = command.host ?? ""
            guard let machine = machines[name] else {
                throw Page.Malformed(description: "line \(command.number): there is no host '\(name)'")
            }
            let length = machine.length
            try await machine.type(command.text, after: typed[name, default: 0])
            try await Stillness.come(below: roots)
            outputs.append(machine.printed(after: length))
            typed[name, default: 0] += 1
        }
        return outputs
    }

    /// The differences to the page, each as a sentence with the page's line.
    package static func differences(_ page: Page, _ outputs: [[String]]) -> [String] {
        zip(page.commands, outputs).compactMap { command, output in
            ShownOutput.difference(command.output, output).map { "line \(command.number), `\(command.text)`: \($0)" }
        }
    }
}
