// The classes of libflom for C++98 and later. Programs include flom.hh.
#ifndef FLOMHANDLE_HH
#define FLOMHANDLE_HH

#include <exception>
#include <string>
#include <syslog.h>

#include "flom_errors.h"
#include "flom_handle.h"
#include "flom_types.h"

// Programs written for FLoM 1.7.2 rely on this.
using namespace std;

#if __cplusplus >= 201103L
#define FLOM_NOEXCEPT noexcept
#else
#define FLOM_NOEXCEPT throw()
#endif

namespace flom {

// A code of flom_errors.h that is not FLOM_RC_OK.
class FlomException : public std::exception {
public:
    explicit FlomException(int code) : code(code), sentence(flom_strerror(code)) {}
    FlomException(int code, const char *sentence) : code(code), sentence(sentence && *sentence ? sentence : flom_strerror(code)) {}
    virtual ~FlomException() FLOM_NOEXCEPT {}

    int getReturnCode() const { return code; }
    // The text of the code.
    std::string getReturnCodeText() const { return flom_strerror(code); }
    // What has failed, in a sentence.
    virtual const char *what() const FLOM_NOEXCEPT { return sentence.c_str(); }

private:
    int code;
    std::string sentence;
};

// A handle of libflom. Its methods return the codes of the C functions that they call, and throw nothing. A handle that has been moved
// from returns FLOM_RC_NULL_OBJECT.
class FlomHandle {
public:
    // Throws FlomException if the configuration files are not accepted.
    FlomHandle() : handle(new flom_handle_t) {
        const int code = flom_handle_init(handle);
        if (code == FLOM_RC_OK) return;
        delete handle;
        throw FlomException(code);
    }
    // Releases the lock, if there is one.
    ~FlomHandle() { free(); }

#if __cplusplus >= 201103L
    FlomHandle(const FlomHandle &) = delete;
    FlomHandle &operator=(const FlomHandle &) = delete;
    FlomHandle(FlomHandle &&other) noexcept : handle(other.handle) { other.handle = nullptr; }
    FlomHandle &operator=(FlomHandle &&other) noexcept {
        if (this == &other) return *this;
        free();
        handle = other.handle;
        other.handle = nullptr;
        return *this;
    }
#endif

    int lock() { return flom_handle_lock(handle); }
    int unlock() { return flom_handle_unlock(handle); }
    int unlockRollback() { return flom_handle_unlock_rollback(handle); }
    // From another thread: a lock() that waits returns FLOM_RC_CANCELED.
    int cancel() { return flom_handle_cancel(handle); }

    std::string getLockedElement() const { return text(getLockedElementAsCStr()); }
    const char *getLockedElementAsCStr() const { return flom_handle_get_locked_element(handle); }
    std::string getLockedElementOf(int index) const { return text(flom_handle_get_locked_element_of(handle, index)); }
    flom_fencing_token_t getFencingToken() const { return flom_handle_get_fencing_token(handle); }
    flom_fencing_token_t getFencingTokenOf(int index) const { return flom_handle_get_fencing_token_of(handle, index); }
    std::string getRequestId() const { return text(flom_handle_get_request_id(handle)); }

    int addResource(const char *name, flom_lock_mode_t mode = FLOM_LOCK_MODE_EX, int quantity = 1) {
        return flom_handle_add_resource(handle, name, mode, quantity);
    }
    int addResource(const std::string &name, flom_lock_mode_t mode = FLOM_LOCK_MODE_EX, int quantity = 1) {
        return addResource(name.c_str(), mode, quantity);
    }
    int clearResources() { return flom_handle_clear_resources(handle); }
    int countResources() const { return flom_handle_count_resources(handle); }

    bool isLost() const { return flom_handle_is_lost(handle) == 1; }
    int getLostFd() { return flom_handle_get_lost_fd(handle); }
    int setLostCallback(void (*callback)(flom_handle_t *, int, void *), void *context) {
        return flom_handle_set_lost_callback(handle, callback, context);
    }
    std::string getError() const { return flom_handle_get_error(handle); }

    // The handle for C functions; NULL if it has been moved from.
    flom_handle_t *get() const { return handle; }

