import org.tiian.flom.FlomErrorCodes;
import org.tiian.flom.FlomException;
import org.tiian.flom.FlomHandle;
import org.tiian.flom.FlomLockModes;

/** Properties SOCKET INTERFACE CERTIFICATE KEY CA TRACE */
public class Properties {
    interface Setter<T> {
        int set(T value) throws FlomException;
    }

    interface Getter<T> {
        T get() throws FlomException;
    }

    static <T> void show(String name, Getter<T> getter) throws FlomException {
        T value = getter.get();
        System.out.println("FlomHandle.get" + name + "() = " + (value instanceof String ? "'" + value + "'" : value));
    }

    @SafeVarargs
    static <T> void change(String name, Getter<T> getter, Setter<T> setter, T... values) throws FlomException {
        if (!name.equals("TraceFilename")) show(name, getter);
        for (T value : values) {
            check(name, setter.set(value));
            show(name, getter);
        }
    }

    static void quietly(String name, Getter<String> getter, Setter<String> setter, String value) throws FlomException {
        check(name, setter.set(value));
        System.err.println(name + " " + getter.get());
    }

    static void check(String what, int code) {
        if (code == FlomErrorCodes.FLOM_RC_OK) return;
        System.err.println(what + ": " + code + " (" + FlomErrorCodes.getText(code) + ")");
        System.exit(1);
    }

    public static void main(String[] arguments) throws FlomException {
        String socket = arguments[0], trace = arguments[5];
        FlomHandle handle = new FlomHandle();
        change("SocketName", handle::getSocketName, handle::setSocketName, socket);
        change("TraceFilename", handle::getTraceFilename, handle::setTraceFilename, trace);
        change("ResourceName", handle::getResourceName, handle::setResourceName, "red.blue.green");
        change("ResourceCreate", handle::getResourceCreate, handle::setResourceCreate, false, true);
        change("ResourceTimeout", handle::getResourceTimeout, handle::setResourceTimeout, -1);
        change("ResourceQuantity", handle::getResourceQuantity, handle::setResourceQuantity, 3);
        change("LockMode", handle::getLockMode, handle::setLockMode, FlomLockModes.FLOM_LOCK_MODE_PW);
        change("ResourceIdleLifespan", handle::getResourceIdleLifespan, handle::setResourceIdleLifespan, 10000);
        change("UnicastAddress", handle::getUnicastAddress, handle::setUnicastAddress, "127.0.0.1");
        change("MulticastAddress", handle::getMulticastAddress, handle::setMulticastAddress, "224.0.0.1");
        change("UnicastPort", handle::getUnicastPort, handle::setUnicastPort, 7777);
        change("MulticastPort", handle::getMulticastPort, handle::setMulticastPort, 8888);
        change("DiscoveryAttempts", handle::getDiscoveryAttempts, handle::setDiscoveryAttempts, 5);
        change("DiscoveryTimeout", handle::getDiscoveryTimeout, handle::setDiscoveryTimeout, 750);
        change("DiscoveryTtl", handle::getDiscoveryTtl, handle::setDiscoveryTtl, 2);
        change("TlsCheckPeerId", handle::getTlsCheckPeerId, handle::setTlsCheckPeerId, false, true);
        if (!arguments[1].isEmpty()) quietly("NetworkInterface", handle::getNetworkInterface, handle::setNetworkInterface, arguments[1]);
        quietly("TlsCertificate", handle::getTlsCertificate, handle::setTlsCertificate, arguments[2]);
        quietly("TlsPrivateKey", handle::getTlsPrivateKey, handle::setTlsPrivateKey, arguments[3]);
        quietly("TlsCaCertificate", handle::getTlsCaCertificate, handle::setTlsCaCertificate, arguments[4]);
        check("SocketName", handle.setSocketName(socket));
        handle.lock();
        System.out.println("HappyPath locked element is " + handle.getLockedElement());
        handle.unlock();
        handle.free();
    }
}
