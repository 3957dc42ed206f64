internal import NIOCore
internal import NIOPosix
package func g() { _ = MultiThreadedEventLoopGroup(numberOfThreads: 1) }
