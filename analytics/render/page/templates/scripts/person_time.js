  // The numbers of any group that a reader asks for: groups are added up, nothing else is estimated here.
  // Fixed digits as the tables have them; a number halfway between two goes to the even one.
  function fixed(number, digits) {
    const tie = Math.abs((number * 2 ** (digits + 1)) % 2) === 1;
    let text = number.toFixed(digits);
    if (tie) {
      const cut = number.toFixed(digits + 1).slice(0, -1).replace(/\.$/, "");
      if ("02468".includes(cut.at(-1))) text = cut;
    }
    const [whole, fraction] = text.split(".");
    return whole.replace(/\B(?=(\d{3})+$)/g, ",") + (fraction ? `.${fraction}` : "");
  }

  const without = ({ years, observed }) => `${fixed(years, 0)} person-years and ${fixed(observed, 0)} ${observed === 1 ? "case" : "cases"}`;
  const ratio = (number) => fixed(number, number < 10 ? 2 : number < 100 ? 1 : 0);

  const expectedCases = (number) => (number > 0 && number < 0.005 ? "<0.01" : fixed(number, 2));

  class Groups {
    constructor(held) {
      this.held = held;
      this.id = "explore-person-time";
      this.traits = held.traits.filter((trait) => trait.levels.length > 1);
      this.split = this.traits[0];
      // As in the database: decimals of fifteen places, whole numbers of their last.
      this.expected = held.expected.map((text) => (text === null ? null : BigInt(text.replace(".", ""))));
      this.root = element("div", { class: "person-time", id: this.id, role: "region", "aria-labelledby": `${this.id}-title` });
      this.build();
      this.choose({});
      this.show();
    }

    build() {
      const { held, id } = this;
      this.link = element("a", { class: "anchor", href: `#${id}`, "aria-label": "Link to this selection" }, "#");
      const title = element("h3", { id: `${id}-title`, tabindex: "-1" }, "Explore the person-time");
      this.boxes = new Map();
      const sets = this.traits.map((trait) => {
        const boxes = trait.labels.map((label, at) => {
          const box = element("input", { type: "checkbox" });
          box.addEventListener("change", () => this.changed());
          return { box, label: element("label", { class: "choice" }, box, ` ${label}`), at };
        });
        this.boxes.set(trait.name, boxes.map((each) => each.box));
        const all = (name, checked) => {
          const button = element("button", { type: "button", class: "quiet", "aria-label": `${name}: ${trait.title}` }, name);
          button.addEventListener("click", () => { for (const { box } of boxes) box.checked = checked; this.changed(); });
          return button;
        };
        return element("fieldset", {}, element("legend", {}, trait.title), ...boxes.map((each) => each.label),
          ...(boxes.length > 2 ? [element("span", { class: "at-once" }, all("All", true), all("None", false))] : []));
      });
      this.by = element("select", {}, ...this.traits.map((trait) => element("option", { value: trait.name }, trait.title)));
      this.by.addEventListener("change", () => this.changed());
      const reset = element("button", { type: "button", class: "quiet" }, "Reset");
      reset.addEventListener("click", () => { this.choose({}); this.changed(); });
      this.result = element("p", { class: "result", role: "status" });
      this.notes = element("p", { class: "notes" });
      this.table = element("div", { class: "scroll", role: "group", "aria-label": "The selection by level" });
      this.sql = element("code");
      const copy = element("button", { type: "button", class: "quiet" }, "Copy");
      copy.addEventListener("click", () => {
        getSelection().selectAllChildren(this.sql);
        navigator.clipboard.writeText(this.sql.textContent).then(() => { copy.textContent = "Copied"; },
          () => { copy.textContent = "Selected: press Ctrl+C"; });
      });
      this.copied = copy;
      this.root.append(element("div", { class: "subheading" }, title, this.link, ...(stamp ? [element("span", { class: "stamp" }, stamp)] : [])),
        element("p", {}, "Choose who and which follow-up to count. Observed and expected cases are added up as in the table above, starting with its first row. Press a level of that table to see it here."),
        element("div", { class: "traits" }, ...sets), this.result,
        element("p", { class: "by" }, element("label", { class: "choice" }, "Split by ", this.by), reset),
        this.table, this.notes,
        element("details", {}, element("summary", {}, "The same in SQL"), element("pre", {}, this.sql), copy));
      copies(this.link);
    }

    chosen(trait) {
      const boxes = this.boxes.get(trait.name);
      return boxes ? boxes.map((box) => box.checked) : trait.first;
    }

    // Levels by trait; a trait that is not named is as at first.
    choose(levels, split) {
      for (const trait of this.traits) {
        const named = levels[trait.name];
        this.boxes.get(trait.name).forEach((box, at) => {
          box.checked = named ? named.includes(trait.levels[at]) : trait.first[at];
        });
      }
      this.split = this.traits.find((trait) => trait.name === split) || this.traits[0];
      this.by.value = this.split.name;
    }

    changed() {
      this.split = this.traits.find((trait) => trait.name === this.by.value);
      this.show();
      history.replaceState(null, "", this.fragment());
    }

    // The address of a selection: what is not as at first.
    address(levels, split = this.traits[0]) {
      const said = new URLSearchParams();
      for (const trait of this.traits) {
        const named = levels[trait.name];
        if (!named || trait.levels.every((level, at) => named.includes(level) === trait.first[at])) continue;
        for (const level of named.length ? named : [""]) said.append(trait.name, level);
      }
      if (split !== this.traits[0]) said.set("by", split.name);
      const text = said.toString();
      return `#${this.id}${text ? `?${text}` : ""}`;
    }

    fragment() {
      const levels = {};
      for (const trait of this.traits) levels[trait.name] = trait.levels.filter((_, at) => this.chosen(trait)[at]);
      return this.address(levels, this.split);
    }

    // Each row of the table above is such a group, and leads to it.
    linked(table) {
      const rows = table ? [...table.querySelectorAll("tbody tr:not(.group)")] : [];
      if (rows.length !== this.held.rows.length) return;
      this.held.rows.forEach((levels, at) => {
        if (!levels) return;
        const name = rows[at].cells[0];
        const link = element("a", { class: "explore", href: this.address(levels), "aria-label": `Explore ${name.textContent}` }, ...name.childNodes);
        link.addEventListener("click", () => { if (link.hash === location.hash) this.follow(link.hash); });
        name.append(link);
      });
    }

    // What an address says, if it is about this place.
    follow(hash) {
      const [id, said = ""] = hash.slice(1).split("?");
      if (id !== this.id) return;
      const asked = new URLSearchParams(said), levels = {};
      for (const trait of this.traits) if (asked.has(trait.name)) levels[trait.name] = asked.getAll(trait.name);
      this.choose(levels, asked.get("by"));
      this.show();
      this.root.scrollIntoView();
      this.root.querySelector("h3").focus({ preventScroll: true });
    }

    // Sums over the groups that are chosen, in all and by level of the trait that splits them.
    sums() {
      const { held } = this, chosen = held.traits.map((trait) => this.chosen(trait));
      const at = held.traits.indexOf(this.split);
      const none = () => ({ observed: 0, ticks: 0, units: 0n, left: { observed: 0, ticks: 0 }, known: false });
      const all = none(), levels = this.split.levels.map(none);
      for (let row = 0; row < held.observed.length; row += 1) {
        if (!held.traits.every((trait, each) => chosen[each][trait.of_row[row]])) continue;
        for (const sum of [all, levels[held.traits[at].of_row[row]]]) {
          const units = this.expected[row], to = units === null ? sum.left : sum;
          to.observed += held.observed[row];
          to.ticks += held.ticks[row];
          if (units === null) continue;
          sum.units += units;
          sum.known = true;
        }
      }
      return { all: this.answer(all), levels: levels.map((sum) => this.answer(sum)), ticked: chosen[at] };
    }

    answer(sum) {
      const one = 10n ** 15n, { units } = sum;
      // Beyond 53 bits the database adds whole part and fraction.
      const expected = units <= 2n ** 53n ? Number(units) / 1e15 : Number(units / one) + Number(units % one) / 1e15;
      const [low, high] = exactLimits(sum.observed).map((limit) => limit / expected);
      return {
        ...sum, expected, low, high, sir: sum.observed / expected, is_ratio: sum.known && expected > 0,
        years: sum.ticks / this.held.ticks_per_year, left: { ...sum.left, years: sum.left.ticks / this.held.ticks_per_year },
      };
    }

    show() {
      const { all, levels, ticked } = this.sums(), { split } = this;
      this.result.textContent = this.said(all);
      const number = (text) => element("td", { class: "number" }, text);
      const row = (name, sum) => element("tr", {}, element("th", { scope: "row" }, name),
        number(fixed(sum.observed, 0)), number(sum.known ? expectedCases(sum.expected) : "—"), number(sum.is_ratio ? ratio(sum.sir) : "not estimable"),
        number(sum.is_ratio ? `${ratio(sum.low)} to ${ratio(sum.high)}` : "—"), number(fixed(sum.years, 0)));
      const names = [split.title, "Observed", "Expected", "SIR", "95% CI", "Person-years"];
      const rows = levels.flatMap((sum, at) => (ticked[at] ? [row(split.labels[at], sum)] : []));
      this.table.replaceChildren(element("table", { "aria-label": `The selection by ${split.title}` },
        element("thead", {}, element("tr", {}, ...names.map((name, at) => element("th", { scope: "col", ...(at ? { class: "number" } : {}) }, name)))),
        element("tbody", {}, ...rows, ...(rows.length > 1 ? [row("Together", all)] : []))));
      this.notes.textContent = [
        "95% CI exact (Poisson), the expected counts taken as known.",
        [...levels, all].some((sum) => sum.is_ratio && !sum.observed) ? "Where nobody was observed the interval is one-sided: from 0 to the exact upper 97.5% confidence limit." : "",
        all.left.ticks || all.left.observed ? `${without(all.left)} of this selection have no reference rate and are left out of both sides.` : "",
      ].filter(Boolean).join(" ");
      this.sql.textContent = this.query();
      this.copied.textContent = "Copy";
      this.link.setAttribute("href", this.fragment());
      stops();
    }

    said(sum) {
      const empty = this.traits.find((trait) => !this.chosen(trait).includes(true));
      if (empty) return `No person-time in this selection: nothing is ticked under ${empty.title}.`;
      const years = `person-years ${fixed(sum.years, 0)}.`;
      if (!sum.known && (sum.left.ticks || sum.left.observed)) return "SIR not estimable: no reference rate covers this person-time.";
      if (!sum.known) return "No person-time in this selection.";
      const counts = `Observed ${fixed(sum.observed, 0)}, expected ${expectedCases(sum.expected)}`;
      if (!sum.is_ratio) return `${counts}, SIR not estimable: nobody would be expected at the population's rates; ${years}`;
      const limits = sum.observed ? `95% CI ${ratio(sum.low)} to ${ratio(sum.high)}` : `one-sided, exact upper 97.5% limit ${ratio(sum.high)}`;
      return `${counts}, SIR ${ratio(sum.sir)} (${limits}), ${years}`;
    }

    query() {
      const quoted = (level) => `'${level.replaceAll("'", "''")}'`;
      const wheres = this.held.traits.map((trait) => [trait, this.chosen(trait)])
        .filter(([, chosen]) => chosen.includes(false))
        .map(([trait, chosen]) => {
          const levels = trait.levels.filter((_, at) => chosen[at]);
          return levels.length ? `and ${trait.column} in (${levels.map(quoted).join(", ")})` : "and false";
        });
      const { column } = this.split;
      return [`select`, `    ${column},`, "    sum(observed) as observed,", "    cast(sum(expected) as double) as expected,",
        "    sum(person_ticks) / min(ticks_per_year) as person_years", "from marts.person_time_by_group",
        "where", "    has_reference_rate", ...wheres.map((where) => `    ${where}`), `group by ${column}`, `order by ${column}`].join("\n");
    }
  }

  const groups = document.getElementById("person-time");
  const standardised = document.getElementById("sir");
  if (groups && standardised) {
    const explorer = new Groups(JSON.parse(groups.textContent));
    const drawer = standardised.querySelector(":scope > .origins");
    if (drawer) drawer.before(explorer.root); else standardised.append(explorer.root);
    explorer.linked(document.getElementById(`table-${explorer.held.table}`));
    window.addEventListener("hashchange", () => explorer.follow(location.hash));
    explorer.follow(location.hash);
  }
