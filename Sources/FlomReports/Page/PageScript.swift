/// What makes the page move: the timeline, the filter and the table's further rows. It reads the data that the page carries, builds
/// nodes and sets text, never markup, so that whatever a command is called stays text.
enum PageScript {
    static let text = reading + drawing + moving + listing

    /// The data, and how times and spans are written.
    static let reading = #"""
        "use strict";
        (() => {
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

        """#

    /// Lanes of bars over one axis of time. A lane is a few paths, however many bars it has.
    static let drawing = #"""
        const first = rows.reduce((least, row) => Math.min(least, row.start), data.now / 1000);
        const last = rows.reduce((most, row) => Math.max(most, row.end), first + 1);
        const whole = [first - (last - first) * 0.01, last + (last - first) * 0.01];
        let range = whole, chosen = rows, lanes = [], showsAllLanes = false;
        const usualLanes = 40, mostLevels = 16;

        // Bars that overlap in time lie on levels below each other.
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
            if (tick.day !== shownDay) text(tick.label ? 11 : 26, tick.label ? `${tick.day} ${tick.year}` : tick.day, "day");
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
            // What would be drawn over what is there already adds nothing.
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

        """#
}
