"""A browser without a screen, driven over its DevTools protocol."""

import json
import os
import subprocess
import time
import urllib.request

import websocket


class Browser:
    def __init__(self, program, directory):
        self.process = subprocess.Popen(
            [
                program, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                "--disable-background-networking", "--remote-debugging-port=0", "--remote-allow-origins=*", "--window-size=1280,900",
                f"--user-data-dir={directory}", "about:blank",
            ],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        place = os.path.join(directory, "DevToolsActivePort")
        port = wait(lambda: os.path.exists(place) and open(place).read().split("\n")[0], "the browser is there", 60)
        page = wait(lambda: self.pages(port), "the browser has a page", 30)[0]
        self.socket = websocket.create_connection(page["webSocketDebuggerUrl"], timeout=60)
        self.number = 0
        # What the page has complained of: (source, text).
        self.complaints = []
        for domain in ["Page", "Runtime", "Log"]:
            self.call(f"{domain}.enable")

    @staticmethod
    def pages(port):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list", timeout=5) as answer:
                return [target for target in json.load(answer) if target["type"] == "page"]
        except OSError:
            return []

    def call(self, method, **parameters):
        self.number += 1
        self.socket.send(json.dumps({"id": self.number, "method": method, "params": parameters}))
        while True:
            message = json.loads(self.socket.recv())
            if message.get("id") == self.number:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']}")
                return message["result"]
            self.note(message)

    def note(self, message):
        method, parameters = message.get("method"), message.get("params", {})
        if method == "Runtime.exceptionThrown":
            self.complaints.append(("exception", json.dumps(parameters["exceptionDetails"])[:500]))
        elif method == "Runtime.consoleAPICalled" and parameters["type"] in ("error", "warning", "assert"):
            self.complaints.append(("console", json.dumps(parameters["args"])[:500]))
        elif method == "Log.entryAdded" and parameters["entry"]["level"] in ("error", "warning"):
            self.complaints.append((parameters["entry"]["source"], parameters["entry"]["text"]))

    def evaluate(self, text):
        """The value of an expression; a promise is waited for."""
        result = self.call("Runtime.evaluate", expression=text, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            raise RuntimeError(f"{text[:200]}: {result['exceptionDetails']}")
        return result["result"].get("value")

    def open(self, address):
        self.call("Page.navigate", url=address)
        wait(lambda: self.evaluate("document.readyState") == "complete", f"{address} is loaded", 30)

    def wait(self, text, what, seconds=20):
        return wait(lambda: self.evaluate(text), what, seconds)

    def key(self, name, text=""):
        for kind in ("keyDown", "keyUp"):
            parameters = {"type": kind, "key": name, "code": name}
            codes = {"Enter": 13, "Escape": 27, "ArrowUp": 38, "ArrowDown": 40, "Tab": 9}
            if name in codes:
                parameters["windowsVirtualKeyCode"] = codes[name]
            if kind == "keyDown" and (text or name == "Enter"):
                parameters["text"] = text or "\r"
            self.call("Input.dispatchKeyEvent", **parameters)

    def type(self, text):
        for letter in text:
            self.key(letter, letter)

    def size(self, width, height, is_phone=False):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=is_phone)

    def colours(self, scheme):
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def screenshot(self, path):
        import base64

        data = self.call("Page.captureScreenshot", format="png")["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))

    def close(self):
        self.socket.close()
        self.process.terminate()
        self.process.wait()


def wait(condition, what, seconds):
    """Waits until something is true, and returns it."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise RuntimeError(f"never happened: {what}")
        time.sleep(0.05)
