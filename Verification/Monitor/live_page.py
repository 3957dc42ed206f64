"""The live page of a real daemon in a real browser: live_page.py BROWSER FLOM DIRECTORY PLACE.

Each check prints a line; the first that fails ends the program with status 1."""

import os
import subprocess
import sys
import time

from crowd import Crowd, Traffic
from devtools import Browser, wait

program, flom, directory, place = sys.argv[1:5]
os.makedirs(directory, exist_ok=True)
here = os.path.dirname(os.path.abspath(__file__))
socket = os.path.join(directory, "s")
options = ["-s", socket, "--journal", os.path.join(directory, "j"), "-d", "120000", "--http", place]
begun = time.monotonic()


def run(*words):
    return subprocess.run([flom, *options, *words], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)


def start(*words):
    return subprocess.Popen([flom, *options, *words], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def expect(truth, sentence):
    if not truth:
        raise RuntimeError(sentence)


def done(sentence):
    print(f"{time.monotonic() - begun:5.1f} s  {sentence}", flush=True)


ROWS = "[...document.querySelectorAll('#open tr')].map(row => [...row.cells].map(cell => cell.textContent))"


def content():
    page.open(f"http://{place}/")
    page.wait("document.querySelectorAll('#open tr').length === 2", "two rows")
    rows = page.evaluate(ROWS)
    expect([row[:2] for row in rows] == [["db", "holds"], ["db", "waits, place 1"]], f"the rows are {rows}")
    expect(rows[0][6].startswith("sleep"), f"the holder's command is not shown: {rows}")
    expect(page.evaluate("document.getElementById('waiting').textContent") == "1", "the sum of waiters is wrong")
    legend = page.evaluate("[...document.querySelectorAll('.legend li')].map(item => item.textContent.trim())")
    expect("held now" in legend and "waited" in legend, f"the legend has {legend}")
    done("it shows who holds and who waits")
    page.evaluate("document.querySelectorAll('#open tr')[1].click()")
    page.wait("document.getElementById('reason').textContent.includes('most of it for')", "the reason is told")
    reason = page.evaluate("document.getElementById('reason').textContent")
    expect("It has waited for" in reason and "sleep" in reason, f"the reason is '{reason}'")
    done("it tells why somebody waits")


def keyboard():
    page.key("Escape")
    expect(page.evaluate("document.getElementById('why').hidden"), "Escape does not close the reason")
    page.evaluate("document.activeElement.blur()")
    page.key("/", "/")
    expect(page.evaluate("document.activeElement.id") == "search", "/ does not lead to the search")
    page.type("nothing like this")
    page.wait("document.querySelectorAll('#open tr').length === 0", "the search hides what does not match")
    page.evaluate("document.getElementById('search').value = ''; document.getElementById('search').dispatchEvent(new Event('input'))")
    page.key("Escape")
    page.key("ArrowDown")
    page.key("ArrowDown")
    page.wait("document.querySelector('#open tr[aria-selected=true] td:nth-child(2)').textContent.startsWith('waits')", "the second is chosen")
    page.key("Enter")
    page.wait("!document.getElementById('why').hidden && document.activeElement.id === 'why-title'", "Enter tells why")
    page.wait("document.querySelectorAll('#history tr').length > 0", "the history is there")
    # Everything that can be clicked can be reached by the keyboard.
    reached = set()
    for _ in range(40):
        page.key("Tab")
        reached.add(page.evaluate("(node => node.id || node.name || (node.closest('tbody') || {}).id || node.type)(document.activeElement)"))
    wanted = {"close", "search", "resource", "user", "since", "until", "submit", "history", "neighbours"}
    expect(wanted <= reached, f"the Tab key does not reach {wanted - reached}, only {reached}")
    page.evaluate("document.querySelector('#history tr:last-child').focus()")
    page.key("Enter")
    page.wait("document.getElementById('facts').textContent.includes('released')", "Enter tells of a row of the history")
    page.key("Escape")
    done("it can be used with a keyboard")


def contrast():
    script = open(os.path.join(here, "contrast.js")).read()
    page.evaluate("document.querySelectorAll('#open tr')[1].click()")
    page.wait("document.querySelectorAll('#neighbours tr').length > 0", "there are neighbours")
    for scheme in ["light", "dark"]:
        page.colours(scheme)
        result = page.evaluate(script)
        expect(result["count"] > 50 and not result["found"], f"too little contrast, {scheme}: {result}")
    page.colours("light")
    done("texts have contrast by day and by night")


def phone():
    page.size(360, 740, True)
    page.wait("innerWidth === 360", "the page is narrow")
    wide = page.evaluate("document.documentElement.scrollWidth")
    expect(wide <= 360, f"it scrolls sideways on a phone: {wide} of 360")
    outside = page.evaluate(
        "[...document.querySelectorAll('main *')].filter(node => !node.closest('.wide') && node.getBoundingClientRect().right > 361)"
        ".map(node => node.tagName + '#' + node.id)")
    expect(not outside, f"these stand beyond the edge of a phone: {outside}")
    page.size(1280, 900)
    page.key("Escape")
    done("it fits a phone")


FRAMES = """new Promise(done => {
  let count = 0, longest = 0, before = performance.now(); const end = before + 3000;
  const frame = time => { count += 1; longest = Math.max(longest, time - before); before = time;
    if (time < end) requestAnimationFrame(frame); else done({ rate: count / 3, longest }); };
  requestAnimationFrame(frame);
})"""


def updates():
    quiet = page.evaluate(FRAMES)
    traffic = Traffic(socket, 60)
    time.sleep(0.5)
    counts, before, at = page.evaluate(FRAMES), traffic.pairs, time.monotonic()
    page.wait("document.getElementById('open') && [...document.querySelectorAll('#history tr')].length > 0", "the page lives")
    time.sleep(0.5)
    rate = (traffic.pairs - before) / (time.monotonic() - at)
    traffic.stop()
    expect(rate > 30, f"only {rate:.0f} updates a second were made")
    expect(
        counts["rate"] > quiet["rate"] / 2 and counts["longest"] < 500,
        f"with 60 updates a second it draws {counts}, without {quiet}")
    done(f"60 updates a second hold: {counts['rate']:.0f} frames a second, {quiet['rate']:.0f} without")


def restart():
    daemon = wait(lambda: daemon_pid(), "the daemon is found", 10)
    page.complaints.clear()
    os.kill(daemon, 9)
    other = start("-r", "later", "--", "sleep", "1000")
    children.append(other)
    page.wait("[...document.querySelectorAll('#open tr')].some(row => row.cells[0].textContent === 'later')", "the next daemon's state is shown", 40)
    page.wait("document.getElementById('state').textContent === ''", "it no longer says that the daemon is gone", 20)
    wrong = [complaint for complaint in page.complaints if complaint[0] != "network"]
    expect(not wrong, f"the page complains: {wrong}")
    page.complaints.clear()
    done("it goes on with the next daemon")


def daemon_pid():
    """The process that listens at the place."""
    words = subprocess.run(["ss", "-Htlnp", f"sport = :{place.split(':')[1]}"], capture_output=True, text=True).stdout
    return int(words.split("pid=")[1].split(",")[0]) if "pid=" in words else None


def crowd():
    everybody = Crowd(socket, 1000, 10)
    done("11 000 clients have come")
    page.wait("Number(document.getElementById('waiting').textContent) >= 10000", "10 000 wait", 40)
    page.wait("document.getElementById('rest').textContent.includes('more')", "the table is bounded")
    expect(page.evaluate("document.querySelectorAll('#open tr').length") <= 500, "the table has too many rows")
    # From the key to the rows, twice: the first one may come while the page reads.
    spans = []
    for word in ["crowd0777", "crowd0123"]:
        spans.append(page.evaluate(
            f"""new Promise(done => {{ const begun = performance.now(), field = document.getElementById("search");
            field.value = "{word}"; field.dispatchEvent(new Event("input"));
            requestAnimationFrame(() => done(performance.now() - begun)); }})"""))
        rows = page.evaluate(ROWS)
        expect(len(rows) == 11 and all(row[0] == word for row in rows), f"the search for {word} shows {rows[:3]}")
    expect(min(spans) < 250, f"the search takes {spans} ms")
    page.evaluate("document.querySelectorAll('#open tr')[10].click()")
    page.wait("document.getElementById('reason').textContent.includes('most of it for')", "the reason is told", 30)
    counts = page.evaluate(FRAMES)
    expect(counts["longest"] < 2000, f"it stands still: {counts}")
    done(f"10 000 waiters for 1 000 resources: the search takes {min(spans):.0f} ms, {counts['rate']:.0f} frames a second")
    everybody.leave()


children, page = [], None
try:
    outcome = run("-r", "warmup", "--", "true")
    expect(outcome.returncode == 0, f"no lock was given: {outcome}")
    children += [start("-r", "db", "--", "sleep", "1000")]
    wait(lambda: "held" in run("--status").stdout, "the lock is held", 10)
    children += [start("-r", "db", "--", "true")]
    wait(lambda: "waits" in run("--status").stdout, "somebody waits", 10)
    page = Browser(program, os.path.join(directory, "browser"))
    done("the browser has begun")
    for check in [content, keyboard, contrast, phone, updates, restart, crowd]:
        check()
        expect(not page.complaints, f"the page complains: {page.complaints}")
    print("all is well")
except RuntimeError as error:
    print(f"failed: {error}")
    sys.exit(1)
finally:
    if page:
        page.close()
    for child in children:
        child.kill()
    run("-X")
