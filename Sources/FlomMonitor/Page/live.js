// The live page: who holds and who waits now, what has just been, and why somebody waits. It reads /api/v1 of its own daemon only, builds nodes
// and sets their text, never markup: the name of a resource or the words of a command stay text, whatever they contain.
"use strict";
(() => {
const get = id => document.getElementById(id);

// Times and spans.

const pad = value => String(value).padStart(2, "0");
const span = milli => {
  const second = Math.floor(milli / 1000), minute = Math.floor(second / 60);
  if (milli < 1000) return `${Math.max(0, Math.floor(milli))} ms`;
  if (second < 60) return `${second} s`;
  if (minute < 60) return `${minute}m ${pad(second % 60)}s`;
  if (minute < 1440) return `${Math.floor(minute / 60)}h ${pad(minute % 60)}m`;
  return `${Math.floor(minute / 1440)}d ${pad(Math.floor(minute / 60) % 24)}h`;
};
const moment = text => {
  const time = new Date(text), today = new Date();
  const clock = `${pad(time.getHours())}:${pad(time.getMinutes())}:${pad(time.getSeconds())}`;
  return time.toDateString() === today.toDateString() ? clock : `${time.getFullYear()}-${pad(time.getMonth() + 1)}-${pad(time.getDate())} ${clock}`;
};
// The daemon's clock: that of the browser may be wrong.
let skew = 0;
const now = () => Date.now() + skew;

// Requests.

const who = row => row.user ? `${row.user}@${row.host}` : row.host || "";
const command = row => (row.command || []).join(" ");
const holds = row => row.outcome === "held";
const since = row => Date.parse(row.granted_at || row.queued_at || row.asked_at);
const isBad = row => row.outcome === "reclaimed" || row.outcome === "broken" || (row.exit_status || 0) !== 0 || row.signal !== undefined;
const outcome = row => {
  if (row.exit_status !== undefined && row.exit_status !== 0) return `${row.outcome}, status ${row.exit_status}`;
  if (row.signal !== undefined) return `${row.outcome}, signal ${row.signal}`;
  return row.outcome.replace("_", " ");
};
const state = row => {
  if (holds(row)) return row.orphan ? "holds, its flom is gone" : row.away ? "holds, away" : "holds";
  return row.place ? `waits, place ${row.place}` : "waits";
};

const ask = async path => {
  const answer = await fetch(path, { headers: { Accept: "application/json" } });
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(body.detail || `the daemon answers with status ${answer.status}`);
  return body;
};

const cell = (row, text, kind) => {
  const node = row.insertCell();
  node.textContent = text;
  if (kind) node.className = kind;
  return node;
};
const set = (node, text) => { if (node.textContent !== text) node.textContent = text; };

// What is open.

const most = 500;
let open = [], recent = new Map(), chosen = null, drawn = [];
const usual = new Map();

const matches = row => {
  const wanted = get("search").value.trim().toLowerCase();
  return !wanted || `${row.resource} ${who(row)} ${command(row)}`.toLowerCase().includes(wanted);
};

const show = () => {
  const shown = open.filter(matches), rows = shown.slice(0, most), body = get("open");
  while (body.rows.length > rows.length) body.deleteRow(-1);
  rows.forEach((row, index) => {
    let line = body.rows[index];
    if (!line) {
      line = body.insertRow();
      for (const kind of ["", "", "number", "", "", "number", "command"]) cell(line, "", kind);
    }
    const usually = usual.get(row.resource);
    const texts = [row.resource, state(row), "", usually ? span(usually) : "", who(row), row.command_pid || row.client_pid || "", command(row)];
    texts.forEach((text, place) => { if (place !== 2) set(line.cells[place], String(text)); });
    line.cells[1].className = holds(row) ? "held" : "";
    line.dataset.request = row.request;
    line.setAttribute("aria-selected", String(row.request === chosen));
  });
  drawn = rows;
  set(get("rest"), shown.length > most ? `and ${shown.length - most} more: name a resource or a user above` : shown.length ? "" : "Nothing is held, and nobody waits.");
  set(get("matching"), get("search").value.trim() ? `${shown.length} of ${open.length}` : "");
  tick();
};

// Ages go on by themselves.
const tick = () => {
  const time = now(), body = get("open");
  let hold = 0, wait = 0, held = 0;
  for (const row of open) {
    const age = time - since(row);
    if (holds(row)) { held += 1; hold = Math.max(hold, age); } else wait = Math.max(wait, age);
  }
  drawn.forEach((row, index) => {
    const age = time - since(row), usually = usual.get(row.resource), node = body.rows[index].cells[2];
    set(node, span(age));
    node.className = holds(row) && usually && age > 3 * usually && age > 10000 ? "number late" : "number";
  });
  set(get("held"), String(held));
  set(get("waiting"), String(open.length - held));
  set(get("longest-hold"), held ? span(hold) : "–");
  set(get("longest-wait"), open.length > held ? span(wait) : "–");
};

// The median of the newest holds of each resource, from what this page has seen.
const learn = () => {
  const spans = new Map();
  for (const row of recent.values()) {
    if (row.held_us === undefined) continue;
    if (!spans.has(row.resource)) spans.set(row.resource, []);
    spans.get(row.resource).push(row.held_us / 1000);
  }
  for (const [resource, list] of spans) usual.set(resource, list.sort((a, b) => a - b)[Math.floor(list.length / 2)]);
};

// The timeline.

const width = 10 * 60 * 1000, lane = 18, most_lanes = 30;
const draw = () => {
  const canvas = get("line"), time = now(), style = getComputedStyle(document.documentElement);
  const rows = [...recent.values(), ...open].filter(matches);
  const last = new Map();
  for (const row of rows) last.set(row.resource, Math.max(last.get(row.resource) || 0, row.ended_at ? Date.parse(row.ended_at) : time));
  const lanes = [...last].filter(entry => entry[1] > time - width).sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, most_lanes)
    .map(entry => entry[0]).sort();
  const ratio = window.devicePixelRatio || 1, wide = canvas.clientWidth - 40, high = Math.max(2, lanes.length + 1) * lane;
  if (canvas.width !== Math.round(wide * ratio) || canvas.height !== Math.round(high * ratio)) {
    canvas.width = Math.round(wide * ratio);
    canvas.height = Math.round(high * ratio);
    canvas.style.height = `${high + 16}px`;
  }
  const pen = canvas.getContext("2d"), colour = name => style.getPropertyValue(name).trim();
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, wide, high);
  const left = Math.min(180, wide / 3), x = at => left + Math.max(0, (at - time + width) / width) * (wide - left);
  pen.font = "12px system-ui, sans-serif";
  pen.textBaseline = "middle";
  // Labels that do not meet, on a phone too.
  for (let minute = 0; minute <= 10; minute += wide - left < 440 ? 5 : 2) {
    const at = time - minute * 60000;
    pen.fillStyle = colour("--line");
    pen.fillRect(Math.min(x(at), wide - 1), 0, 1, lanes.length * lane);
    pen.fillStyle = colour("--quiet");
    pen.textAlign = minute === 0 ? "right" : minute === 10 ? "left" : "center";
    pen.fillText(minute ? `${minute} min ago` : "now", x(at), high - lane / 2);
  }
  pen.textAlign = "left";
  lanes.forEach((name, index) => {
    pen.fillStyle = colour("--text");
    pen.fillText(name.length > 24 ? `${name.slice(0, 23)}…` : name, 0, (index + 0.5) * lane, left - 8);
  });
  const place = new Map(lanes.map((name, index) => [name, index]));
  for (const row of rows) {
    const index = place.get(row.resource);
    if (index === undefined) continue;
    const asked = Date.parse(row.asked_at), ended = row.ended_at ? Date.parse(row.ended_at) : time;
    if (ended < time - width) continue;
    const granted = row.granted_at ? Date.parse(row.granted_at) : ended, top = index * lane + 3;
    if (granted > asked) {
      pen.fillStyle = colour("--wait");
      pen.fillRect(x(asked), top + 8, Math.max(1, x(granted) - x(asked)), 4);
    }
    if (row.granted_at) {
      pen.fillStyle = colour(isBad(row) ? "--lost" : holds(row) ? "--open" : "--released");
      pen.fillRect(x(granted), top, Math.max(1, x(ended) - x(granted)), 8);
    }
  }
};

