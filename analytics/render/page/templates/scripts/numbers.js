  // A number that is pressed says what it is, of which rows, by which SQL. It knew when it was made; nothing is sought.
  function numbers(held) {
    const panel = element("div", { class: "from", popover: "auto", role: "dialog", "aria-labelledby": "from-about", tabindex: "-1" });
    const all = (within) => [...within.querySelectorAll("[data-numbers]")];
    const seen = (each) => each.offsetParent !== null;
    let opener = null;

    // The end of an interval adds nothing to the command of its estimate.
    function command(place) {
      const text = `metachron explain '${place.replaceAll("'", "'\\''")}'`;
      const code = element("code", {}, text), copy = element("button", { type: "button", class: "quiet" }, "Copy");
      copy.addEventListener("click", () => {
        getSelection().selectAllChildren(code);
        navigator.clipboard.writeText(text).then(() => { copy.textContent = "Copied"; },
          () => { copy.textContent = "Selected: press Ctrl+C"; });
      });
      return element("p", { class: "command" }, code, " ", copy);
    }

    function said(positions) {
      const shown = positions.map((position) => held.numbers[position]), text = (at) => held.texts[at];
      const values = element("dl"), origins = [], places = [];
      let about = "";
      for (const [place, value, what, of, how, sql] of shown) {
        if (text(of) && text(of) !== about) {
          if (about) values.append(element("dd", { class: "whose" }, text(of)));
          about = text(of);
        }
        values.append(element("dt", {}, text(what)), element("dd", {}, String(value)));
        if (place) places.push(place);
        const rows = sql.map((at) => held.sql[at]);
        const words = rows.map(([table, , n]) => n === null ? table : `${grouped.format(n)} ${n === 1 ? "row" : "rows"} of ${table}`);
        const line = !text(how) ? "" : words.length ? `From ${words.join(" and ")}; ${text(how)}.` : `${text(how)[0].toUpperCase()}${text(how).slice(1)}.`;
        if (line && !origins.some((each) => each.line === line)) origins.push({ line, sql: rows.map((row) => row[1]).filter(Boolean) });
      }
      const whole = places.filter((place) => !/\[[01]\]$/.test(place));
      const queries = [...new Set(origins.flatMap((each) => each.sql))];
      const folded = element("details", {}, element("summary", {}, "SQL of these rows"),
        ...queries.map((sql) => element("p", {}, element("code", {}, sql))));
      const first = shown.find((each) => text(each[3]));
      return [element("p", { class: "about", id: "from-about" }, first ? text(first[3]) : "What this number is"), values,
        ...origins.map(({ line }) => element("p", {}, line)), ...(queries.length ? [folded] : []), ...(whole.length ? whole : places.slice(0, 1)).map(command)];
    }

    function open(number) {
      opener = number;
      panel.replaceChildren(...said(number.dataset.numbers.split(" ")));
      (number.closest(".table, section, #answer") || document.body).append(panel);
      panel.showPopover();
      const at = number.getBoundingClientRect(), own = panel.getBoundingClientRect();
      const below = at.bottom + 6 + own.height <= innerHeight || at.top < own.height + 6;
      panel.style.top = `${scrollY + (below ? at.bottom + 6 : at.top - own.height - 6)}px`;
      panel.style.left = `${scrollX + Math.max(8, Math.min(at.left, document.documentElement.clientWidth - own.width - 8))}px`;
      number.setAttribute("aria-expanded", "true");
      panel.focus({ preventScroll: true });
    }

    panel.addEventListener("toggle", (event) => {
      if (event.newState === "closed" && opener) opener.setAttribute("aria-expanded", "false");
    });

    // A table is one stop on the way through the page with the keyboard; arrows move inside it.
    function stop(table) {
      const within = all(table).filter(seen);
      const kept = within.find((each) => each.tabIndex === 0) || within[0];
      for (const each of all(table)) each.tabIndex = each === kept ? 0 : -1;
    }

    function next(number, key) {
      const table = number.closest("table"), within = all(table).filter(seen), at = within.indexOf(number);
      if (key === "Home" || key === "End") return within.at(key === "Home" ? 0 : -1);
      if (key === "ArrowLeft" || key === "ArrowRight") return within[at + (key === "ArrowLeft" ? -1 : 1)];
      const row = number.closest("tr"), middle = (each) => { const box = each.getBoundingClientRect(); return box.left + box.width / 2; };
      const others = (key === "ArrowUp" ? within.slice(0, at).reverse() : within.slice(at)).filter((each) => each.closest("tr") !== row);
      if (!others.length) return undefined;
      const there = others.filter((each) => each.closest("tr") === others[0].closest("tr"));
      return there.sort((one, other) => Math.abs(middle(one) - middle(number)) - Math.abs(middle(other) - middle(number)))[0];
    }

    for (const number of all(document)) {
      for (const [key, value] of [["role", "button"], ["aria-haspopup", "dialog"], ["aria-expanded", "false"], ["tabindex", number.closest("table") ? "-1" : "0"]]) number.setAttribute(key, value);
    }
    const tables = () => document.querySelectorAll(".table table");
    tables().forEach(stop);
    document.addEventListener("toggle", (event) => { if (event.target !== panel) tables().forEach(stop); }, true);
    document.addEventListener("input", (event) => {
      const block = event.target.closest(".table");
      if (block) block.querySelectorAll("table").forEach(stop);
    });
    document.addEventListener("click", (event) => {
      const number = event.target.closest("[data-numbers]");
      if (number) open(number);
    });
    document.addEventListener("keydown", (event) => {
      const number = event.target.closest("[data-numbers]");
      if (!number) return;
      if (event.key === "Enter" || event.key === " ") { event.preventDefault(); open(number); return; }
      if (!number.closest("table") || !/^(Arrow|Home|End)/.test(event.key)) return;
      event.preventDefault();
      const other = next(number, event.key);
      if (!other) return;
      number.tabIndex = -1;
      other.tabIndex = 0;
      other.focus();
    });
  }

  if (HTMLElement.prototype.showPopover) numbers(JSON.parse(document.getElementById("numbers").textContent));
