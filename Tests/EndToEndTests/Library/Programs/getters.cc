// SOCKET CERTIFICATE KEY CA INTERFACE TRACE: as getters.c, with the class.
#include <cstdlib>
#include <iostream>

#include "flom.hh"

using namespace flom;

static char **words;

static void show(const char *name, const string &value) { cout << "FlomHandle.get" << name << "() = '" << value << "'" << endl; }
static void show(const char *name, int value) { cout << "FlomHandle.get" << name << "() = " << value << endl; }
static void check(int code) {
    if (code == FLOM_RC_OK) return;
    cerr << code << ": " << flom_strerror(code) << endl;
    exit(1);
}

static void use(FlomHandle &handle) {
    show("SocketName", handle.getSocketName());
    check(handle.setSocketName(words[1]));
    show("SocketName", handle.getSocketName());
    check(handle.setTraceFilename(words[6]));
    show("TraceFilename", handle.getTraceFilename());
    show("ResourceName", handle.getResourceName());
    check(handle.setResourceName(string("red.blue.green")));
    show("ResourceName", handle.getResourceName());
    show("ResourceCreate", handle.getResourceCreate());
    check(handle.setResourceCreate(FALSE));
    show("ResourceCreate", handle.getResourceCreate());
    check(handle.setResourceCreate(TRUE));
    show("ResourceCreate", handle.getResourceCreate());
    show("ResourceTimeout", handle.getResourceTimeout());
    check(handle.setResourceTimeout(-1));
    show("ResourceTimeout", handle.getResourceTimeout());
    show("ResourceQuantity", handle.getResourceQuantity());
    check(handle.setResourceQuantity(3));
    show("ResourceQuantity", handle.getResourceQuantity());
    show("LockMode", handle.getLockMode());
    check(handle.setLockMode(FLOM_LOCK_MODE_PW));
    show("LockMode", handle.getLockMode());
    show("ResourceIdleLifespan", handle.getResourceIdleLifespan());
    check(handle.setResourceIdleLifespan(10000));
    show("ResourceIdleLifespan", handle.getResourceIdleLifespan());
    show("UnicastAddress", handle.getUnicastAddress());
    check(handle.setUnicastAddress("127.0.0.1"));
    show("UnicastAddress", handle.getUnicastAddress());
    show("MulticastAddress", handle.getMulticastAddress());
    check(handle.setMulticastAddress("224.0.0.1"));
    show("MulticastAddress", handle.getMulticastAddress());
    show("UnicastPort", handle.getUnicastPort());
    check(handle.setUnicastPort(7777));
    show("UnicastPort", handle.getUnicastPort());
    show("MulticastPort", handle.getMulticastPort());
    check(handle.setMulticastPort(8888));
    show("MulticastPort", handle.getMulticastPort());
    show("DiscoveryAttempts", handle.getDiscoveryAttempts());
    check(handle.setDiscoveryAttempts(5));
    show("DiscoveryAttempts", handle.getDiscoveryAttempts());
    show("DiscoveryTimeout", handle.getDiscoveryTimeout());
    check(handle.setDiscoveryTimeout(750));
    show("DiscoveryTimeout", handle.getDiscoveryTimeout());
    show("DiscoveryTtl", handle.getDiscoveryTtl());
    check(handle.setDiscoveryTtl(2));
    show("DiscoveryTtl", handle.getDiscoveryTtl());
    show("TlsCheckPeerId", handle.getTlsCheckPeerId());
    check(handle.setTlsCertificate(words[2]));
    check(handle.setTlsPrivateKey(string(words[3])));
    check(handle.setTlsCaCertificate(words[4]));
    check(handle.setTlsCheckPeerId(FALSE));
    show("TlsCheckPeerId", handle.getTlsCheckPeerId());
    check(handle.setTlsCheckPeerId(TRUE));
    show("TlsCheckPeerId", handle.getTlsCheckPeerId());
    show("NetworkInterface", handle.getNetworkInterface());
    check(handle.setNetworkInterface(words[5]));
    check(handle.setSocketName(words[1]));
    if (handle.getUnicastAddressAsCStr() != NULL || !handle.getMulticastAddress().empty()) exit(2);
    check(handle.lock());
    cout << "locked element is " << handle.getLockedElement() << endl;
    check(handle.unlock());
}

int main(int count, char **arguments) {
    if (count < 7) return 1;
    words = arguments;
    FlomHandle handle;
    use(handle);
    FlomHandle *other = new FlomHandle();
    use(*other);
    delete other;
    return 0;
}