// Why somebody waits, or waited.

const fact = (name, text) => {
  if (text === undefined || text === "") return;
  const title = document.createElement("dt"), value = document.createElement("dd");
  title.textContent = name;
  value.textContent = text;
  get("facts").append(title, value);
};
let neighbours = [];
const explain = async row => {
  chosen = row.request;
  show();
  get("why").hidden = false;
  get("why-title").textContent = `Request ${row.request} for ${row.resource}`;
  get("facts").replaceChildren();
  get("neighbours").replaceChildren();
  fact("state", row.ended_at ? outcome(row) : state(row));
  fact("who", who(row));
  fact("command", command(row));
  fact("asked", moment(row.asked_at));
  fact("granted", row.granted_at && moment(row.granted_at));
  fact("ended", row.ended_at && moment(row.ended_at));
  fact("mode", row.mode);
  fact("quantity", row.quantity && String(row.quantity));
  fact("element", row.element);
  fact("fencing token", row.fencing_token && String(row.fencing_token));
  fact("detail", row.detail);
  get("why-title").focus();
  const until = row.granted_at || row.ended_at || new Date(now()).toISOString();
  let page;
  try {
    page = await ask(`/api/v1/history?${new URLSearchParams({ resource: row.resource, since: row.asked_at, until, limit: "200" })}`);
  } catch (error) {
    get("reason").textContent = error.message;
    return;
  }
  if (chosen !== row.request) return;
  const [from, to] = [Date.parse(row.asked_at), Date.parse(until)];
  const others = page.requests.filter(other => other.request !== row.request && other.granted_at && Date.parse(other.granted_at) < to
    && (!other.ended_at || Date.parse(other.ended_at) > from));
  const waited = to - from;
  if (row.granted_at && !row.queued_at) get("reason").textContent = "It did not wait: the lock was free.";
  else if (others.length === 0) get("reason").textContent = `It waited for ${span(waited)}, and no holder of that time is shown to you.`;
  else {
    const share = other => Math.min(to, other.ended_at ? Date.parse(other.ended_at) : to) - Math.max(from, Date.parse(other.granted_at));
    const worst = others.reduce((one, other) => share(other) > share(one) ? other : one);
    get("reason").textContent = `It ${row.granted_at || row.ended_at ? "waited" : "has waited"} for ${span(waited)}, most of it for ${who(worst)}`
      + `${command(worst) ? ` (${command(worst)})` : ""}, who held the lock for ${span(share(worst))} of that.`;
  }
  neighbours = others;
  for (const other of others) line(get("neighbours"), other, false);
};

