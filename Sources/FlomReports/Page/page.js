// The timeline, the filter and the further rows of the table. The script reads the data that the page carries, builds nodes and sets their
// text, never markup: the name of a resource or the words of a command stay text, whatever they contain.
"use strict";
(() => {
// The data, and the spelling of times and spans.

const get = id => document.getElementById(id);
const data = JSON.parse(get("data").textContent);
const column = data;
let number = 0, asked = data.first, token = 0;
const rows = column.number.map((step, index) => {
  number += step;
  asked += column.asked[index];
  if (column.token[index] !== null) token += column.token[index];
  const held = column.held[index];
  const start = asked / 1000, left = start + column.waited[index] / 1000;
  return {
    number, start, left, end: held === null ? left : left + held / 1000, waited: column.waited[index], held,
    lane: column.resource[index], resource: data.resources[column.resource[index]],
    taken: data.takens[column.taken[index]], outcome: data.outcomes[column.outcome[index]], state: column.state[index],
    who: data.whos[column.who[index]], command: data.commands[column.command[index]], pid: column.pid[index],
    token: column.token[index] === null ? null : token,
  };
});
// The states in the order of RowState.
const states = ["released", "failed", "lost", "without", "open", "waiting"];

const pad = (value, digits = 2) => String(value).padStart(digits, "0");
const local = time => new Date(time + data.zone * 60000);
const clock = date => `${pad(date.getUTCHours())}:${pad(date.getUTCMinutes())}`;
const day = date => `${date.getUTCFullYear()}-${pad(date.getUTCMonth() + 1)}-${pad(date.getUTCDate())}`;
const moment = time => `${day(local(time))} ${clock(local(time))}:${pad(local(time).getUTCSeconds())}`;
const span = micro => {
  const milli = Math.floor(micro / 1000), second = Math.floor(milli / 1000), minute = Math.floor(second / 60);
  if (milli < 10) return `${milli}.${Math.floor(micro / 100) % 10} ms`;
  if (milli < 1000) return `${milli} ms`;
  if (second < 60) return `${second}.${Math.floor(milli / 100) % 10} s`;
  if (minute < 60) return `${minute}m ${pad(second % 60)}s`;
  if (minute < 1440) return `${Math.floor(minute / 60)}h ${pad(minute % 60)}m`;
  return `${Math.floor(minute / 1440)}d ${pad(Math.floor(minute / 60) % 24)}h`;
};
const make = (name, className, text) => {
  const node = document.createElement(name);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
};
const drawn = (name, attributes) => {
  const node = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const key in attributes) node.setAttribute(key, attributes[key]);
  return node;
};
// The timeline: lanes of bars over one axis of time. A lane is a few paths, however many bars it has.

const first = rows.reduce((least, row) => Math.min(least, row.start), data.now / 1000);
const last = rows.reduce((most, row) => Math.max(most, row.end), first + 1);
const whole = [first - (last - first) * 0.01, last + (last - first) * 0.01];
let range = whole, chosen = rows, lanes = [], showsAllLanes = false;
const usualLanes = 40, mostLevels = 16;

// Bars that overlap in time are drawn on separate levels.
const arrange = () => {
  const byLane = new Map();
  for (const row of chosen) {
    if (!byLane.has(row.lane)) byLane.set(row.lane, []);
    byLane.get(row.lane).push(row);
  }
  lanes = [...byLane.values()].sort((one, other) => other.length - one.length).map(rows => {
    const ends = [];
    rows.sort((one, other) => one.start - other.start);
    for (const row of rows) {
      let level = ends.findIndex(end => end <= row.start);
      if (level < 0) level = ends.length < mostLevels ? ends.length : ends.indexOf(Math.min(...ends));
      ends[level] = Math.max(ends[level] || 0, row.end);
      row.level = level;
    }
    const bar = Math.max(5, Math.min(14, Math.floor(72 / ends.length)));
    return {rows, bar, gap: bar > 8 ? 3 : 1, height: 12 + ends.length * (bar + (bar > 8 ? 3 : 1))};
  });
};

const steps = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 15e3, 3e4, 6e4, 12e4, 3e5, 6e5, 9e5, 18e5, 36e5,
  72e5, 108e5, 216e5, 432e5, 864e5, 1728e5, 6048e5, 12096e5, 26784e5, 53568e5, 107136e5, 315576e5, 1577880e5];
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const ticks = width => {
  const step = steps.find(step => step * width / (range[1] - range[0]) >= 84) || steps[steps.length - 1];
  const zone = data.zone * 60000, found = [];
  for (let time = Math.ceil((range[0] + zone) / step) * step - zone; time <= range[1]; time += step) found.push(time);
  return found.map(time => {
    const date = local(time), seconds = pad(date.getUTCSeconds());
    const label = step >= 864e5 ? "" : step >= 6e4 ? clock(date) : step >= 1e3 ? `${clock(date)}:${seconds}`
      : `${date.getUTCMinutes()}:${seconds}.${pad(date.getUTCMilliseconds(), 3)}`;
    return {time, label, day: `${date.getUTCDate()} ${months[date.getUTCMonth()]}`, year: date.getUTCFullYear()};
  });
};

