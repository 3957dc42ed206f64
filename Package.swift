// swift-tools-version: 6.2
import PackageDescription

// Every target's dependencies are the arrows of docs/architecture.md. An import that is not declared here compiles or does not, as
// the order of the build has it; `Tests/TidyTests` compares both.

/// Compiler flags of release builds; docs/performance.md shows the effect of each.
let quick = [
    // Otherwise each access to a property of a class costs two look-ups in a table. Debug builds, and so the tests, keep the check.
    "-enforce-exclusivity=unchecked",
    // A command creates the metadata of each type once and ends. It does so without parsing the type's name.
    "-Xfrontend", "-disable-concrete-type-metadata-mangled-name-accessors", "-Xfrontend", "-prespecialize-generic-metadata",
    // Large values are copied and destroyed in place, not through their types.
    "-Xfrontend", "-disable-type-layout",
    // Lets the linker place the functions that every command runs in a few pages.
    "-Xfrontend", "-function-sections",
]

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
    .unsafeFlags(quick, .when(configuration: .release)),
]

let nio: [Target.Dependency] = [
    .product(name: "NIOCore", package: "swift-nio"),
    .product(name: "NIOPosix", package: "swift-nio"),
]

let http: [Target.Dependency] = [
    .product(name: "NIOHTTP1", package: "swift-nio")
]

let tls: [Target.Dependency] = [
    .product(name: "NIOSSL", package: "swift-nio-ssl"),
    .product(name: "NIOTLS", package: "swift-nio"),
]

