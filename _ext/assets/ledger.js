/* The claims ledger: search, filters and sorting for a table that is complete without them. */
(() => {
  const table = document.querySelector("table.ledger");
  if (!table) return;
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const words = rows.map((row) => row.textContent.toLowerCase());
  const order = new Map(rows.map((row, k) => [row, k]));

  // ---- search and filters --------------------------------------------------
  const form = document.createElement("form");
  form.className = "ledger-controls";
  form.setAttribute("role", "search");
  form.setAttribute("aria-label", "Claims of the ledger");
  form.addEventListener("submit", (event) => event.preventDefault());

  const labelled = (text, control) => {
    const label = document.createElement("label");
    label.append(text, control);
    form.append(label);
    return control;
  };

  const search = labelled("Search ", document.createElement("input"));
  search.type = "search";
  search.autocomplete = "off";

  const chooser = (text, key) => {
    const select = document.createElement("select");
    select.append(new Option("all", ""));
    for (const value of new Set(rows.map((row) => row.dataset[key]))) {
      select.append(new Option(value, value));
    }
    return [labelled(text, select), key];
  };
  const choosers = [
    chooser("Source ", "source"),
    chooser("Verdict ", "verdict"),
    chooser("Kind ", "kind"),
  ];

  const reset = document.createElement("button");
  reset.type = "reset";
  reset.textContent = "Show all";
  const status = document.createElement("p");
  status.setAttribute("role", "status");
  form.append(reset, status);
  table.closest(".ledger-frame").before(form);

  const apply = () => {
    const wanted = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    rows.forEach((row, k) => {
      const fits =
        choosers.every(([select, key]) => !select.value || row.dataset[key] === select.value) &&
        wanted.every((word) => words[k].includes(word));
      row.hidden = !fits;
      shown += fits;
    });
    status.textContent = `${shown} of ${rows.length} claims shown`;
  };
  form.addEventListener("input", apply);
  form.addEventListener("reset", () => setTimeout(apply));
  apply();

  // a link to a row shows it, whatever is filtered
  const showTarget = () => {
    const row = rows.find((row) => row.id === location.hash.slice(1));
    if (row && row.hidden) {
      form.reset();
      setTimeout(() => row.scrollIntoView());
    }
  };
  addEventListener("hashchange", showTarget);

  // ---- sorting -------------------------------------------------------------
  const compare = new Intl.Collator("en", { numeric: true }).compare;
  [...table.tHead.rows[0].cells].forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const key = (cell) => (cell.querySelector("b") ?? cell).textContent.trim(); // no notes
      const text = new Map(rows.map((row) => [row, key(row.cells[column])]));
      const sorted = [...rows].sort(
        (a, b) =>
          (down ? -1 : 1) * compare(text.get(a), text.get(b)) || order.get(a) - order.get(b),
      );
      body.append(...sorted);
    });
  });
})();
