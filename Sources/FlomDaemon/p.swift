internal import NIOPosix
package func g2() { _ = MultiThreadedEventLoopGroup(numberOfThreads: 1) }