const draw = () => {
  const box = get("lanes");
  box.textContent = "";
  const probe = box.appendChild(make("div", "lane"));
  probe.append(make("div", "name"), make("div", "plot"));
  const width = Math.max(60, probe.lastChild.clientWidth);
  box.textContent = "";
  const place = time => (time - range[0]) / (range[1] - range[0]) * width;
  const grid = ticks(width).map(tick => ({...tick, x: place(tick.time)}));

  const axis = drawn("svg", {width, height: 36, "aria-hidden": "true", class: "axis"});
  let shownDay = "";
  for (const tick of grid) {
    axis.append(drawn("line", {x1: tick.x, x2: tick.x, y1: 31, y2: 36}));
    const fits = tick.x > 18 && tick.x < width - 18;
    const text = (y, words, name) => {
      axis.append(drawn("text", {x: tick.x, y, class: name}));
      axis.lastChild.textContent = words;
    };
    if (!fits) continue;
    if (tick.label) text(26, tick.label, "time");
    if (tick.day !== shownDay) {
      text(tick.label ? 11 : 26, tick.label ? `${tick.day} ${tick.year}` : tick.day, "day");
      // All of it is to be seen, also at the edges.
      const half = axis.lastChild.textContent.length * 3.6;
      axis.lastChild.setAttribute("x", Math.max(half, Math.min(width - half, tick.x)));
    }
    shownDay = tick.day;
  }
  const axisRow = make("div", "lane axisrow");
  const plot = make("div", "plot");
  plot.append(axis);
  axisRow.append(make("div", "name"), plot);
  box.append(axisRow);

  for (const lane of showsAllLanes ? lanes : lanes.slice(0, usualLanes)) box.append(drawLane(lane, width, place, grid));
  const hidden = showsAllLanes ? 0 : Math.max(0, lanes.length - usualLanes);
  get("alllanes").hidden = hidden === 0;
  get("alllanes").textContent = `Show ${hidden} more resources`;
  get("nothing").hidden = chosen.length > 0;
};

const drawLane = (lane, width, place, grid) => {
  const name = lane.rows[0].resource;
  const svg = drawn("svg", {width, height: lane.height, tabindex: 0, role: "group",
    "aria-label": `${name}: ${lane.rows.length} requests. Arrow keys go from one to the next.`});
  const lines = grid.map(tick => `M${tick.x.toFixed(1)} 0V${lane.height}`).join("");
  svg.append(drawn("path", {d: lines, class: "grid"}));
  const paths = {wait: []}, covered = {};
  const bar = (kind, level, from, to, least) => {
    let x = place(from), end = Math.max(place(to), x + least);
    if (end < 0 || x > width) return;
    x = Math.max(x, -4), end = Math.min(end, width + 4);
    // A bar within one that is already drawn adds nothing.
    const key = kind + level;
    if (end <= (covered[key] ?? -9) + 0.3) return;
    covered[key] = end;
    (paths[kind] ??= []).push(
      `M${x.toFixed(1)} ${6 + level * (lane.bar + lane.gap)}H${end.toFixed(1)}v${lane.bar}H${x.toFixed(1)}z`);
  };
  for (const row of lane.rows) {
    if (row.left > row.start) bar("wait", row.level, row.start, row.left, row.held === null ? 1.5 : 0);
    if (row.held !== null) bar(states[row.state], row.level, row.left, row.end, 1.5);
    else if (states[row.state] === "without") bar("without", row.level, row.end, row.end, 2.5);
  }
  for (const kind of ["wait", "released", "open", "without", "failed", "lost"]) {
    if (paths[kind]) svg.append(drawn("path", {d: paths[kind].join(""), class: kind}));
  }
  lane.mark = drawn("rect", {class: "mark", visibility: "hidden", rx: 2});
  svg.append(lane.mark);
  lane.svg = svg;
  lane.place = place;
  svg.lane = lane;
  const node = make("div", "lane"), plot = make("div", "plot"), title = make("div", "name");
  const label = make("span", "resource", name);
  label.title = name;
  title.append(label, make("span", "count", String(lane.rows.length)));
  plot.append(svg);
  node.append(title, plot);
  return node;
};
// Details of the bar under the pointer or the arrow keys, and the choice of the range of time.

