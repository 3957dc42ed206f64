import org.tiian.flom.FlomErrorCodes;
import org.tiian.flom.FlomException;
import org.tiian.flom.FlomHandle;

public class Nulls {
    interface Setter {
        int set(String value) throws FlomException;
    }

    interface Getter {
        String get() throws FlomException;
    }

    static void refuses(String what, Setter setter, Getter getter) throws FlomException {
        String before = getter.get();
        try {
            setter.set(null);
            throw new IllegalStateException(what + " accepts null");
        } catch (FlomException error) {
            if (error.getReturnCode() != FlomErrorCodes.FLOM_RC_NULL_OBJECT) throw error;
        }
        if (!getter.get().equals(before)) throw new IllegalStateException(what + " has changed");
    }

    public static void main(String[] arguments) throws FlomException {
        FlomHandle handle = new FlomHandle();
        refuses("the socket's name", handle::setSocketName, handle::getSocketName);
        refuses("the trace file's name", handle::setTraceFilename, handle::getTraceFilename);
        refuses("the resource's name", handle::setResourceName, handle::getResourceName);
        refuses("the address", handle::setUnicastAddress, handle::getUnicastAddress);
        refuses("the group", handle::setMulticastAddress, handle::getMulticastAddress);
        handle.lock();
        handle.unlock();
        handle.free();
    }
}