    int getDiscoveryAttempts() const { return flom_handle_get_discovery_attempts(handle); }
    int setDiscoveryAttempts(int value) { return flom_handle_set_discovery_attempts(handle, value); }
    int getDiscoveryTimeout() const { return flom_handle_get_discovery_timeout(handle); }
    int setDiscoveryTimeout(int value) { return flom_handle_set_discovery_timeout(handle, value); }
    int getDiscoveryTtl() const { return flom_handle_get_discovery_ttl(handle); }
    int setDiscoveryTtl(int value) { return flom_handle_set_discovery_ttl(handle, value); }
    int getMulticastPort() const { return flom_handle_get_multicast_port(handle); }
    int setMulticastPort(int value) { return flom_handle_set_multicast_port(handle, value); }
    int getResourceCreate() const { return flom_handle_get_resource_create(handle); }
    int setResourceCreate(int value) { return flom_handle_set_resource_create(handle, value); }
    int getResourceIdleLifespan() const { return flom_handle_get_resource_idle_lifespan(handle); }
    int setResourceIdleLifespan(int value) { return flom_handle_set_resource_idle_lifespan(handle, value); }
    int getResourceQuantity() const { return flom_handle_get_resource_quantity(handle); }
    int setResourceQuantity(int value) { return flom_handle_set_resource_quantity(handle, value); }
    int getResourceTimeout() const { return flom_handle_get_resource_timeout(handle); }
    int setResourceTimeout(int value) { return flom_handle_set_resource_timeout(handle, value); }
    int getUnicastPort() const { return flom_handle_get_unicast_port(handle); }
    int setUnicastPort(int value) { return flom_handle_set_unicast_port(handle, value); }
    int getTlsCheckPeerId() const { return flom_handle_get_tls_check_peer_id(handle); }
    int setTlsCheckPeerId(int value) { return flom_handle_set_tls_check_peer_id(handle, value); }
    int getStartDaemon() const { return flom_handle_get_start_daemon(handle); }
    int setStartDaemon(int value) { return flom_handle_set_start_daemon(handle, value); }
    flom_lock_mode_t getLockMode() const { return flom_handle_get_lock_mode(handle); }
    int setLockMode(flom_lock_mode_t value) { return flom_handle_set_lock_mode(handle, value); }

    std::string getMulticastAddress() const { return text(getMulticastAddressAsCStr()); }
    const char *getMulticastAddressAsCStr() const { return flom_handle_get_multicast_address(handle); }
    int setMulticastAddress(const char *value) { return flom_handle_set_multicast_address(handle, value); }
    int setMulticastAddress(const std::string &value) { return setMulticastAddress(value.c_str()); }

    std::string getNetworkInterface() const { return text(getNetworkInterfaceAsCStr()); }
    const char *getNetworkInterfaceAsCStr() const { return flom_handle_get_network_interface(handle); }
    int setNetworkInterface(const char *value) { return flom_handle_set_network_interface(handle, value); }
    int setNetworkInterface(const std::string &value) { return setNetworkInterface(value.c_str()); }

    std::string getResourceName() const { return text(getResourceNameAsCStr()); }
    const char *getResourceNameAsCStr() const { return flom_handle_get_resource_name(handle); }
    int setResourceName(const char *value) { return flom_handle_set_resource_name(handle, value); }
    int setResourceName(const std::string &value) { return setResourceName(value.c_str()); }

    std::string getSocketName() const { return text(getSocketNameAsCStr()); }
    const char *getSocketNameAsCStr() const { return flom_handle_get_socket_name(handle); }
    int setSocketName(const char *value) { return flom_handle_set_socket_name(handle, value); }
    int setSocketName(const std::string &value) { return setSocketName(value.c_str()); }

    std::string getTraceFilename() const { return text(getTraceFilenameAsCStr()); }
    const char *getTraceFilenameAsCStr() const { return flom_handle_get_trace_filename(handle); }
    int setTraceFilename(const char *value) { return flom_handle_set_trace_filename(handle, value); }
    int setTraceFilename(const std::string &value) { return setTraceFilename(value.c_str()); }

