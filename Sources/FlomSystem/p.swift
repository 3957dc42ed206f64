internal import CFlomSystem
internal import Glibc
package func x() -> Int32 { flom_pidfd_open(1, 0) }
