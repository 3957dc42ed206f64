import org.tiian.flom.FlomException;
import org.tiian.flom.FlomHandle;

/** Prints a line while it holds the lock on a resource. */
public class Example {
    public static void main(String[] arguments) {
        try (FlomHandle handle = new FlomHandle()) {
            handle.setResourceName(arguments[0]);
            handle.setResourceTimeout(5000);
            handle.setStartDaemon(true);
            handle.lock();
            System.out.println(arguments[0] + " is locked, token " + handle.getFencingToken());
            handle.unlock();
        } catch (FlomException error) {
            System.err.println(error.getMessage() + ": " + error.getSentence());
            System.exit(1);
        }
    }
}
