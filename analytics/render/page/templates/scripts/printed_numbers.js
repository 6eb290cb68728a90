  // The printed numbers: by verdict, by what recomputes it, by words. A row that fits stays; nothing else changes.
  function filters(block) {
    const heads = [...block.querySelectorAll("thead th")].map((cell) => cell.textContent);
    const verdictAt = heads.indexOf("Verdict"), fromAt = heads.indexOf("From");
    const rows = [...block.querySelectorAll("tbody tr")];
    if (verdictAt < 0 || fromAt < 0 || !rows.length) return;
    const text = (row, at) => row.cells[at].textContent;
    const choice = (name, at) => {
      const select = element("select", { id: `claims-${name.toLowerCase()}` }, element("option", { value: "" }, "all"));
      for (const value of [...new Set(rows.map((row) => text(row, at)))].sort()) {
        const n = rows.filter((row) => text(row, at) === value).length;
        select.append(element("option", { value }, `${value} (${n})`));
      }
      return { select, label: element("label", { class: "choice" }, `${name} `, select) };
    };
    const verdict = choice("Verdict", verdictAt), from = choice("From", fromAt);
    const words = element("input", { type: "search", placeholder: "median, Table 2, 0.25" });
    const shown = element("p", { class: "notes", role: "status" });
    const fit = () => {
      const sought = words.value.trim().toLowerCase();
      let n = 0;
      for (const row of rows) {
        const kept = (!verdict.select.value || text(row, verdictAt) === verdict.select.value) &&
          (!from.select.value || text(row, fromAt) === from.select.value) &&
          (!sought || row.textContent.toLowerCase().includes(sought));
        row.hidden = !kept;
        n += kept;
      }
      shown.textContent = `${n} of ${rows.length} printed numbers shown`;
    };
    for (const control of [verdict.select, from.select, words]) control.addEventListener("input", fit);
    block.prepend(element("div", { class: "filters", role: "search", "aria-label": "Printed numbers" }, verdict.label,
      from.label, element("label", { class: "choice" }, "Words ", words), shown));
    fit();
  }

  const ledger = document.getElementById("table-claims");
  if (ledger) filters(ledger);
