internal import CFlomLibrary

/// Why a call does not return `FLOM_RC_OK`: the code, and a sentence for `flom_handle_get_error`.
struct Failure: Error {
    let code: Int32
    let sentence: String

    init(_ code: Int32, _ sentence: String) {
        self.code = code
        self.sentence = sentence
    }

    static let inUse = Failure(
        FLOM_RC_HANDLE_IN_USE, "another thread is in a call with this handle; a handle serves one thread at a time")
    static let ofParent = Failure(
        FLOM_RC_HANDLE_OF_PARENT, "the handle was made before fork and belongs to the parent process; a child makes its own")
    static let freed = Failure(FLOM_RC_OBJ_CORRUPTED, "the handle has been freed, or was never initialised")
}
