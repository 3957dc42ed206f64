internal import FlomConfiguration
internal import FlomModel
internal import FlomSettings
internal import FlomSystem
internal import FlomWire

/// Settings while files and options are applied to them, with the position of the reading. The effect of some options depends on it.
package struct SettingsReader {
    package internal(set) var settings = Settings()
    /// The position in the file that is being read, `PATH:LINE`; nil for the command line.
    private(set) var place: String?
    /// Whether the command line has named a signal to be ignored.
    private var hasTypedSignal = false

    package init() {}

    /// Applies a line of a file.
    ///
    /// - Parameter value: the bytes of the value; empty takes back earlier lines, where the option allows that.
    mutating func read(_ value: [UInt8], of option: Option, at place: String) throws(Value.Refused) {
        self.place = place
        defer { self.place = nil }
        let effect = option.effect
        if value.isEmpty, let reset = effect.reset { return reset(&settings) }
        guard case .none = option.argument else { return try effect.apply(&self, value) }
        // A flag on the command line is yes or no in a file.
        if try Value.yesOrNo(OptionTable.text(value)) { try effect.apply(&self, []) } else { effect.reset?(&settings) }
    }

    // MARK: - Resources

    /// Whether the next mode or quantity applies to all resources, and the next resource replaces the earlier ones: in files, and
    /// on the command line before its first resource.
    private var resourcesAreInherited: Bool { !settings.namesResource }

    /// Takes the name of a resource, or a pattern; the action decides which of the two it accepts.
    mutating func want(nameOrPattern bytes: [UInt8]) throws(Value.Refused) {
        do { try want(try Value.resourceName(bytes)) } catch {
            guard bytes.contains(where: { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") }) else { throw error }
            settings.resourcePattern = bytes
        }
    }

    private mutating func want(_ name: ResourceName) throws(Value.Refused) {
        if resourcesAreInherited { settings.resources.removeAll() }
        guard settings.resources.count < PartLimit.resources else {
            throw Value.Refused(accepted: "at most \(PartLimit.resources) resources for one command")
        }
        settings.resources.append(LockPart(name, settings.mode, quantity: settings.quantity))
        // A resource in a file is the default for commands; reports concern all resources unless `-r` is given.
        if place == nil { settings.namesResource = true }
    }

    /// Before the first resource the mode applies to all, after a resource to that one.
    mutating func want(mode: LockMode) {
        settings.namesMode = true
        if resourcesAreInherited {
            settings.mode = mode
            for index in settings.resources.indices { settings.resources[index].mode = mode }
        } else {
            settings.resources[settings.resources.count - 1].mode = mode
        }
    }

    /// As `want(mode:)`. A quantity that is not positive changes nothing.
    mutating func want(quantity: Int32) {
        if quantity < 0 { settings.remarks.append("the resource quantity \(quantity) is negative and is ignored") }
        guard quantity > 0 else { return }
        if resourcesAreInherited {
            settings.quantity = quantity
            for index in settings.resources.indices { settings.resources[index].quantity = quantity }
        } else {
            settings.resources[settings.resources.count - 1].quantity = quantity
        }
    }

    // MARK: - Signals and rules

    /// In a file the text has all signals, with `;` between them, and replaces those of earlier lines. On the command line it has
    /// one signal, and the first one replaces those of files.
    mutating func ignore(_ text: String) throws(Value.Refused) {
        if place != nil {
            var list = SignalSet()
            for name in text.split(separator: ";") { list.insert(try Value.signal(String(name))) }
            settings.monitor.ignoredSignals = list
        } else {
            let signal = try Value.signal(text)
            if !hasTypedSignal { settings.monitor.ignoredSignals = SignalSet() }
            hasTypedSignal = true
            settings.monitor.ignoredSignals.insert(signal)
        }
    }

    /// Adds a rule of access, which keeps the place where it is written.
    mutating func addRule(_ text: String) throws(Value.Refused) {
        guard settings.daemon.access.rules.count < AccessSettings.mostRules else {
            throw Value.Refused(accepted: "at most \(AccessSettings.mostRules) rules")
        }
        do {
            let rule = try AccessRule(text, place: place.map { Files.absolute($0) } ?? "--access-rule")
            settings.daemon.access.rules.append(rule)
        } catch {
            throw Value.Refused(accepted: error.accepted)
        }
    }
}
