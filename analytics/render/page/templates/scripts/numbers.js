  // Where a number comes from: whatever of the results would be shown as it, its own section first.
  function origins(drawers) {
    const made = JSON.parse(document.getElementById("numbers").textContent);
    const MOST = 8;

    // As it is, per cent, per 10,000, per 100,000: rounded as the text is, would it read the same? What is shown
    // as a whole number is one, unless it was multiplied.
    function reads(value, text) {
      const plain = text.replace(/,/g, ""), digits = (plain.split(".")[1] || "").length;
      return [1, 100, 1e4, 1e5].some((times) =>
        (times > 1 || digits || Number.isInteger(value)) &&
        Math.abs(value * times - Number(plain)) <= 0.5000001 * 10 ** -digits);
    }

    function found(text, section) {
      const shown = text.match(/\d[\d,]*(\.\d+)?|\.\d+/g) || [];
      const words = shown.length ? "" : text.trim().toLowerCase();
      const fits = made.rows.filter(([, place, value]) =>
        words ? place.toLowerCase().includes(words) : shown.some((number) => reads(Math.abs(value), number)));
      const own = fits.filter((row) => row[0] === section);
      return own.length ? own : fits;
    }

    function line([, place, value, at, isCount]) {
      const parts = [element("dt", {}, element("code", {}, place), ` = ${value}`)];
      for (const [mart, sql] of at.map((one) => made.sql[one])) {
        const said = `read from ${mart}; ${isCount ? "the number of" : "estimated from"} these rows:`;
        parts.push(element("dd", {}, said, element("br"), element("code", {}, sql)));
      }
      return parts;
    }

    for (const drawer of drawers) {
      const part = drawer.closest("section, #answer");
      const box = element("input", { type: "search", placeholder: "18 or eras" });
      const list = element("dl", { class: "facts found" });
      const status = element("p", { class: "notes", role: "status" });
      const seek = () => {
        const all = box.value.trim() ? found(box.value, part.id) : [];
        list.replaceChildren(...all.slice(0, MOST).flatMap(line));
        status.textContent = !box.value.trim() ? "" : all.length > MOST ? `${MOST} of ${all.length} that read like this`
          : all.length ? `${all.length} that read${all.length === 1 ? "s" : ""} like this` : "None of the traced numbers reads like this";
      };
      box.addEventListener("input", seek);
      drawer.querySelector("summary").append(" (or press a number)");
      drawer.querySelector("summary").after(element("label", { class: "choice" }, "One number ", box), status, list);
      part.addEventListener("click", (event) => {
        const cell = event.target.closest("td.number, dd.value, dd.limits");
        if (!cell || event.target.closest(".explorer, .origins") || !/\d/.test(cell.textContent)) return;
        drawer.open = true;
        box.value = cell.textContent.trim();
        seek();
        drawer.scrollIntoView({ block: "nearest" });
      });
      part.classList.add("traced");
    }
  }

  origins(document.querySelectorAll(".origins"));
