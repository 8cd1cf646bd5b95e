/* The chain rule in the book's notation, as MathML. */

import { countPaths, deltaLine, derivative, entered, paths, quotient } from "./chain.mjs";

const SHOWN = 4; // paths written out; more are counted

const mi = (x) => `<mi>${x}</mi>`, mo = (x) => `<mo>${x}</mo>`, mn = (x) => `<mn>${x}</mn>`;
const row = (...parts) => `<mrow>${parts.join("")}</mrow>`;
const frac = (top, bottom) => `<mfrac>${row(top)}${row(bottom)}</mfrac>`;

/** A number to four significant digits, as the book prints it. */
export function number(x) {
  if (!Number.isFinite(x)) return mi(String(x));
  const size = Math.abs(x);
  if (size && (size < 1e-4 || size >= 1e6)) {
    const [digits, power] = x.toExponential(3).split("e");
    return row(signed(digits), mo("·"), `<msup>${mn(10)}${signed(String(Number(power)))}</msup>`);
  }
  return signed(String(Number(x.toPrecision(4))));
}
const signed = (text) => (text.startsWith("-") ? row(mo("−"), mn(text.slice(1))) : mn(text));
const inBrackets = (x) => (x < 0 ? row(mo("("), number(x), mo(")")) : number(x));

/** The sign of a station or a delta: a_1^2, w_12^3, δ_1^2; a_i^1 is x_i. */
export function sign([kind, l, i, j]) {
  if (kind === "J") return mi("J");
  if (kind === "a" && l === 1) return `<msub>${mi("x")}${mn(i)}</msub>`;
  const below = kind === "w" ? row(mn(i), mn(j)) : mn(i);
  return `<msubsup>${mi(kind === "delta" ? "δ" : kind)}${below}${mn(l)}</msubsup>`;
}

const partial = (top, bottom) => frac(mi("∂") + sign(top), mi("∂") + sign(bottom));

const math = (lines) =>
  `<math display="block"><mtable displaystyle="true" class="pg-lines">${lines
    .map(([left, right]) => `<mtr><mtd>${left}</mtd><mtd>${right}</mtd></mtr>`)
    .join("")}</mtable></math>`;

/** All that the panel says of one parameter or neuron: [{heading, html}]. */
export function chainOf(net, data, sample, name) {
  const [l, j] = entered(name), all = countPaths(net, l), found = paths(net, data, sample, name, SHOWN);
  const left = partial(["J"], name), value = derivative(net, name), equals = mo("=");
  const many = all > SHOWN ? [["", row(mo("+"), "<mtext>… (", `${SHOWN} of ${all} paths)</mtext>`)]] : [];
  const sum = (write) => [...found.map((path, k) => [k ? "" : left, row(k ? mo("+") : equals, write(path))]), ...many];
  const named = sum((path) => path.map((f) => partial(f.top, f.bottom)).join(""));
  const numbers = sum((path) => path.map((f) => inBrackets(f.value)).join(mo("·")));
  const result = [["", row(mo("≈"), number(value))]];
  const entering = name[0] === "w" ? [sign(["a", l - 1, name[2]]), net.a[l - 1][name[2] - 1]] : null;
  const delta = sign(["delta", l, j]), deltaNow = net.delta[l][j - 1];
  const lines = name[0] === "z" ? [] : [[left, row(equals, entering ? entering[0] : "", delta)],
    ["", row(mo("≈"), entering ? inBrackets(entering[1]) + mo("·") : "", inBrackets(deltaNow))]];
  return [
    { heading: `${all === 1 ? "One path" : `${all} paths`}, every factor named`, html: math(named) },
    { heading: "With the numbers of this moment", html: math([...numbers, ...result]) },
    { heading: "By deltas", html: math([...lines, ...recursion(net, data, sample, l, j)]) },
    { heading: "By difference, h = 0.00001", html: math([[row(frac(difference(name, "+") + mo("−") + difference(name, "−"), mn(2) + mi("h"))), row(mo("≈"), number(quotient(net, data, sample, name)))]]) },
  ];
}

const difference = (name, op) => row(mi("J"), mo("("), sign(name), mo(op), mi("h"), mo(")"));

/** δ_j^l by the deltas above it, in signs and in numbers. */
function recursion(net, data, sample, l, j) {
  const { slope, loss, terms } = deltaLine(net, data, sample, l, j), left = sign(["delta", l, j]);
  const prime = row(`<msup><msub>${mi("s")}${mn(l)}</msub>${mo("′")}</msup>`, mo("("), sign(["z", l, j]), mo(")"));
  const plus = mo("+"), now = row(mo("≈"), number(net.delta[l][j - 1]));
  if (!terms.length)
    return [[left, row(mo("="), partial(["J"], ["a", l, j]), prime)],
      ["", row(mo("≈"), inBrackets(loss), mo("·"), inBrackets(slope))], ["", now]];
  const some = terms.slice(0, SHOWN), rest = terms.length > SHOWN ? plus + mo("…") : "";
  return [
    [left, row(mo("="), prime, mo("("), some.map((t) => sign(t.w) + sign(t.delta)).join(plus), rest, mo(")"))],
    ["", row(mo("≈"), inBrackets(slope), mo("("), some.map((t) => inBrackets(t.weight) + mo("·") + inBrackets(t.value)).join(plus), rest, mo(")"))],
    ["", now],
  ];
}
