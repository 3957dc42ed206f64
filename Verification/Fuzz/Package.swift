// swift-tools-version: 6.2
import Foundation
import PackageDescription

// Beside the product, and no part of its build: `tools/fuzz` puts the product's own sources, and what the tests hold them against, beside
// those of this folder, and builds it with libFuzzer. Of FlomNet and FlomDaemon it takes what needs no SwiftNIO: that, and BoringSSL under
// it, would make a build of one minute one of five.

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

let package = Package(
    name: "fuzz",
    targets: [
        .target(name: "FlomModel", swiftSettings: strict),
        .target(name: "FlomWire", dependencies: ["FlomModel"], swiftSettings: strict),
        .target(name: "CFlomSystem"),
        .target(name: "FlomSystem", dependencies: ["CFlomSystem"], swiftSettings: strict),
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3"),
        .target(
            name: "Migrations", path: "Sources/Migrations",
            resources: (try! FileManager.default.contentsOfDirectory(atPath: Context.packageDirectory + "/Sources/Migrations"))
                .filter { $0.hasSuffix(".sql") }.map { .embedInCode($0) },
            swiftSettings: strict),
        .target(
            name: "FlomStore", dependencies: ["FlomModel", "FlomSystem", "Migrations", "CSQLite"], swiftSettings: strict),
        .target(
            name: "FlomNet", dependencies: ["FlomModel", "FlomWire", "FlomSystem", "CFlomSystem"],
            sources: [
                "Addresses/Interfaces.swift",
                "Addresses/InternetAddress.swift",
                "Addresses/NameLookup.swift",
                "Addresses/Resolver.swift",
                "Addresses/UnixAddress.swift",
                "Sockets/Keepalive.swift",
                "Sockets/NetworkError.swift",
                "Sockets/Polling.swift",
                "TLS/TLSSettings.swift",
            ],
            swiftSettings: strict),
        .target(
            name: "FlomDaemon",
            dependencies: ["FlomModel", "FlomWire", "FlomStore", "FlomNet", "FlomSystem", "CFlomSystem"],
            sources: [
                "Access/AccessIdentity.swift",
                "Access/AccessPolicy.swift",
                "Access/AccessRight.swift",
                "Access/AccessRule.swift",
                "Access/AccessSettings.swift",
                "Access/AccessWho.swift",
                "Access/RecordedRules.swift",
                "EndpointRecord/EndpointRecord.swift",
                "EndpointRecord/RecordLock.swift",
                "Lifecycle/ConfigurationCopy.swift",
                "Lifecycle/DaemonSettings.swift",
                "Lifecycle/Endpoint.swift",
                "Lifecycle/FlomVersion.swift",
                "Limits/DaemonLimits.swift",
                "Log/Log.swift",
                "Log/LogID.swift",
                "Log/LogLimit.swift",
                "Log/LogLine.swift",
                "Log/LogSink.swift",
                "Place/DefaultSocket.swift",
                "Place/PlaceIdentity.swift",
                "Requests/CommandRecording.swift",
            ],
            swiftSettings: strict),
        .target(
            name: "FlomReports", dependencies: ["FlomModel", "FlomStore", "FlomSystem"],
            resources: [.embedInCode("Page/page.js"), .embedInCode("Page/page.css")],
            swiftSettings: strict),
        .executableTarget(
            name: "Fuzz",
            dependencies: [
                "FlomModel", "FlomWire", "FlomSystem", "FlomStore", "FlomNet", "FlomDaemon", "FlomReports",
            ],
            swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)