const tip = get("tip");
let marked = null;
const hide = () => {
  tip.hidden = true;
  if (marked) marked.mark.setAttribute("visibility", "hidden");
  marked = null;
};
const tell = row => {
  const lines = [
    `${row.outcome} · request ${row.number}${row.taken ? " · " + row.taken : ""}`,
    row.command || "(command unknown)",
    `${row.who}${row.pid ? ", pid " + row.pid : ""}`,
    `asked ${moment(row.start)}`,
    `waited ${span(row.waited)}${row.held === null ? "" : ", held " + span(row.held)}`,
  ];
  return row.token === null ? lines : [...lines, `fencing token ${row.token}`];
};
const point = (lane, row, isKey) => {
  hide();
  const x = Math.max(0, lane.place(row.start)), end = Math.max(x + 3, lane.place(row.end));
  const top = 6 + row.level * (lane.bar + lane.gap);
  const box = {x: x - 1.5, y: top - 1.5, width: end - x + 3, height: lane.bar + 3, visibility: "visible"};
  for (const key in box) lane.mark.setAttribute(key, box[key]);
  marked = lane;
  tip.textContent = "";
  const lines = tell(row);
  tip.append(make("strong", "", row.resource), ...lines.map((line, index) => make("span", index === 1 ? "command" : "", line)));
  tip.hidden = false;
  const at = lane.svg.getBoundingClientRect();
  const left = Math.min(Math.max(8, at.left + x), innerWidth - tip.offsetWidth - 8);
  let above = at.top + top + lane.bar + 8;
  if (above + tip.offsetHeight > innerHeight - 8) above = at.top + top - tip.offsetHeight - 8;
  tip.style.left = `${left + scrollX}px`;
  tip.style.top = `${Math.max(8, above) + scrollY}px`;
  if (isKey) get("spoken").textContent = `${row.resource}: ${lines.join(", ")}`;
};

const lanesBox = get("lanes"), brush = get("brush");
let drag = null;
lanesBox.addEventListener("pointermove", event => {
  if (drag) return stretch(event);
  const svg = event.target.closest("svg[tabindex]");
  if (!svg) return hide();
  const lane = svg.lane, at = svg.getBoundingClientRect(), x = event.clientX - at.left;
  const level = Math.floor((event.clientY - at.top - 6) / (lane.bar + lane.gap));
  const near = row => Math.max(lane.place(row.start) - x, x - lane.place(row.end), 0);
  let best = null;
  for (const row of lane.rows) if (row.level === level && near(row) < 4 && (!best || near(row) <= near(best))) best = row;
  best ? point(lane, best, false) : hide();
});
lanesBox.addEventListener("pointerleave", () => drag || hide());
lanesBox.addEventListener("keydown", event => {
  const svg = event.target.closest("svg[tabindex]");
  const move = {ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1}[event.key];
  if (event.key === "Escape") hide();
  if (!svg || !(move || event.key === "Home" || event.key === "End")) return;
  event.preventDefault();
  const lane = svg.lane, count = lane.rows.length;
  lane.index = event.key === "Home" ? 0 : event.key === "End" ? count - 1
    : Math.min(count - 1, Math.max(0, (lane.index ?? (move > 0 ? -1 : count)) + move));
  const row = lane.rows[lane.index], length = range[1] - range[0];
  if (row.end < range[0] || row.start > range[1]) {
    look([row.start - length / 2, row.start + length / 2]);
    const again = lanes.find(other => other.rows === lane.rows);
    again.index = lane.index;
    again.svg.focus();
    return point(again, row, true);
  }
  point(lane, row, true);
});
lanesBox.addEventListener("focusout", hide);