    std::string getUnicastAddress() const { return text(getUnicastAddressAsCStr()); }
    const char *getUnicastAddressAsCStr() const { return flom_handle_get_unicast_address(handle); }
    int setUnicastAddress(const char *value) { return flom_handle_set_unicast_address(handle, value); }
    int setUnicastAddress(const std::string &value) { return setUnicastAddress(value.c_str()); }

    std::string getTlsCertificate() const { return text(getTlsCertificateAsCStr()); }
    const char *getTlsCertificateAsCStr() const { return flom_handle_get_tls_certificate(handle); }
    int setTlsCertificate(const char *value) { return flom_handle_set_tls_certificate(handle, value); }
    int setTlsCertificate(const std::string &value) { return setTlsCertificate(value.c_str()); }

    std::string getTlsPrivateKey() const { return text(getTlsPrivateKeyAsCStr()); }
    const char *getTlsPrivateKeyAsCStr() const { return flom_handle_get_tls_private_key(handle); }
    int setTlsPrivateKey(const char *value) { return flom_handle_set_tls_private_key(handle, value); }
    int setTlsPrivateKey(const std::string &value) { return setTlsPrivateKey(value.c_str()); }

    std::string getTlsCaCertificate() const { return text(getTlsCaCertificateAsCStr()); }
    const char *getTlsCaCertificateAsCStr() const { return flom_handle_get_tls_ca_certificate(handle); }
    int setTlsCaCertificate(const char *value) { return flom_handle_set_tls_ca_certificate(handle, value); }
    int setTlsCaCertificate(const std::string &value) { return setTlsCaCertificate(value.c_str()); }

    std::string getDescription() const { return text(getDescriptionAsCStr()); }
    const char *getDescriptionAsCStr() const { return flom_handle_get_description(handle); }
    int setDescription(const char *value) { return flom_handle_set_description(handle, value); }
    int setDescription(const std::string &value) { return setDescription(value.c_str()); }

private:
#if __cplusplus < 201103L
    FlomHandle(const FlomHandle &);
    FlomHandle &operator=(const FlomHandle &);
#endif

    static std::string text(const char *text) { return text ? text : ""; }

    void free() {
        if (!handle) return;
        flom_handle_clean(handle);
        delete handle;
        handle = 0;
    }

    flom_handle_t *handle;
};

// Holds the lock of a handle while it lives: the constructor locks, the destructor releases. While an exception ends the block, the
// destructor rolls back, so that a transactional sequence hands the number out again.
class FlomLock {
public:
    // Throws FlomException if the lock is not granted; the handle can then be used again at once.
    explicit FlomLock(FlomHandle &handle) : handle(&handle), exceptions(count()) {
        const int code = handle.lock();
        if (code == FLOM_RC_OK) return;
        const FlomException exception(code, flom_handle_get_error(handle.get()));
        handle.unlock();
        throw exception;
    }
    ~FlomLock() {
        if (count() > exceptions) rollback();
        else unlock();
    }

#if __cplusplus >= 201103L
    FlomLock(const FlomLock &) = delete;
    FlomLock &operator=(const FlomLock &) = delete;
    FlomLock(FlomLock &&other) noexcept : handle(other.handle), exceptions(other.exceptions) { other.handle = nullptr; }
#endif

    // Releases the lock before the guard's end. FLOM_RC_OK if that has been done.
    int unlock() { return release(false); }
    int rollback() { return release(true); }

private:
#if __cplusplus < 201103L
    FlomLock(const FlomLock &);
    FlomLock &operator=(const FlomLock &);
#endif

    int release(bool rollsBack) {
        FlomHandle *const held = handle;
        handle = 0;
        if (!held) return FLOM_RC_OK;
        return rollsBack ? held->unlockRollback() : held->unlock();
    }

    // How many exceptions end blocks at present.
    static int count() {
#if __cplusplus >= 201703L
        return std::uncaught_exceptions();
#else
        return std::uncaught_exception() ? 1 : 0;
#endif
    }

    FlomHandle *handle;
    int exceptions;
};

}  // namespace flom

#undef FLOM_NOEXCEPT

#endif
