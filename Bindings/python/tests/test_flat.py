"""The functions of flom.h by their own names, as programs for FLoM 1.7.2 use them."""

import os
import pathlib
import re
import unittest

from flom import *
from support import SOCKET, DaemonTests, lock

INCLUDE = os.environ.get("FLOM_INCLUDE", "")


class Flat(DaemonTests):
    def handle(self, name="flat"):
        handle = flom_handle_t()
        self.assertEqual(flom_handle_init(handle), FLOM_RC_OK)
        self.assertEqual(flom_handle_set_socket_name(handle, SOCKET), FLOM_RC_OK)
        self.assertEqual(flom_handle_set_resource_name(handle, name), FLOM_RC_OK)
        return handle

    def test_a_lock(self):
        handle = self.handle("red.green")
        self.assertEqual(handle.state, FLOM_HANDLE_STATE_INIT)
        self.assertIsNone(flom_handle_get_locked_element(handle))
        self.assertEqual(flom_handle_lock(handle), FLOM_RC_OK)
        self.assertEqual(handle.state, FLOM_HANDLE_STATE_LOCKED)
        self.assertEqual(flom_handle_get_locked_element(handle), handle.locked_element)
        self.assertEqual(flom_handle_lock(handle), FLOM_RC_API_INVALID_SEQUENCE)
        self.assertEqual(flom_handle_set_resource_name(handle, "other"), FLOM_RC_API_IMMUTABLE_HANDLE)
        self.assertEqual(flom_handle_unlock(handle), FLOM_RC_OK)
        self.assertEqual(flom_handle_unlock(handle), FLOM_RC_API_INVALID_SEQUENCE)
        self.assertEqual(flom_handle_clean(handle), FLOM_RC_OK)
        self.assertEqual(handle.state, FLOM_HANDLE_STATE_CLEANED)

    def test_states_and_null(self):
        zeroed = flom_handle_t()
        for call in (flom_handle_lock, flom_handle_unlock, flom_handle_unlock_rollback, flom_handle_clean):
            self.assertEqual(call(zeroed), FLOM_RC_API_INVALID_SEQUENCE)
            self.assertEqual(call(None), FLOM_RC_NULL_OBJECT)
        flom_handle_delete(None)
        handle = flom_handle_new()
        self.assertEqual(handle.state, FLOM_HANDLE_STATE_INIT)
        flom_handle_delete(handle)
        self.assertEqual(handle.state, FLOM_HANDLE_STATE_CLEANED)

    def test_arguments_that_c_cannot_be_given(self):
        handle = self.handle()
        self.assertRaises(TypeError, flom_handle_set_resource_name, handle, b"bytes")
        self.assertRaises(TypeError, flom_handle_set_resource_timeout, handle, "1")
        self.assertRaises(OverflowError, flom_handle_set_resource_timeout, handle, 2**31)
        self.assertRaises(ValueError, flom_handle_set_resource_name, handle, "a\0b")
        self.assertEqual(flom_handle_set_unicast_address(handle, None), FLOM_RC_OK)
        self.assertIsNone(flom_handle_get_unicast_address(handle))

    def test_what_is_dropped_is_released(self):
        handle = self.handle("droppedflat")
        self.assertEqual(flom_handle_lock(handle), FLOM_RC_OK)
        del handle
        with lock("droppedflat", timeout=0):
            pass

    @unittest.skipUnless(INCLUDE, "needs FLOM_INCLUDE, the folder of flom.h")
    def test_every_constant_and_function_of_the_headers(self):
        text = "".join(pathlib.Path(INCLUDE, f"flom_{name}.h").read_text() for name in ("errors", "types", "handle"))
        values = {name: int(value) for name, value in re.findall(r"#define (FLOM_\w+)\s+([+-]?\d+)", text)}
        self.assertGreater(len(values), 120)
        for body in re.findall(r"typedef enum \w+ \{(.*?)\}", text, re.DOTALL):
            value = -1
            for name, given in re.findall(r"^\s*(FLOM_\w+)\s*(?:= (\d+))?", body, re.MULTILINE):
                values[name] = value = int(given) if given else value + 1
        mine = {name: value for name, value in globals().items() if name.startswith("FLOM_")}
        self.assertEqual(mine, values)
        # Callbacks and polling are what the classes of this module are for.
        others = {"set_lost_callback", "lock_start", "lock_finish", "get_wait_fd"}
        functions = set(re.findall(r"\b(flom_handle_\w+)\(", text)) - {f"flom_handle_{name}" for name in others}
        self.assertEqual({name for name in globals() if re.fullmatch("flom_handle_(?!t$)\\w+", name)}, functions)
        self.assertTrue(flom_strerror(-17).startswith("ERROR:"))
        self.assertRegex(flom_version(), r"^\d+\.\d+")


if __name__ == "__main__":
    unittest.main()
