internal import FlomCore
internal import FlomEngine
internal import FlomModel
internal import FlomSystem

/// Traces the engine's decisions, for the components of the locker and of the kinds of resources.
extension Daemon {
    func trace(_ event: Event) {
        guard Trace.showsDecisions else { return }
        let resource: ResourceName? =
            if case .requested(let request) = event.kind { request.resource } else {
                engine.resources(of: event.request).first ?? table.holders[event.request]?.resource
            }
        let text = "request \(event.request.number)" + (resource.map { " on '\($0)'" } ?? "") + ": \(event.kind.traceText)"
        Trace.step(.locker, text)
        if let resource { Trace.step(resource.kind.component, "\(resource.kind.word): \(text)") }
    }
}

extension ResourceKind {
    fileprivate var component: Trace.Component {
        switch self {
        case .simple: .simple
        case .numeric: .numeric
        case .set: .set
        case .hierarchical: .hierarchical
        case .sequence: .sequence
        case .timestamp: .timestamp
        }
    }
}

extension Event.Kind {
    /// The event in words, without the client's secret and the command line.
    fileprivate var traceText: String {
        switch self {
        case .requested(let request): "asks in \(request.mode.shortName), quantity \(request.quantity)"
        case .queued(let position): "waits at place \(position)"
        case .awaitingCreation: "waits until the resource exists"
        case .granted(let token, let element):
            "granted, token \(token.value)" + (element.map { ", element '\(String(decoding: $0, as: UTF8.self))'" } ?? "")
        case .described: "described"
        case .started(let process): "command runs as pid \(process.pid)"
        case .released(let completion): "released: \(completion)"
        case .withdrawn(let withdrawal): "withdrawn: \(withdrawal)"
        case .refused(let refusal): "refused: \(refusal)"
        case .orphaned: "client gone, command runs on"
        case .resumed: "client has come back"
        case .passedOver: "passed over: it has not taken what it was offered"
        case .identified: "client has been identified anew"
        case .reclaimed(let proof): "reclaimed: \(proof)"
        case .broken(let person, let reason): "broken by \(person): \(reason)"
        }
    }
}
