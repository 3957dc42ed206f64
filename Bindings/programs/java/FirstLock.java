import org.tiian.flom.FlomException;
import org.tiian.flom.FlomHandle;

public class FirstLock {
    public static void main(String[] arguments) throws FlomException {
        FlomHandle handle = new FlomHandle();
        handle.lock();
        handle.unlock();
        handle.free();
    }
}
