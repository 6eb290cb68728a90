  // The last step at or before a month.
  function stepAt(group, month) {
    let low = 0, high = group.t.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (group.t[middle] <= month) low = middle; else high = middle - 1;
    }
    return low;
  }

  function isOver(group, month) {
    return group.ends && month > group.t[group.t.length - 1];
  }

  // A curve of those alive at some month begins there.
  function isBefore(group, month) {
    return month < group.t[0];
  }

  // Numbers at risk are those just before a time: those of the next step, less who enters from that time until then.
  function atRisk(group, month) {
    if (!group.n.length || isBefore(group, month)) return "";
    const at = stepAt(group, month);
    const next = group.t[at] === month ? at : at + 1;
    if (next >= group.n.length) return "0";
    const until = next < group.t.length ? group.t[next] : Infinity;
    const later = group.enter.reduce((sum, [when, people]) => sum + (when >= month && when < until ? people : 0), 0);
    return grouped.format(group.n[next] - later);
  }

  function isWatched(group, month) {
    return !isBefore(group, month) && (group.n.length ? atRisk(group, month) !== "0" : !isOver(group, month));
  }

  // The month to begin with: the latest of a few at which every group has somebody at risk.
  function firstMonth(view) {
    const ticks = [];
    for (let month = view.tick; month <= view.last; month += view.tick) ticks.push(month);
    const found = [60, 24, 12, 6, ...ticks].find((month) =>
      month <= view.last && view.groups.every((group) => isWatched(group, month)));
    return found ?? Math.min(view.tick, view.last);
  }

  // A dash is told in widths of the line, as for the printed figures.
  function drawnAs(group) {
    return { "stroke-dasharray": group.dash.length ? group.dash.map((part) => part * LINE).join(" ") : null };
  }

  function valuesAt(group, month, view) {
    if (isBefore(group, month)) return { value: "—", limits: `begins at month ${group.t[0]}`, n: "" };
    if (isOver(group, month)) return { value: "—", limits: "nobody at risk", n: atRisk(group, month) };
    const at = stepAt(group, month);
    const low = group.low[at], high = group.high[at];
    const known = low !== null && low !== undefined && high !== null && high !== undefined;
    return {
      value: percent(group.y[at], view),
      limits: known ? `${percent(low, view)} to ${percent(high, view)}` : "—",
      n: atRisk(group, month),
    };
  }

  function listed(numbers) {
    return numbers.length > 1 ? `${numbers.slice(0, -1).join(", ")} and ${numbers[numbers.length - 1]}` : numbers.join("");
  }

  class Explorer {
    constructor(chart, figures) {
      this.chart = chart;
      this.name = `explore-${chart.id}`;
      this.bands = true;
      this.off = chart.views.map(() => new Set());
      this.at = 0;
      this.root = element("div", { class: "explorer", id: this.name });
      this.build(figures);
      this.show(this.at);
    }

    get view() { return this.chart.views[this.at]; }

    build(figures) {
      const titles = figures.map((figure) => figure.querySelector(".title"));
      const heading = element("p", { class: "title", id: `${this.name}-title` });
      const numbers = titles.map((title) => title.textContent.match(/Figure (\d+)/)?.[1]).filter(Boolean);
      heading.textContent = `Figure${numbers.length > 1 ? "s" : ""} ${listed(numbers)}. ${this.chart.title}`;
      this.root.append(heading);
      if (this.chart.views.length > 1) this.root.append(this.switcher());
      this.frame = element("div", { class: "frame" });
      this.root.append(this.frame);
      this.frame.addEventListener("pointermove", (event) => this.point(event));
      this.frame.addEventListener("pointerdown", (event) => this.point(event));
      this.slider = element("input", { type: "range", min: 0, step: 1, id: `${this.name}-month` });
      this.slider.addEventListener("input", () => this.choose(Number(this.slider.value)));
      // The slider itself says the month and the values; a live region would say them twice.
      this.when = element("span", { class: "when" });
      this.root.append(element("div", { class: "month" },
        element("label", { for: `${this.name}-month` }, "Month "), this.slider, this.when));
      this.readout = element("div", { class: "scroll", role: "group", "aria-label": `Values, ${heading.textContent}` });
      this.root.append(this.readout);
      const box = element("input", { type: "checkbox", checked: true });
      box.addEventListener("change", () => { this.bands = box.checked; this.draw(); });
      this.root.append(element("label", { class: "choice" }, box, " 95% bands"));
      this.note = element("p", { class: "notes" });
      this.root.append(this.note, this.twinButton(figures, numbers));
      new ResizeObserver(() => this.draw()).observe(this.frame);
    }

    switcher() {
      const set = element("fieldset", { class: "switch" }, element("legend", {}, "Asked"));
      this.chart.views.forEach((view, at) => {
        const radio = element("input", { type: "radio", name: `${this.name}-view`, checked: at === this.at });
        radio.addEventListener("change", () => this.show(at));
        const label = element("label", { class: "choice" }, radio, ` ${view.label}`);
        if (view.stance === "conventional") label.append(" ", element("span", { class: "tag conventional" }, view.stance));
        set.append(label);
      });
      return set;
    }

    // The figures as printed stay one press away; on paper they are what is seen.
    twinButton(figures, numbers) {
      figures.forEach((figure) => figure.classList.add("twin"));
      const button = element("button", { type: "button", class: "quiet", "aria-expanded": "false",
        "aria-controls": figures.map((figure) => figure.id).join(" ") });
      const name = `figure${numbers.length > 1 ? "s" : ""} ${listed(numbers)} as printed`;
      button.textContent = `Show ${name}`;
      button.addEventListener("click", () => {
        const seen = button.getAttribute("aria-expanded") !== "true";
        for (const figure of figures) figure.classList.toggle("seen", seen);
        button.setAttribute("aria-expanded", String(seen));
        button.textContent = `${seen ? "Hide" : "Show"} ${name}`;
      });
      return button;
    }

    show(at) {
      this.at = at;
      const view = this.view;
      this.slider.max = view.last;
      const month = this.chosen === undefined ? firstMonth(view) : Math.min(this.chosen, view.last);
      this.note.textContent = [view.note, view.test ? `${view.test}.` : ""].filter(Boolean).join(" ");
      this.legend();
      this.month = month;
      this.draw();
      this.moveTo(month);
    }

    // What the reader chose stays in every view.
    choose(month) {
      this.chosen = month;
      this.moveTo(month);
    }

    // The legend is the table of values, and the place where a group is switched off.
    legend() {
      const view = this.view;
      const head = element("tr", {}, ...["Group", `${view.y} (95% CI)`, "At risk"].map((name, at) =>
        element("th", at ? { scope: "col", class: "number" } : { scope: "col" }, name)));
      this.rows = view.groups.map((group, at) => {
        const box = element("input", { type: "checkbox", checked: !this.off[this.at].has(at) });
        box.addEventListener("change", () => {
          if (box.checked) this.off[this.at].delete(at); else this.off[this.at].add(at);
          this.draw();
        });
        const swatch = drawn("svg", { class: `swatch ${group.colour}`, viewBox: "0 0 26 4", "aria-hidden": "true" },
          drawn("path", { d: "M0 2H26", ...drawnAs(group) }));
        const cells = [0, 1].map(() => element("td", { class: "number" }));
        const name = element("th", { scope: "row" },
          element("label", { class: "choice" }, box, " ", swatch, ` ${group.name}`),
          element("span", { class: "about" }, group.about));
        return { cells, row: element("tr", {}, name, ...cells) };
      });
      const table = element("table", { "aria-label": `Values at the chosen time, ${view.label}` }, element("thead", {}, head),
        element("tbody", {}, ...this.rows.map((each) => each.row)));
      this.readout.replaceChildren(table);
    }

    moveTo(month) {
      this.month = month;
      const view = this.view;
      this.slider.value = String(month);
      this.when.textContent = `${month} (${(month / 12).toFixed(1)} years)`;
      const said = view.groups.map((group, at) => {
        const found = valuesAt(group, month, view);
        const { cells } = this.rows[at];
        cells[0].replaceChildren(element("strong", {}, found.value), element("span", { class: "about" }, found.limits));
        cells[1].textContent = found.n;
        return `${group.name} ${found.value}`;
      });
      this.slider.setAttribute("aria-valuetext", `month ${month}: ${said.join("; ")}`);
      this.mark();
    }

    point(event) {
      if (!this.scale) return;
      const box = this.frame.getBoundingClientRect();
      const month = Math.round((event.clientX - box.left - MARGIN.left) / this.scale.x);
      if (month >= 0 && month <= this.view.last) this.choose(month);
    }

    draw() {
      const view = this.view, width = Math.max(280, Math.floor(this.frame.clientWidth));
      const height = Math.round(Math.min(400, Math.max(250, width * 0.54)));
      const seen = view.groups.filter((group, at) => !this.off[this.at].has(at) && group.n.length);
      const below = seen.length ? MARGIN.bottom + 2 * ROW * seen.length : MARGIN.bottom - 2 * ROW;
      const inner = { width: width - MARGIN.left - MARGIN.right, height: height - MARGIN.top - MARGIN.bottom };
      this.scale = { x: inner.width / view.last, y: inner.height / (view.top || 1) };
      this.inner = inner;
      const named = `${view.label}. ${view.y} by ${view.x.toLowerCase()}. ${view.test}`;
      const whole = MARGIN.top + inner.height + below;
      const svg = drawn("svg", { viewBox: `0 0 ${width} ${whole}`, width, height: whole, role: "img", "aria-label": named });
      const plot = drawn("g", { transform: `translate(${MARGIN.left} ${MARGIN.top})` });
      svg.append(plot);
      this.axes(plot, seen, width < NARROW ? 2 : 1);
      view.groups.forEach((group, at) => {
        if (this.off[this.at].has(at)) return;
        if (this.bands) plot.append(drawn("path", { class: `band ${group.colour}`, d: this.band(group) }));
        plot.append(drawn("path", { class: `line ${group.colour}`, d: this.line(group), ...drawnAs(group) }));
        plot.append(drawn("path", { class: `tick ${group.colour}`, d: this.ticks(group) }));
      });
      this.cursor = drawn("g", { class: "cursor" });
      plot.append(this.cursor);
      this.frame.replaceChildren(svg);
      this.mark();
    }

    axes(plot, seen, every) {
      const { view, inner } = this;
      plot.append(drawn("path", { class: "axis", d: `M0 0V${inner.height}H${inner.width}` }));
      for (let month = 0, at = 0; month <= view.last; month += view.tick, at += 1) {
        const x = month * this.scale.x;
        plot.append(drawn("path", { class: "axis", d: `M${x} ${inner.height}v5` }));
        if (at % every) continue;
        const anchor = month === view.last ? "end" : "middle";
        plot.append(drawn("text", { x, y: inner.height + 18, "text-anchor": "middle" }, String(month)));
        seen.forEach((group, row) => plot.append(
          drawn("text", { class: "count", x, y: inner.height + 88 + 2 * ROW * row, "text-anchor": month ? anchor : "start" }, atRisk(group, month))));
      }
      seen.forEach((group, row) => plot.append(
        drawn("path", { class: `line ${group.colour}`, d: `M${-MARGIN.left} ${inner.height + 68 + 2 * ROW * row}h16`, ...drawnAs(group) }),
        drawn("text", { class: "count", x: 24 - MARGIN.left, y: inner.height + 72 + 2 * ROW * row }, group.name)));
      if (seen.length) plot.append(drawn("text", { class: "label", x: -MARGIN.left, y: inner.height + 54 }, "Number at risk by month"));
      for (const value of heights(view)) {
        const y = inner.height - value * this.scale.y;
        plot.append(drawn("path", { class: "grid", d: `M0 ${y}H${inner.width}` }),
          drawn("text", { x: -8, y: y + 4, "text-anchor": "end" }, String(Math.round(value * view.scale))));
      }
      plot.append(drawn("text", { x: inner.width / 2, y: inner.height + 36, "text-anchor": "middle" }, view.x),
        drawn("text", { class: "label", x: -MARGIN.left, y: -12 }, view.y));
      if (stamp) plot.append(drawn("text", { class: "stamp", x: inner.width, y: -12, "text-anchor": "end" }, stamp));
    }

    steps(group, values, upTo) {
      const { x, y } = this.scale, bottom = this.inner.height;
      let path = "";
      for (let at = 0; at < upTo; at += 1) {
        const left = (group.t[at] * x).toFixed(1), height = (bottom - values[at] * y).toFixed(1);
        path += at ? `H${left}V${height}` : `M${left} ${height}`;
      }
      return group.ends ? path : `${path}H${this.inner.width.toFixed(1)}`;
    }

    line(group) { return this.steps(group, group.y, group.y.length); }

    // Where follow-up ended.
    ticks(group) {
      const { x, y } = this.scale, bottom = this.inner.height;
      return group.censored.map(([month, height]) => `M${(month * x).toFixed(1)} ${(bottom - height * y - 4).toFixed(1)}v8`).join("");
    }

    // Up along the upper limits, back along the lower; where a limit is unknown the band closes on the curve.
    band(group) {
      const known = (side) => group.y.map((y, at) => (group[side][at] === null || group[side][at] === undefined ? y : group[side][at]));
      const { x, y } = this.scale, bottom = this.inner.height, low = known("low");
      let path = this.steps(group, known("high"), group.y.length);
      const end = group.ends ? (group.t[group.t.length - 1] * x).toFixed(1) : this.inner.width.toFixed(1);
      path += `H${end}`;
      for (let at = low.length - 1; at >= 0; at -= 1) {
        path += `V${(bottom - low[at] * y).toFixed(1)}H${(group.t[at] * x).toFixed(1)}`;
      }
      return `${path}Z`;
    }

    mark() {
      if (!this.cursor) return;
      const x = this.month * this.scale.x;
      const parts = [drawn("path", { d: `M${x} 0V${this.inner.height}` })];
      this.view.groups.forEach((group, at) => {
        if (this.off[this.at].has(at) || isOver(group, this.month) || isBefore(group, this.month)) return;
        const y = this.inner.height - group.y[stepAt(group, this.month)] * this.scale.y;
        parts.push(drawn("circle", { class: group.colour, cx: x, cy: y, r: 4.5 }));
      });
      this.cursor.replaceChildren(...parts);
    }
  }

  // Round heights for the grid: quarters of a share, or 1, 2, 5 times a power of ten.
  function heights(view) {
    if (view.scale === 100) return [0, 0.25, 0.5, 0.75, 1];
    if (!(view.top > 0)) return [0];
    const top = view.top * view.scale, rough = top / 5, power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((times) => times * power).find((size) => size >= rough);
    const found = [];
    for (let value = 0; value <= top; value += step) found.push(value / view.scale);
    return found;
  }

  const held = document.getElementById("curves");
  for (const chart of held ? JSON.parse(held.textContent) : []) {
    const figures = chart.figures.map((id) => document.getElementById(`figure-${id}`)).filter(Boolean);
    if (!figures.length) continue;
    const explorer = new Explorer(chart, figures);
    figures[0].before(explorer.root);
    explorer.draw();
  }
