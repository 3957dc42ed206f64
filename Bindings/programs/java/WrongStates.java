import org.tiian.flom.FlomErrorCodes;
import org.tiian.flom.FlomException;
import org.tiian.flom.FlomHandle;

public class WrongStates {
    interface Call {
        void run() throws FlomException;
    }

    static void fails(String what, int expected, Call call) {
        int code = FlomErrorCodes.FLOM_RC_OK;
        try {
            call.run();
        } catch (FlomException error) {
            code = error.getReturnCode();
        }
        if (code == expected) return;
        System.err.println(what + ": " + code + " (" + FlomErrorCodes.getText(code) + "), not " + expected);
        System.exit(1);
    }

    public static void main(String[] arguments) throws FlomException {
        FlomHandle handle = new FlomHandle();
        fails("unlock without a lock", FlomErrorCodes.FLOM_RC_API_INVALID_SEQUENCE, handle::unlock);
        handle.free();
        handle.free();
        fails("lock of a freed handle", FlomErrorCodes.FLOM_RC_OBJ_CORRUPTED, handle::lock);

        FlomHandle other = new FlomHandle();
        fails("element without a lock", FlomErrorCodes.FLOM_RC_ELEMENT_NAME_NOT_AVAILABLE, other::getLockedElement);
        other.lock();
        fails("second lock", FlomErrorCodes.FLOM_RC_API_INVALID_SEQUENCE, other::lock);
        FlomHandle third = new FlomHandle();
        third.setResourceTimeout(0);
        fails("a lock that is held", FlomErrorCodes.FLOM_RC_LOCK_BUSY, third::lock);
        third.unlock();
        other.free();
        third.lock();
        fails("rollback of what has none", FlomErrorCodes.FLOM_RC_RESOURCE_IS_NOT_TRANSACTIONAL, third::unlockRollback);
        third.free();
    }
}
