"""far.py PORT CERTIFICATE KEY CA: locks over the network, with TLS and without."""
import sys

import flom

tls = flom.TLS(*sys.argv[2:], check_peer_id=True)
# Nobody serves at the first address.
place = dict(address=["127.0.0.9", "127.0.0.1"], port=int(sys.argv[1]))
with flom.lock("far", tls=tls, **place) as lock:
    print(lock.fencing_token > 0)
try:
    flom.lock("far", timeout=2, **place).acquire()
except flom.Unreachable:
    print("refused")
