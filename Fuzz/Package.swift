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
        .target(name: "FlomEngine", swiftSettings: strict),
        .target(name: "FlomWire", dependencies: ["FlomEngine"], swiftSettings: strict),
        .target(name: "CFlomSystem"),
        .target(name: "FlomSystem", dependencies: ["CFlomSystem"], swiftSettings: strict),
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3"),
        .target(
            name: "Migrations", path: "Sources/Migrations",
            resources: (try! FileManager.default.contentsOfDirectory(atPath: Context.packageDirectory + "/Sources/Migrations"))
                .filter { $0.hasSuffix(".sql") }.map { .embedInCode($0) },
            swiftSettings: strict),
        .target(
            name: "FlomStore", dependencies: ["FlomEngine", "FlomSystem", "Migrations", "CSQLite"], swiftSettings: strict),
        .target(
            name: "FlomNet", dependencies: ["FlomEngine", "FlomWire", "FlomSystem", "CFlomSystem"],
            sources: [
                "Interfaces.swift", "InternetAddress.swift", "Keepalive.swift", "NameLookup.swift", "NetworkError.swift",
                "Polling.swift", "Resolver.swift", "TLS/TLSSettings.swift", "UnixAddress.swift",
            ],
            swiftSettings: strict),
        .target(
            name: "FlomDaemon",
            dependencies: ["FlomEngine", "FlomWire", "FlomStore", "FlomNet", "FlomSystem", "CFlomSystem"],
            sources: [
                "Access/AccessIdentity.swift", "Access/AccessPolicy.swift", "Access/AccessRight.swift",
                "Access/AccessRule.swift", "Access/AccessSettings.swift", "Access/AccessWho.swift",
                "Access/RecordedRules.swift", "CommandRecording.swift", "DaemonSettings.swift", "Endpoint.swift",
                "EndpointRecord.swift", "FlomVersion.swift", "Limits/DaemonLimits.swift", "Log.swift", "LogID.swift",
                "LogLimit.swift",
                "LogLine.swift", "LogSink.swift", "Place/PlaceIdentity.swift", "ConfigurationCopy.swift", "DefaultSocket.swift",
                "RecordLock.swift",
            ],
            swiftSettings: strict),
        .target(name: "FlomReports", dependencies: ["FlomEngine", "FlomStore", "FlomSystem"], swiftSettings: strict),
        .executableTarget(
            name: "Fuzz",
            dependencies: [
                "FlomEngine", "FlomWire", "FlomSystem", "FlomStore", "FlomNet", "FlomDaemon", "FlomReports",
            ],
            swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)
