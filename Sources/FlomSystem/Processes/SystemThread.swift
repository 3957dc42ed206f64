package import Glibc

/// The work of a thread.
package protocol ThreadBody: AnyObject, Sendable {
    /// Called once, on that thread.
    func run()
}

/// Threads other than the main one. Each blocks all signals, so that none is ever delivered to it.
package enum SystemThread {
    /// - Returns: the thread, to be joined or detached.
    /// - Throws: `SystemError` if the thread cannot be started.
    package static func start(_ body: any ThreadBody) throws(SystemError) -> pthread_t {
        var all = sigset_t()
        var before = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_SETMASK, &all, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        var thread = pthread_t()
        let context = Unmanaged.passRetained(Start(body))
        let failure = pthread_create(&thread, nil, threadMain, context.toOpaque())
        guard failure == 0 else {
            context.release()
            throw SystemError("no thread can be started (clone3)", code: failure)
        }
        return thread
    }

    fileprivate final class Start {
        let body: any ThreadBody

        init(_ body: any ThreadBody) { self.body = body }
    }
}

/// A function at file scope: a closure would be checked against the executor of the code that made it, and would trap on this thread.
private func threadMain(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    Unmanaged<SystemThread.Start>.fromOpaque(context!).takeRetainedValue().body.run()
    return nil
}
