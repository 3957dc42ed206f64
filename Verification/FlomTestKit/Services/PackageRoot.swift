/// A copy of this machine, on a file system layer above its files that is removed afterwards, in which packages are installed.
package enum PackageRoot {
    /// The time limit for packing, unpacking and reading a hundred megabytes.
    package static let patience = Duration.seconds(300)

    package static let isPossible = Conditions.canMount && Conditions.hasProgram("unshare")
    package static let need = "needs root, who may mount"

    /// Builds packages by `tools/make-deb`.
    ///
    /// - Parameter environment: names what is built already.
    /// - Returns: their paths.
    package static func build(_ packages: [String], in box: Sandbox, environment: [String: String] = [:]) async throws -> [String]
    {
        let words = [Program.repository + "/tools/make-deb", box.path("deb")] + packages
        let process = try box.start(
            words, environment: environment.merging(["FLOM_BINARY": box.program, "FLOM_DEB_LEVEL": "0"]) { $1 })
        let outcome = try await process.wait(within: patience)
        let paths = outcome.output.split(separator: "\n").map(String.init)
        guard outcome.status == 0, paths.count == packages.count else {
            throw NeverHappened(description: "packages were built: \(outcome)")
        }
        return paths
    }

    /// Runs a script as root of the copy. The packages lie in its root folder.
    ///
    /// - Returns: nil where no such layer can be mounted: nested ones are not possible everywhere.
    package static func run(_ script: String, with packages: [String], in box: Sandbox) async throws -> Outcome? {
        try Files.write(script, to: box.path("inside"))
        let outer = """
            set -e
            mount --make-rprivate /
            mkdir layer && mount -t tmpfs tmpfs layer && mkdir layer/upper layer/work layer/root
            mount -t overlay overlay -o lowerdir=/,upperdir=$PWD/layer/upper,workdir=$PWD/layer/work layer/root || exit 77
            cp inside "$@" layer/root/
            for place in tmp:1777 run:755 var/tmp:1777 var/lib/flom:700; do
                mkdir -p layer/root/${place%:*} && mount -t tmpfs -o mode=${place#*:} tmpfs layer/root/${place%:*}
            done
            mount -t proc proc layer/root/proc && mount --bind /dev layer/root/dev
            chroot layer/root sh /inside
            """
        let outcome = try await box.start(["unshare", "-m", "sh", "-c", outer, "sh"] + packages).wait(within: patience)
        return outcome.status == 77 ? nil : outcome
    }
}