const plotAt = () => lanesBox.querySelector(".plot").getBoundingClientRect();
const timeAt = x => range[0] + Math.min(1, Math.max(0, (x - plotAt().left) / plotAt().width)) * (range[1] - range[0]);
const stretch = event => {
  const box = lanesBox.getBoundingClientRect();
  drag.to = event.clientX;
  brush.hidden = Math.abs(drag.to - drag.from) < 5;
  brush.style.left = `${Math.min(drag.from, drag.to) - box.left}px`;
  brush.style.width = `${Math.abs(drag.to - drag.from)}px`;
};
lanesBox.addEventListener("pointerdown", event => {
  if (event.button || event.pointerType === "touch" || !event.target.closest(".plot")) return;
  drag = {from: event.clientX, to: event.clientX};
  hide();
});
addEventListener("pointerup", () => {
  if (drag && !brush.hidden) look([drag.from, drag.to].map(timeAt).sort((one, other) => one - other));
  drag = null;
  brush.hidden = true;
});

const look = wanted => {
  const middle = (wanted[0] + wanted[1]) / 2, half = Math.max(5, (wanted[1] - wanted[0]) / 2);
  range = half * 2 >= whole[1] - whole[0] ? whole : [middle - half, middle + half];
  if (range[0] < whole[0]) range = [whole[0], whole[0] + range[1] - range[0]];
  if (range[1] > whole[1]) range = [whole[1] - range[1] + range[0], whole[1]];
  hide();
  draw();
};
const shift = (by, zoom) => {
  const length = range[1] - range[0], middle = (range[0] + range[1]) / 2 + by * length;
  look([middle - length * zoom / 2, middle + length * zoom / 2]);
};
get("earlier").onclick = () => shift(-0.4, 1);
get("later").onclick = () => shift(0.4, 1);
get("nearer").onclick = () => shift(0, 0.5);
get("farther").onclick = () => shift(0, 2);
get("whole").onclick = () => look(whole);
get("alllanes").onclick = () => { showsAllLanes = true; draw(); };
let width = 0;
new ResizeObserver(() => {
  if (lanesBox.clientWidth === width) return;
  width = lanesBox.clientWidth;
  hide();
  draw();
}).observe(lanesBox);
// The filter and the rows of the table.

const step = 200;
let listed = step;
const matches = words => row => {
  row.text ??= `${row.number} ${row.resource} ${row.taken} ${row.who} ${row.pid ?? ""} ${row.outcome} ${row.command}`
    .toLowerCase();
  return words.every(word => row.text.includes(word));
};
const list = () => {
  const body = get("rows");
  body.textContent = "";
  const shown = chosen.slice(-listed).reverse();
  for (const row of shown) {
    const line = body.insertRow();
    const cells = [
      row.number, moment(row.start), row.resource, row.taken, row.who, row.pid ?? "", span(row.waited),
      row.held === null ? "" : span(row.held), row.outcome, row.command, row.token ?? "",
    ];
    for (const cell of cells) line.insertCell().textContent = cell;
    line.cells[8].className = `is-${states[row.state]}`;
    line.cells[9].className = "command";
  }
  count();
};
const count = () => {
  const shown = Math.min(listed, chosen.length);
  get("shown").textContent = `The newest ${shown} of ${chosen.length}${chosen.length < rows.length ? " that match" : ""}.`;
  get("more").hidden = shown >= chosen.length;
  get("matching").textContent = chosen.length < rows.length ? `${chosen.length} of ${rows.length} requests` : "";
};
const filter = () => {
  const words = get("filter").value.toLowerCase().split(/\s+/).filter(word => word);
  chosen = words.length ? rows.filter(matches(words)) : rows.slice();
  listed = step;
  arrange();
  hide();
  draw();
  list();
};
get("more").onclick = () => { listed *= 2; list(); };
let soon = 0;
get("filter").addEventListener("input", () => { clearTimeout(soon); soon = setTimeout(filter, 120); });
const fromAddress = () => {
  const wanted = new URLSearchParams(location.hash.slice(1)).get("filter");
  if (wanted !== null) get("filter").value = wanted;
  filter();
};
addEventListener("hashchange", fromAddress);
document.documentElement.classList.add("moves");
fromAddress();
})();
