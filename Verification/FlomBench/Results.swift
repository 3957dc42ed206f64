import Foundation

/// The results of one run of the bench, as they are written to a file and read again.
struct Results: Codable {
    var machine = Machine()
    var measurements: [Measurement] = []

    struct Machine: Codable {
        var processor = ""
        var cores = 0
        var system = ""
        var load = ""
    }

    func write(to path: String) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        do { try encoder.encode(self).write(to: URL(fileURLWithPath: path)) } catch {
            Bench.fail("\(path) cannot be written: \(error.localizedDescription)")
        }
    }

    static func read(_ path: String) -> Results {
        do { return try JSONDecoder().decode(Results.self, from: Data(contentsOf: URL(fileURLWithPath: path))) } catch {
            Bench.fail("\(path) cannot be read as results of tools/bench: \(error.localizedDescription)")
        }
    }

    /// A row for each figure: flom first, then each other contender with its ratio to flom, or flom and all others with their ratios to the
    /// floor.
    func show() {
        print("\(machine.processor), \(machine.cores) cores, \(machine.system); load average at the start \(machine.load)")
        var shown: Set<String> = []
        for measurement in measurements where shown.insert(measurement.scenario).inserted {
            let summary = Scenario.all.first { $0.name == measurement.scenario }?.summary ?? "whole command, daemon running"
            print("\n\(measurement.scenario): \(summary)")
            let all = measurements.filter { $0.scenario == measurement.scenario }
            let floor = all.first { $0.contender == Role.floor.rawValue }
            for figure in measurement.figures {
                if let floor = floor?.value(of: figure) {
                    print(Self.line(of: figure, in: all, floor: floor))
                    continue
                }
                var line = "  " + Text.padded(figure.name, 34)
                for one in all {
                    guard let value = one.value(of: figure) else { continue }
                    line += Text.padded("  \(one.contender) \(figure.unit.shown(value))", 24)
                    if one.contender != measurement.contender, figure.value > 0 {
                        line += "(\(Text.fixed(value / figure.value, digits: 2)) x)"
                    }
                }
                print(line)
            }
        }
    }

    /// flom and the floor, flom's ratio to the floor, then each other contender with its own.
    private static func line(of figure: Figure, in all: [Measurement], floor: Double) -> String {
        var line = "  " + Text.padded(figure.name, 20)
        for one in all {
            guard let value = one.value(of: figure) else { continue }
            line += "   \(one.contender) \(figure.unit.shown(value))"
            let compared = one.contender == Role.floor.rawValue ? figure.value : value
            if one.contender != Role.flom.rawValue { line += "   \(Text.fixed(compared / floor, digits: 2)) x" }
        }
        return line
    }

    /// Each figure as a ratio to that of an earlier run: above 1 is worse.
    func show(comparedWith earlier: Results) {
        print("\ncompared with the earlier run (above 1 is worse):")
        for measurement in measurements {
            guard
                let before = earlier.measurements.first(where: {
                    $0.scenario == measurement.scenario && $0.contender == measurement.contender
                })
            else { continue }
            for figure in measurement.figures {
                guard let old = before.value(of: figure), old > 0, figure.value > 0 else {
                    continue
                }
                let ratio = figure.unit.isBetterWhenLess ? figure.value / old : old / figure.value
                let name = Text.padded("\(measurement.scenario), \(measurement.contender): \(figure.name)", 56)
                print(
                    "  \(name) \(Text.padded(figure.unit.shown(old), 14)) -> "
                        + "\(Text.padded(figure.unit.shown(figure.value), 14)) \(Text.fixed(ratio, digits: 2))")
            }
        }
    }
}

extension Results.Machine {
    static func this() -> Results.Machine {
        func lines(_ path: String) -> [String] {
            ((try? String(contentsOfFile: path, encoding: .utf8)) ?? "").split(separator: "\n").map(String.init)
        }
        func value(_ path: String, _ key: String, _ separator: Character) -> String {
            lines(path).first { $0.hasPrefix(key) }?.split(separator: separator, maxSplits: 1).last
                .map { $0.trimmingCharacters(in: CharacterSet(charactersIn: " \t\"")) } ?? ""
        }
        var machine = Results.Machine()
        machine.processor = value("/proc/cpuinfo", "model name", ":")
        machine.cores = ProcessInfo.processInfo.activeProcessorCount
        machine.system = value("/etc/os-release", "PRETTY_NAME", "=")
        machine.load = lines("/proc/loadavg").first.map { String($0.split(separator: " ")[0]) } ?? ""
        return machine
    }
}
