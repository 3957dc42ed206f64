"""Pictures of a real daemon's pages: screenshots.py BROWSER FLOM DIRECTORY OUTPUT."""

import os
import random
import socket
import subprocess
import sys
import time

from devtools import Browser, wait

program, flom, directory, output = sys.argv[1:5]
with socket.socket() as probe:
    probe.bind(("127.0.0.1", 0))
    place = f"127.0.0.1:{probe.getsockname()[1]}"
options = ["-s", os.path.join(directory, "s"), "--journal", os.path.join(directory, "j"), "-d", "60000", "--http", place]
# Over TCP of commands only the program is shown, so the steps of this little night have names of their own.
steps = {"backup": "dump", "reports": "render", "deploy": "release", "index": "crawl"}
os.environ["PATH"] = directory + ":" + os.environ["PATH"]
for name in steps.values():
    os.symlink("/bin/sleep", os.path.join(directory, name))


def start(resource, seconds, *more):
    words = [flom, *options, "-r", resource, *more, "--", steps[resource], f"{seconds:.2f}"]
    return subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


children, browser = [], None
random.seed(7)
try:
    children.append(start("index", 0.2))
    children[0].wait()
    end = time.monotonic() + 25
    while time.monotonic() < end:
        resource = random.choice(list(steps))
        if resource != "index" or random.random() < 0.3:
            children.append(start(resource, random.uniform(0.3, 2.5), *(["-o", "1500"] if random.random() < 0.15 else [])))
        time.sleep(0.5)
    children += [start("backup", 600), start("deploy", 600)]
    time.sleep(1)
    children += [start("backup", 1), start("reports", 600), start("deploy", 1)]
    browser = Browser(program, os.path.join(directory, "browser"))
    browser.size(1120, 860)
    browser.open(f"http://{place}/")
    wait(lambda: browser.evaluate("document.querySelectorAll('#open tr').length") >= 5, "the state is shown", 60)
    browser.evaluate("[...document.querySelectorAll('#open tr')].find(row => row.cells[1].textContent.startsWith('waits')).click()")
    browser.wait("document.getElementById('reason').textContent !== ''", "the reason is shown")
    browser.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    time.sleep(0.5)
    browser.screenshot(os.path.join(output, "live-page.png"))
    browser.colours("dark")
    browser.size(400, 760)
    browser.evaluate("scrollTo(0, 0)")
    time.sleep(0.5)
    browser.screenshot(os.path.join(output, "live-page-phone.png"))
    browser.colours("light")
    report = subprocess.run([flom, *options, "--history", "--format", "html"], capture_output=True, check=True).stdout
    with open(os.path.join(directory, "report.html"), "wb") as file:
        file.write(report)
    browser.size(1120, 860)
    browser.open(f"file://{directory}/report.html")
    time.sleep(0.5)
    browser.screenshot(os.path.join(output, "report.png"))
finally:
    if browser:
        browser.close()
    for child in children:
        child.kill()
    subprocess.run([flom, *options, "-X"], capture_output=True)
