/* Where the symbols of a page's formulas stand, and which stand where they should not: a function's body.

Gives for each formula {text, tokens: [[across, down], …], accents: [[across, up, size], …], faults: […]}: the
places of its tokens from the middle of the whole, in em, and those of its accents from their letters. Arguments:
how many px are no fault; what to do before, as code with `formulas`. */
const SLACK = arguments[0];
const INVISIBLE = /^[\s\u2061-\u2064\ufe0e]*$/;
const STRETCHED = /[⏟⏞︸︷]/;  // a range is as wide as the character that it was
const style = document.createElement("style");
style.textContent = ".bd-article section { content-visibility: visible !important } * { transition: none !important }";
document.head.append(style);
document.querySelectorAll("details").forEach(d => { d.open = true; });
const formulas = [...document.querySelectorAll("math")];
const range = document.createRange();
const boxes = new Map();

/* the box of an element's own text, or of all that it holds; null if it shows nothing */
function box(element) {
  if (!boxes.has(element)) {
    let found = null;
    if (element.childElementCount) {
      for (const child of element.children) {
        const b = box(child);
        if (b) found = found ? {left: Math.min(found.left, b.left), right: Math.max(found.right, b.right),
          top: Math.min(found.top, b.top), bottom: Math.max(found.bottom, b.bottom)} : b;
      }
    } else if (!INVISIBLE.test(element.textContent)) {
      range.selectNodeContents(element);
      const b = (STRETCHED.test(element.textContent) ? element : range).getBoundingClientRect();
      if (b.width > 1) found = b;
    }
    boxes.set(element, found);
  }
  return boxes.get(element);
}

const across = b => (b.left + b.right) / 2, down = b => (b.top + b.bottom) / 2;
const size = element => parseFloat(getComputedStyle(element).fontSize);

function look(formula) {
  const faults = new Set(), whole = box(formula);
  for (const holder of formula.querySelectorAll("mtd, mfrac, mrow")) {
    const edge = holder.getBoundingClientRect(), inside = box(holder);
    if (inside && (inside.left < edge.left - SLACK || inside.right > edge.right + SLACK))
      faults.add(`outside its ${holder.localName}`);
  }
  for (const row of [formula, ...formula.querySelectorAll("mrow, mtd, mtr, msub, msup")]) {
    const parts = [...row.children].map(box).filter(Boolean);
    for (let i = 1; i < parts.length; i++)
      if (parts[i].left < parts[i - 1].right - SLACK) faults.add(`one over another in its ${row.localName}`);
  }
  for (const fraction of formula.querySelectorAll("mfrac")) {
    const [over, under] = Array.from(fraction.children, part => part.getBoundingClientRect());
    if (Math.abs(across(over) - across(under)) > SLACK || over.bottom > under.top + SLACK)
      faults.add("the parts of a fraction are not one above the other");
  }
  const accents = [...formula.querySelectorAll("mover > mo[class*=acc]")].map(accent => {
    const base = accent.previousElementSibling, a = box(accent), b = box(base), em = size(base);
    return [(across(a) - across(b)) / em, (a.top - b.top) / em, size(accent) / em];
  });
  for (const [aside, up, large] of accents)
    if (Math.abs(aside) > 0.5 || up < -0.45 || up > 0.15 || Math.abs(large - 1) > 0.1) faults.add("an accent is not on its letter");
  const em = size(formula), tokens = [...formula.querySelectorAll("mi, mo, mn, mtext")].map(box).filter(Boolean);
  return {text: formula.textContent, accents, faults: [...faults],
    tokens: tokens.map(b => [(across(b) - across(whole)) / em, (down(b) - down(whole)) / em])};
}

return document.fonts.load('16px "Book Math"', "xy").then(() => document.fonts.ready).then(() => {
  if (arguments[1]) Function("formulas", arguments[1])(formulas);
  return formulas.map(look);
});
