extension PageScript {
    /// Details of a bar under the pointer or the arrow keys; the range of time.
    static let moving = #"""
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

        """#

    /// The filter, and the table's rows.
    static let listing = #"""
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
        """#
}