const line = (body, row, withResource) => {
  const node = body.insertRow();
  node.dataset.request = row.request;
  node.tabIndex = 0;
  cell(node, String(row.request), "number");
  if (withResource) cell(node, row.resource);
  cell(node, outcome(row), isBad(row) ? "late" : holds(row) ? "held" : "");
  cell(node, moment(row.asked_at));
  cell(node, row.waited_us === undefined ? "" : span(row.waited_us / 1000), "number");
  cell(node, row.held_us === undefined ? "" : span(row.held_us / 1000), "number");
  cell(node, who(row));
  cell(node, command(row), "command");
  return node;
};

// What was.

let found = [], next = null;
const history = async more => {
  const parameters = new URLSearchParams();
  for (const [name, value] of new FormData(get("filter"))) if (value.trim()) parameters.set(name, value.trim());
  if (more && next) parameters.set("cursor", next);
  get("mistake").hidden = true;
  try {
    const page = await ask(`/api/v1/history?${parameters}`);
    if (!more) {
      found = [];
      get("history").replaceChildren();
    }
    for (const row of page.requests) line(get("history"), row, true);
    found.push(...page.requests);
    next = page.next || null;
    get("older").hidden = !next;
  } catch (error) {
    get("mistake").textContent = error.message;
    get("mistake").hidden = false;
  }
};

