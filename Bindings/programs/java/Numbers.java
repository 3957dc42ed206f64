import org.tiian.flom.FlomErrorCodes;
import org.tiian.flom.FlomException;
import org.tiian.flom.FlomHandle;

public class Numbers {
    static FlomHandle made(String name) throws FlomException {
        FlomHandle handle = new FlomHandle();
        handle.setResourceName(name);
        handle.setResourceIdleLifespan(60000);
        return handle;
    }

    static void lock(FlomHandle handle) throws FlomException {
        handle.lock();
        System.out.println("locked element is " + handle.getLockedElement());
    }

    public static void main(String[] arguments) throws FlomException {
        FlomHandle plain = made("_s_nontransactional[1]");
        FlomHandle transactional = made("_S_nontransactional[1]");
        lock(plain);
        try {
            plain.unlockRollback();
            throw new IllegalStateException("a rollback of what has none succeeds");
        } catch (FlomException error) {
            if (error.getReturnCode() != FlomErrorCodes.FLOM_RC_RESOURCE_IS_NOT_TRANSACTIONAL) throw error;
        }
        lock(plain);
        lock(transactional);
        transactional.unlockRollback();
        lock(transactional);
        transactional.unlock();
        lock(transactional);
        System.exit(0);
    }
}
