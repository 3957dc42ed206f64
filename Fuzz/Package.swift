// swift-tools-version: 6.2
import PackageDescription

// Beside the product, and no part of its build: `tools/fuzz` puts the product's own sources, and what the tests hold them against, beside
// those of this folder, and builds it with libFuzzer.

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
        .executableTarget(name: "Fuzz", dependencies: ["FlomEngine", "FlomWire"], swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)
