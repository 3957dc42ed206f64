"""Prints a line while it holds the lock on a resource."""
import sys

import flom

try:
    with flom.lock(sys.argv[1], timeout=5) as lock:
        print(f"{lock.name} is locked, element {lock.element}, token {lock.fencing_token}")
except flom.Timeout as error:
    sys.exit(f"not within five seconds: {error}")
