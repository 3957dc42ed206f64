internal import FlomDaemon
internal import FlomStore
internal import FlomNet
@main enum Flom { static func main() { print(v()); if CommandLine.argc > 3 { g(); g2() } } }
