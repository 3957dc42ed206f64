internal import FlomCommand

// Everything else is in the library, where tests and other packages reach it. What stands here would be isolated to the main actor, and
// a closure handed to C would die on any other thread.
Flom.main()