// Keeping up.

let isReading = false, isDue = false, newest = 0;
const read = async () => {
  if (isReading) { isDue = true; return; }
  isReading = true;
  isDue = false;
  const begun = performance.now();
  try {
    const before = new Set(open.map(row => row.request));
    const status = await ask("/api/v1/status");
    skew = Date.parse(status.at) - Date.now();
    open = status.requests;
    set(get("endpoint"), status.endpoint);
    const stays = new Set(open.map(row => row.request));
    const gone = [...before].filter(request => !stays.has(request));
    if (gone.length || newest === 0) {
      const page = await ask(newest ? "/api/v1/history?limit=200" : "/api/v1/history?since=10m&limit=1000");
      for (const row of page.requests) if (row.ended_at) recent.set(row.request, row);
      newest = Math.max(newest, 1, ...page.requests.map(row => row.request));
      const oldest = now() - width;
      for (const [request, row] of recent) if (recent.size > 5000 || Date.parse(row.ended_at) < oldest) recent.delete(request);
      learn();
    }
    said(status.trouble || "", Boolean(status.trouble));
    show();
    draw();
  } catch (error) {
    said(`no answer (${error.message}); trying again`, true);
  }
  // As often as things happen, but not more than half of the time.
  setTimeout(() => { isReading = false; if (isDue) read(); }, Math.max(250, performance.now() - begun));
};
const said = (text, isLost) => {
  set(get("state"), text);
  get("state").className = isLost ? "lost" : "";
};

const listen = () => {
  const events = new EventSource("/api/v1/events");
  events.onopen = read;
  events.onerror = () => {
    said("the daemon is gone; waiting for the next one", true);
    if (events.readyState === EventSource.CLOSED) setTimeout(listen, 2000);
  };
  for (const kind of ["requested", "queued", "awaiting_creation", "granted", "described", "started", "released", "withdrawn", "timed_out",
    "refused", "orphaned", "resumed", "reclaimed", "broken", "daemon_started"]) events.addEventListener(kind, read);
};

// Hands.

const row_at = event => {
  const node = event.target.closest("tr");
  const number = node && Number(node.dataset.request);
  return open.find(row => row.request === number) || neighbours.find(row => row.request === number) || found.find(row => row.request === number) || recent.get(number);
};
for (const id of ["open", "history", "neighbours"]) {
  get(id).addEventListener("click", event => { const row = row_at(event); if (row) explain(row); });
}
for (const id of ["history", "neighbours"]) {
  get(id).addEventListener("keydown", event => {
    const row = event.key === "Enter" && row_at(event);
    if (!row) return;
    event.stopPropagation();
    explain(row);
  });
}
const close = () => {
  chosen = null;
  get("why").hidden = true;
  show();
};
get("close").addEventListener("click", close);
get("search").addEventListener("input", () => { show(); draw(); });
get("filter").addEventListener("submit", event => { event.preventDefault(); history(false); });
get("older").addEventListener("click", () => history(true));
document.addEventListener("keydown", event => {
  const typing = event.target.closest("input");
  if (event.key === "Escape") { if (typing) typing.blur(); close(); return; }
  if (typing && !(typing.id === "search" && ["ArrowDown", "Enter"].includes(event.key))) return;
  if (event.ctrlKey || event.altKey || event.metaKey || event.target.closest("button")) return;
  if (event.key === "/") { event.preventDefault(); get("search").focus(); return; }
  const index = drawn.findIndex(row => row.request === chosen);
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step && drawn.length) {
    event.preventDefault();
    chosen = drawn[Math.min(drawn.length - 1, Math.max(0, index + step))].request;
    show();
    get("open").querySelector("[aria-selected=true]").scrollIntoView({ block: "nearest" });
  }
  if (event.key === "Enter" && index >= 0) { event.preventDefault(); explain(drawn[index]); }
});

setInterval(tick, 1000);
let last = 0;
const frame = time => {
  // The lines move by less than a pixel between two frames.
  if (time - last > 250) { last = time; draw(); }
  requestAnimationFrame(frame);
};
requestAnimationFrame(frame);
read();
listen();
history(false);
})();
