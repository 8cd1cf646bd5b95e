// What is wider than the sheet is set smaller until it fits; a table that is much wider breaks its lines first.
// All are measured before any is changed: the book is laid out once a round, not once a table.
width => {
  const box = e => e.getBoundingClientRect();
  const right = box(document.querySelector(".bd-article-container")).left + width;
  const need = e => {
    if (e.localName !== "math") return Math.max(box(e).width, e.scrollWidth) / (right - box(e).left);
    const room = e.closest(".math-scroll");
    return box(e).width / (room ? room.clientWidth : width);
  };
  const all = [...document.querySelectorAll("table, .math-scroll > math, span.math > math")];
  const smaller = new Set();
  for (let round = 0; round < 8; round++) {
    const wide = all.map(e => [e, need(e), parseFloat(getComputedStyle(e).fontSize)]).filter(([, n]) => n > 1.001);
    for (const [e, n, size] of wide) {
      if (round === 0 && n > 1.2 && e.localName === "table") {
        e.querySelectorAll("th, td").forEach(cell => { cell.style.whiteSpace = "normal"; cell.style.minWidth = "0"; });
        continue;
      }
      e.style.fontSize = `${size / n * .985}px`;
      smaller.add(e);
    }
    if (!wide.length) break;
  }
  for (const code of document.querySelectorAll("pre"))
    if (box(code).height < 450) (code.closest(".cell_input") || code).classList.add("whole-code");
  const sizes = [...smaller].map(e => parseFloat(getComputedStyle(e).fontSize));
  const out = [...document.querySelectorAll("img, table, math, pre, p, li, dt, h1, h2, h3")].filter(e =>
    box(e).width > 2 && box(e).right > right + 2 && !e.closest(".visually-hidden"));
  return {smaller: sizes.length, smallest: Math.min(...sizes), out: out.map(e => e.outerHTML.slice(0, 100))};
}
