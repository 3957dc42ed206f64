package org.tiian.flom;

import java.lang.ref.Cleaner;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A lock, and the properties with which it is asked for. For one thread at a time: another one waits until the call has ended. Only
 * {@link #cancel} and {@link #isLost} are for other threads.
 *
 * <p>{@link #close} releases the lock. A handle that is dropped while it holds one releases it with rollback.
 */
public class FlomHandle implements AutoCloseable {
    private static final Cleaner CLEANER = Cleaner.create();

    /** The handle of the library, and what guards it from being freed during a call. */
    private static final class Owned implements Runnable {
        private SWIGTYPE_p_flom_handle_s handle;

        /** Runs when the FlomHandle is freed, or dropped. */
        @Override
        public synchronized void run() {
            if (handle == null) return;
            FlomNative.flom_handle_unlock_rollback(handle);
            FlomNative.flom_handle_delete(handle);
            handle = null;
        }
    }

    private final Owned owned = new Owned();
    private final Cleaner.Cleanable cleanable;
    /** Whether {@link #free} has begun. */
    private volatile boolean isFreed;
    /** Whether a thread is in {@link #lock}, with the monitor. It sees that the handle is being freed, or is seen by whoever frees it. */
    private volatile boolean isLocking;

    /** @throws FlomException if a configuration file cannot be used, or memory is short */
    public FlomHandle() throws FlomException {
        owned.handle = FlomNative.flom_handle_new();
        if (owned.handle == null) throw new FlomException(FlomErrorCodes.FLOM_RC_NEW_OBJ);
        cleanable = CLEANER.register(this, owned);
    }

    // Life.

    /**
     * Releases the lock, if it is held, and frees the handle. A thread that waits for the lock meanwhile gets FLOM_RC_CANCELED, one that
     * comes later FLOM_RC_OBJ_CORRUPTED.
     */
    public void free() {
        isFreed = true;
        // A thread that is about to wait has nothing yet that could be withdrawn.
        while (isLocking) {
            withdraw();
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
        }
        synchronized (this) {
            SWIGTYPE_p_flom_handle_s handle = owned.handle;
            if (handle != null) FlomNative.flom_handle_unlock(handle);
            cleanable.clean();
        }
    }

    /** As {@link #free}. */
    @Override
    public void close() {
        free();
    }

    // Locks.

    /**
     * Asks for the lock and waits for it; other threads run meanwhile.
     *
     * @throws FlomException if it is not granted: after FLOM_RC_LOCK_BUSY or FLOM_RC_NETWORK_TIMEOUT it can be asked for again
     */
    public synchronized void lock() throws FlomException {
        isLocking = true;
        try {
            if (isFreed) throw freed();
            check(FlomNative.flom_handle_lock(handle()));
        } finally {
            isLocking = false;
        }
    }

    /** Releases the lock. */
    public synchronized void unlock() throws FlomException {
        check(FlomNative.flom_handle_unlock(handle()));
    }

    /** Releases the lock; a transactional sequence hands its number out again. */
    public synchronized void unlockRollback() throws FlomException {
        check(FlomNative.flom_handle_unlock_rollback(handle()));
    }

    /** Withdraws the request for which another thread waits in {@link #lock}: there FLOM_RC_CANCELED is thrown. */
    public void cancel() throws FlomException {
        synchronized (owned) {
            handle();
            withdraw();
        }
    }

    /** @return whether the lock was lost while it was held: a person took it away, or its daemon was out of reach too long */
    public boolean isLost() throws FlomException {
        synchronized (owned) {
            return FlomNative.flom_handle_is_lost(handle()) != 0;
        }
    }

    // What has been granted.

    /**
     * @return the member of a set, the number of a sequence, the text of a time stamp
     * @throws FlomException FLOM_RC_ELEMENT_NAME_NOT_AVAILABLE if there is none
     */
    public String getLockedElement() throws FlomException {
        return getLockedElement(0);
    }

    /** @param index the number of the resource; the first has number 0 */
    public synchronized String getLockedElement(int index) throws FlomException {
        String element = FlomNative.flom_handle_get_locked_element_of(handle(), index);
        if (element == null) throw new FlomException(FlomErrorCodes.FLOM_RC_ELEMENT_NAME_NOT_AVAILABLE);
        return element;
    }

    /** @return the fencing token of the lock; 0 if there is none */
    public long getFencingToken() throws FlomException {
        return getFencingToken(0);
    }

    /** @param index the number of the resource; the first has number 0 */
    public synchronized long getFencingToken(int index) throws FlomException {
        return FlomNative.flom_handle_get_fencing_token_of(handle(), index);
    }

    /** @return the number under which {@code flom --history} shows the request; empty if there is none */
    public synchronized String getRequestId() throws FlomException {
        return text(FlomNative.flom_handle_get_request_id(handle()));
    }

    // Several resources.

    /** One more resource, locked together with the first: all or none. */
    public synchronized void addResource(String name, int mode, int quantity) throws FlomException {
        check(FlomNative.flom_handle_add_resource(handle(), given(name), mode, quantity));
    }

    /** Only the first resource again. */
    public synchronized void clearResources() throws FlomException {
        check(FlomNative.flom_handle_clear_resources(handle()));
    }

    // Properties. A setter returns FLOM_RC_API_IMMUTABLE_HANDLE, and changes nothing, while the lock is held.

    public synchronized String getMulticastAddress() throws FlomException {
        return text(FlomNative.flom_handle_get_multicast_address(handle()));
    }

    public synchronized int setMulticastAddress(String value) throws FlomException {
        return FlomNative.flom_handle_set_multicast_address(handle(), given(value));
    }

    public synchronized String getNetworkInterface() throws FlomException {
        return text(FlomNative.flom_handle_get_network_interface(handle()));
    }

    public synchronized int setNetworkInterface(String value) throws FlomException {
        return FlomNative.flom_handle_set_network_interface(handle(), given(value));
    }

    public synchronized String getResourceName() throws FlomException {
        return text(FlomNative.flom_handle_get_resource_name(handle()));
    }

    public synchronized int setResourceName(String value) throws FlomException {
        return accepted(FlomNative.flom_handle_set_resource_name(handle(), given(value)));
    }

    public synchronized String getSocketName() throws FlomException {
        return text(FlomNative.flom_handle_get_socket_name(handle()));
    }

    public synchronized int setSocketName(String value) throws FlomException {
        return FlomNative.flom_handle_set_socket_name(handle(), given(value));
    }

    public synchronized String getTraceFilename() throws FlomException {
        return text(FlomNative.flom_handle_get_trace_filename(handle()));
    }

    public synchronized int setTraceFilename(String value) throws FlomException {
        return FlomNative.flom_handle_set_trace_filename(handle(), given(value));
    }

    public synchronized String getUnicastAddress() throws FlomException {
        return text(FlomNative.flom_handle_get_unicast_address(handle()));
    }

    public synchronized int setUnicastAddress(String value) throws FlomException {
        return FlomNative.flom_handle_set_unicast_address(handle(), given(value));
    }

    public synchronized String getTlsCertificate() throws FlomException {
        return text(FlomNative.flom_handle_get_tls_certificate(handle()));
    }

    public synchronized int setTlsCertificate(String value) throws FlomException {
        return FlomNative.flom_handle_set_tls_certificate(handle(), given(value));
    }

    public synchronized String getTlsPrivateKey() throws FlomException {
        return text(FlomNative.flom_handle_get_tls_private_key(handle()));
    }

    public synchronized int setTlsPrivateKey(String value) throws FlomException {
        return FlomNative.flom_handle_set_tls_private_key(handle(), given(value));
    }

    public synchronized String getTlsCaCertificate() throws FlomException {
        return text(FlomNative.flom_handle_get_tls_ca_certificate(handle()));
    }

    public synchronized int setTlsCaCertificate(String value) throws FlomException {
        return FlomNative.flom_handle_set_tls_ca_certificate(handle(), given(value));
    }

    public synchronized String getDescription() throws FlomException {
        return text(FlomNative.flom_handle_get_description(handle()));
    }

    public synchronized int setDescription(String value) throws FlomException {
        return FlomNative.flom_handle_set_description(handle(), given(value));
    }

    public synchronized int getDiscoveryAttempts() throws FlomException {
        return FlomNative.flom_handle_get_discovery_attempts(handle());
    }

    public synchronized int setDiscoveryAttempts(int value) throws FlomException {
        return FlomNative.flom_handle_set_discovery_attempts(handle(), value);
    }

    public synchronized int getDiscoveryTimeout() throws FlomException {
        return FlomNative.flom_handle_get_discovery_timeout(handle());
    }

    public synchronized int setDiscoveryTimeout(int value) throws FlomException {
        return FlomNative.flom_handle_set_discovery_timeout(handle(), value);
    }

    public synchronized int getDiscoveryTtl() throws FlomException {
        return FlomNative.flom_handle_get_discovery_ttl(handle());
    }

    public synchronized int setDiscoveryTtl(int value) throws FlomException {
        return FlomNative.flom_handle_set_discovery_ttl(handle(), value);
    }

    public synchronized int getLockMode() throws FlomException {
        return FlomNative.flom_handle_get_lock_mode(handle());
    }

    public synchronized int setLockMode(int value) throws FlomException {
        return FlomNative.flom_handle_set_lock_mode(handle(), value);
    }

    public synchronized int getMulticastPort() throws FlomException {
        return FlomNative.flom_handle_get_multicast_port(handle());
    }

    public synchronized int setMulticastPort(int value) throws FlomException {
        return FlomNative.flom_handle_set_multicast_port(handle(), value);
    }

    public synchronized int getResourceIdleLifespan() throws FlomException {
        return FlomNative.flom_handle_get_resource_idle_lifespan(handle());
    }

    public synchronized int setResourceIdleLifespan(int value) throws FlomException {
        return FlomNative.flom_handle_set_resource_idle_lifespan(handle(), value);
    }

    public synchronized int getResourceQuantity() throws FlomException {
        return FlomNative.flom_handle_get_resource_quantity(handle());
    }

    public synchronized int setResourceQuantity(int value) throws FlomException {
        return FlomNative.flom_handle_set_resource_quantity(handle(), value);
    }

    public synchronized int getResourceTimeout() throws FlomException {
        return FlomNative.flom_handle_get_resource_timeout(handle());
    }

    public synchronized int setResourceTimeout(int value) throws FlomException {
        return FlomNative.flom_handle_set_resource_timeout(handle(), value);
    }

    public synchronized int getUnicastPort() throws FlomException {
        return FlomNative.flom_handle_get_unicast_port(handle());
    }

    public synchronized int setUnicastPort(int value) throws FlomException {
        return FlomNative.flom_handle_set_unicast_port(handle(), value);
    }

    public synchronized boolean getResourceCreate() throws FlomException {
        return FlomNative.flom_handle_get_resource_create(handle()) != 0;
    }

    public synchronized int setResourceCreate(boolean value) throws FlomException {
        return FlomNative.flom_handle_set_resource_create(handle(), value ? 1 : 0);
    }

    public synchronized boolean getTlsCheckPeerId() throws FlomException {
        return FlomNative.flom_handle_get_tls_check_peer_id(handle()) != 0;
    }

    public synchronized int setTlsCheckPeerId(boolean value) throws FlomException {
        return FlomNative.flom_handle_set_tls_check_peer_id(handle(), value ? 1 : 0);
    }

    public synchronized boolean getStartDaemon() throws FlomException {
        return FlomNative.flom_handle_get_start_daemon(handle()) != 0;
    }

    public synchronized int setStartDaemon(boolean value) throws FlomException {
        return FlomNative.flom_handle_set_start_daemon(handle(), value ? 1 : 0);
    }

    // Shared.

    private SWIGTYPE_p_flom_handle_s handle() throws FlomException {
        if (owned.handle == null) throw freed();
        return owned.handle;
    }

    private static FlomException freed() {
        return new FlomException(FlomErrorCodes.FLOM_RC_OBJ_CORRUPTED, "the handle has been freed");
    }

    private void withdraw() {
        synchronized (owned) {
            if (owned.handle != null) FlomNative.flom_handle_cancel(owned.handle);
        }
    }

    private void check(int code) throws FlomException {
        if (code != FlomErrorCodes.FLOM_RC_OK) throw new FlomException(code, FlomNative.flom_handle_get_error(owned.handle));
    }

    /** Throws for a code that says more than that the property is fixed now. */
    private int accepted(int code) throws FlomException {
        if (code != FlomErrorCodes.FLOM_RC_API_IMMUTABLE_HANDLE) check(code);
        return code;
    }

    private static String given(String value) throws FlomException {
        if (value == null) throw new FlomException(FlomErrorCodes.FLOM_RC_NULL_OBJECT, "null is no value");
        return value;
    }

    private static String text(String value) {
        return value == null ? "" : value;
    }
}