let package = Package(
    name: "flom",
    products: [
        .executable(name: "flom", targets: ["flom"]),
        .library(name: "FlomClient", targets: ["FlomClient"]),
        // The objects of libflom, which tools/make-library links.
        .library(name: "FlomLibrary", type: .static, targets: ["FlomLibrary"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    ],
    targets: [
        // The words: names, requests, events, what is asked of the record. Imports nothing.
        .target(name: "FlomModel", swiftSettings: strict),

        // The rules. Imports the words only.
        .target(name: "FlomEngine", dependencies: ["FlomModel"], swiftSettings: strict),

        // What a daemon and a client decide around the rules. No sockets, no disk, no clock.
        .target(name: "FlomCore", dependencies: ["FlomEngine", "FlomModel"], swiftSettings: strict),

        // Bytes to messages and back.
        .target(name: "FlomWire", dependencies: ["FlomModel"], swiftSettings: strict),

        // The machine: system calls, processes, clocks, files.
        .target(name: "CFlomSystem"),
        .target(name: "FlomSystem", dependencies: ["CFlomSystem"], swiftSettings: strict),

        // The journal. The SQL files live in Migrations/, one line each below.
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .target(
            name: "Migrations",
            path: "Migrations",
            resources: [
                .embedInCode("V0001_journal.sql"),
                .embedInCode("V0002_kinds.sql"),
                .embedInCode("V0003_groups.sql"),
                .embedInCode("V0004_sessions.sql"),
                .embedInCode("V0005_absence.sql"),
                .embedInCode("V0006_blocks.sql"),
                .embedInCode("V0007_pruning.sql"),
                .embedInCode("V0008_identity.sql"),
                .embedInCode("V0009_lingering.sql"),
                .embedInCode("V0010_untold.sql"),
                .embedInCode("V0011_views.sql"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "FlomStore",
            dependencies: ["FlomModel", "FlomSystem", "Migrations", "CSQLite"],
            swiftSettings: strict
        ),

        // Where a daemon is: addresses, names and certificates, before anybody connects.
        .target(
            name: "FlomNetCore", dependencies: ["FlomModel", "FlomSystem", "CFlomSystem"], swiftSettings: strict),

        // Sockets, both sides.
        .target(
            name: "FlomNet",
            dependencies: ["FlomNetCore", "FlomWire", "FlomModel", "FlomSystem", "CFlomSystem"] + nio + tls + http,
            swiftSettings: strict
        ),

        // What a daemon is told, and the record beside its endpoint that keeps it for the next one.
        .target(
            name: "FlomSettings",
            dependencies: ["FlomNetCore", "FlomStore", "FlomEngine", "FlomModel", "FlomSystem", "CFlomSystem"],
            swiftSettings: strict
        ),

        // What a daemon shows over HTTP.
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(
            name: "FlomMonitor",
            dependencies: [
                "CZlib", "FlomNet", "FlomNetCore", "FlomOptions", "FlomReports", "FlomStore", "FlomModel", "FlomSystem",
            ],
            resources: [
                .embedInCode("Page/live.html"), .embedInCode("Page/live.js"), .embedInCode("Page/live.css"),
                .embedInCode("Description/openapi.json"),
            ],
            swiftSettings: strict
        ),

        // What a daemon shows as files.
        .systemLibrary(name: "CFuse", providers: [.apt(["libfuse3-dev"])]),
        .target(
            name: "FlomStatusFiles", dependencies: ["FlomReports", "FlomModel", "FlomSystem", "CFuse"], swiftSettings: strict),

        // The shell around engine, journal and connections.
        .target(
            name: "FlomDaemon",
            dependencies: [
                "FlomCore", "FlomMonitor", "FlomStatusFiles", "FlomSettings", "FlomEngine", "FlomModel", "FlomWire", "FlomStore",
                "FlomNet", "FlomNetCore", "FlomSystem", "CFlomSystem",
            ] + nio,
            swiftSettings: strict
        ),

        // What is on record, as text for people and for programs.
        .target(
            name: "FlomReports",
            dependencies: ["FlomModel", "FlomStore", "FlomSystem"],
            resources: [.embedInCode("Page/page.js"), .embedInCode("Page/page.css")],
            swiftSettings: strict
        ),

        // Configuration files and the values in them, for those who know the keys.
        .target(name: "FlomConfiguration", dependencies: ["FlomModel", "FlomSystem"], swiftSettings: strict),

        // What people may ask for: the options, the configuration files, and the texts that are made from them.
        .target(
            name: "FlomOptions",
            dependencies: [
                "FlomConfiguration", "FlomSettings", "FlomReports", "FlomStore", "FlomNetCore", "FlomWire", "FlomModel",
                "FlomSystem",
            ],
            swiftSettings: strict
        ),

        // What a client needs to take, wait for, hold and release a lock; the library of Swift programs.
        .target(
            name: "FlomClient",
            dependencies: ["FlomCore", "FlomModel", "FlomWire", "FlomNet", "FlomNetCore", "FlomSystem", "CFlomSystem"],
            swiftSettings: strict
        ),

        // libflom, for C and all that calls C: what programs include, and the functions behind it.
        .target(name: "CFlomLibrary"),
        .target(
            name: "FlomLibrary",
            dependencies: [
                "CFlomLibrary", "FlomClient", "FlomConfiguration", "FlomModel", "FlomNetCore", "FlomSystem", "FlomWire",
                "CFlomSystem",
            ],
            swiftSettings: strict
        ),

        // The command: a run, reports, administration.
        .target(
            name: "FlomCommand",
            dependencies: [
                "FlomClient", "FlomConfiguration", "FlomCore", "FlomOptions", "FlomSettings", "FlomModel", "FlomWire",
                "FlomStore", "FlomNet", "FlomNetCore", "FlomDaemon", "FlomReports", "FlomSystem", "CFlomSystem",
            ],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "flom",
            dependencies: ["FlomCommand"],
            swiftSettings: strict,
            linkerSettings: [
                // One file that starts as fast as flock(1): see docs/performance.md. tools/instructions makes the list.
                .unsafeFlags(
                    [
                        "-static-executable", "-use-ld=lld", "-Xlinker",
                        "--symbol-ordering-file=\(Context.packageDirectory)/packaging/startup.order", "-Xlinker",
                        "--no-warn-symbol-ordering",
                    ], .when(configuration: .release))
            ]
        ),

        // Beside the product: Verification/.
        .target(name: "FlomRandom", path: "Verification/FlomRandom", swiftSettings: strict),
        .target(name: "FlomTestKit", dependencies: ["FlomRandom"], path: "Verification/FlomTestKit", swiftSettings: strict),
        .executableTarget(
            name: "flom-make-journal",
            dependencies: ["FlomStore", "FlomModel", "FlomRandom"],
            path: "Verification/FlomMakeJournal",
            swiftSettings: strict
        ),
        .executableTarget(
            name: "flom-bench",
            dependencies: ["FlomStore", "FlomEngine", "FlomModel"],
            path: "Verification/FlomBench",
            swiftSettings: strict
        ),

        // The least that can serve locks, measured beside flom. tools/bench starts it; nobody installs it.
        .executableTarget(name: "flom-floor", path: "Verification/FlomFloor"),

        // Programs that use the library: what docs/library.md shows, and what its tests run.
        .executableTarget(
            name: "flom-library-example", dependencies: ["FlomClient"], path: "docs/library/swift", swiftSettings: strict),
        .executableTarget(
            name: "flom-library-probe", dependencies: ["FlomClient"], path: "Verification/FlomLibraryProbe", swiftSettings: strict
        ),

        // The grammars of names and time stamps, read once more by other means.
        .target(
            name: "FlomOracles", dependencies: ["FlomModel"], path: "Verification/FlomOracles", swiftSettings: strict),
        // What reads bytes from outside, fed with any. `tools/fuzz` puts libFuzzer to it.
        .target(
            name: "FlomFuzz",
            dependencies: [
                "FlomOptions", "FlomNetCore", "FlomStore", "FlomWire", "FlomModel", "FlomSystem", "FlomOracles",
            ],
            path: "Verification/Fuzz/Targets",
            swiftSettings: strict
        ),

        // What is promised, checked by code that knows nothing of the product: it imports nothing at all.
        .target(name: "FlomChecker", path: "Verification/FlomChecker", swiftSettings: strict),
        .target(
            name: "FlomSimulator",
            dependencies: ["FlomCore", "FlomEngine", "FlomModel", "FlomChecker", "FlomRandom"],
            path: "Verification/FlomSimulator",
            swiftSettings: strict
        ),
        .executableTarget(
            name: "flom-simulate",
            dependencies: ["FlomSimulator", "FlomStore", "FlomModel"],
            path: "Verification/FlomSimulate",
            swiftSettings: strict
        ),

        .testTarget(
            name: "FlomModelTests", dependencies: ["FlomModel", "FlomOracles", "FlomRandom"], swiftSettings: strict),
        .testTarget(name: "FlomEngineTests", dependencies: ["FlomEngine", "FlomModel", "FlomRandom"], swiftSettings: strict),
        .testTarget(name: "FlomCoreTests", dependencies: ["FlomCore", "FlomEngine", "FlomModel"], swiftSettings: strict),
        .testTarget(name: "FlomCheckerTests", dependencies: ["FlomChecker"], swiftSettings: strict),
        .testTarget(
            name: "FlomSimulatorTests", dependencies: ["FlomSimulator"], swiftSettings: strict),
        .testTarget(
            name: "FlomWireTests",
            dependencies: ["FlomWire", "FlomModel", "FlomRandom"],
            exclude: ["Fixtures"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "FlomStoreTests",
            dependencies: ["FlomStore", "FlomModel", "FlomRandom", "FlomSystem", "Migrations", "CSQLite"],
            exclude: ["Fixtures"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "FlomNetTests",
            dependencies: ["FlomNet", "FlomNetCore", "FlomWire", "FlomModel", "FlomSystem"] + nio,
            swiftSettings: strict
        ),
        .testTarget(
            name: "FlomDaemonTests",
            dependencies: [
                "FlomDaemon", "FlomSettings", "FlomNet", "FlomNetCore", "FlomStore", "FlomEngine", "FlomModel",
                "FlomSystem", "FlomRandom", "FlomTestKit",
            ],
            swiftSettings: strict
        ),
        .testTarget(name: "FlomMonitorTests", dependencies: ["FlomMonitor", "FlomModel"], swiftSettings: strict),
        .testTarget(name: "FlomStatusFilesTests", dependencies: ["FlomStatusFiles", "FlomModel"], swiftSettings: strict),
        .testTarget(
            name: "FlomOptionsTests", dependencies: ["FlomOptions", "FlomModel", "FlomTestKit"], swiftSettings: strict),
        .testTarget(
            name: "FlomClientTests",
            dependencies: ["FlomClient", "FlomCore", "FlomModel", "FlomNetCore", "FlomSystem", "FlomWire"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "FlomCommandTests",
            dependencies: ["FlomCommand", "FlomClient", "FlomOptions", "FlomNetCore"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "FlomReportsTests", dependencies: ["FlomReports", "FlomModel", "FlomStore", "FlomRandom"], swiftSettings: strict
        ),
        .testTarget(
            name: "EndToEndTests", dependencies: ["FlomTestKit", "FlomRandom"], exclude: ["Library", "Monitor"],
            swiftSettings: strict),
        .testTarget(
            name: "MonitorEndToEndTests", dependencies: ["FlomTestKit"], path: "Tests/EndToEndTests/Monitor",
            swiftSettings: strict),
        // A target of its own: a change of the library compiles these alone.
        .testTarget(
            name: "LibraryEndToEndTests", dependencies: ["FlomClient", "FlomTestKit"], path: "Tests/EndToEndTests/Library",
            exclude: ["Programs"],
            swiftSettings: strict),
        .testTarget(name: "TidyTests", swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)

// libFuzzer has the main function, so that this links with its sanitizer only: see tools/fuzz.
if Context.environment["FLOM_FUZZ"] != nil {
    package.targets.append(
        .executableTarget(name: "flom-fuzz", dependencies: ["FlomFuzz"], path: "Verification/Fuzz/Driver", swiftSettings: strict))
}
