/* The chain rule of any parameter of the network, for one sample: paths, deltas, a nudge.

   A station is named as in handgrad.symbolic: ["J"], ["a", l, j], ["z", l, j], ["w", l, i, j],
   ["b", l, j]; layers and neurons count from 1. A factor is a partial of one station by the next
   below it: {top, bottom, value}. All values are those of row 0 after forward and backward. */

import { LOSSES, backward, forward } from "./engine.mjs";

/** Position of a weight or bias in v. */
export function place({ W, b, sizes }, [kind, l, i, j]) {
  return kind === "b" ? b[l] + i - 1 : W[l] + (i - 1) * sizes[l] + j - 1;
}

/** Forward and backward for one sample alone; net.dv then holds its gradient. */
export function onePass(net, data, row) {
  forward(net, data.X, data.all, row, row + 1);
  backward(net, data.Y, data.all, row, row + 1);
}

/** The neuron whose z the parameter enters: [l, j]. A neuron's own name is ["z", l, j]. */
export const entered = (name) => (name[0] === "w" ? [name[1], name[3]] : [name[1], name[2]]);

/** How many paths lead from z_j^l up to J: the product of the layers' sizes above. */
export const countPaths = ({ sizes, L }, l) => sizes.slice(l + 1, L + 1).reduce((n, d) => n * d, 1);

const factor = (top, bottom, value) => ({ top, bottom, value });

/** ∂J/∂a_j^L of the sample in this row of Y. */
function lossSlope({ L, sizes, z, a, loss }, Y, row, j) {
  return LOSSES[loss][1](z[L][j - 1], a[L][j - 1], Y[row * sizes[L] + j - 1]);
}

const slope = ({ prime, z, a }, l, j) => prime[l](z[l][j - 1], a[l][j - 1]);

/** The first `most` paths to a parameter or a neuron's z, each a list of factors from J down. */
export function paths(net, data, row, name, most) {
  const [l, j] = entered(name), found = [];
  const last = name[0] === "z" ? [] : [factor(["z", l, j], name, name[0] === "b" ? 1 : net.a[l - 1][name[2] - 1])];
  function climb(k, m, below) {
    if (found.length === most) return;
    const through = [factor(["a", k, m], ["z", k, m], slope(net, k, m)), ...below];
    if (k === net.L) {
      found.push([factor(["J"], ["a", k, m], lossSlope(net, data.Y, row, m)), ...through]);
      return;
    }
    for (let n = 1; n <= net.sizes[k + 1]; n++)
      climb(k + 1, n, [factor(["z", k + 1, n], ["a", k, m], net.v[place(net, ["w", k + 1, m, n])]), ...through]);
  }
  climb(l, j, last);
  return found;
}

/** ∂J by a parameter or a neuron's z, as the deltas give it (after onePass). */
export function derivative(net, name) {
  return name[0] === "z" ? net.delta[name[1]][name[2] - 1] : net.dv[place(net, name)];
}

/** δ_j^l by the layer above: {slope, terms: [{w, delta, value}]}, or the loss's slope in the last. */
export function deltaLine(net, data, row, l, j) {
  if (l === net.L) return { slope: slope(net, l, j), loss: lossSlope(net, data.Y, row, j), terms: [] };
  const terms = Array.from({ length: net.sizes[l + 1] }, (_, n) => ({
    w: ["w", l + 1, j, n + 1], weight: net.v[place(net, ["w", l + 1, j, n + 1])],
    delta: ["delta", l + 1, n + 1], value: net.delta[l + 1][n],
  }));
  return { slope: slope(net, l, j), terms };
}

const lossNow = (net, data, row) => {
  const d = net.sizes[net.L];
  let sum = 0;
  for (let j = 0; j < d; j++) sum += LOSSES[net.loss][0](net.z[net.L][j], net.a[net.L][j], data.Y[row * d + j]);
  return sum;
};

/** The stations of one sample: name -> value of every z and a from layer l on, and of J. */
function stations(net, data, row, l) {
  forward(net, data.X, data.all, row, row + 1);
  const found = [];
  for (let k = l; k <= net.L; k++)
    for (const kind of ["z", "a"])
      for (let j = 1; j <= net.sizes[k]; j++) found.push([[kind, k, j], net[kind][k][j - 1]]);
  return [...found, [["J"], lossNow(net, data, row)]];
}

/** With a parameter (or a bias beside a neuron's z) moved by h, do something, and move it back. */
function moved(net, name, h, doThis) {
  const k = name[0] === "z" ? net.b[name[1]] + name[2] - 1 : place(net, name), kept = net.v[k];
  net.v[k] = kept + h;
  try {
    return doThis();
  } finally {
    net.v[k] = kept;
  }
}

/** The difference quotient (J(w + h) - J(w - h)) / 2h of one sample; z moves as its bias does. */
export function quotient(net, data, row, name, h = 1e-5) {
  const J = (step) =>
    moved(net, name, step, () => {
      forward(net, data.X, data.all, row, row + 1);
      return lossNow(net, data, row);
    });
  const found = (J(h) - J(-h)) / (2 * h);
  onePass(net, data, row);
  return found;
}

/** What a nudge by h does to each station it reaches: {station, change, product}.
    `product` is h times the factors on the way: a sum over the paths as far as that station. */
export function nudge(net, data, row, name, h) {
  onePass(net, data, row);
  const [l, j] = entered(name), before = stations(net, data, row, l), dz = [], da = [];
  const first = name[0] === "w" ? net.a[l - 1][name[2] - 1] : 1;
  for (let k = l; k <= net.L; k++) {
    dz[k] = Array.from({ length: net.sizes[k] }, (_, m) =>
      k === l ? (m + 1 === j ? first : 0)
        : da[k - 1].reduce((sum, d, i) => sum + d * net.v[place(net, ["w", k, i + 1, m + 1])], 0));
    da[k] = dz[k].map((d, m) => d * slope(net, k, m + 1));
  }
  const dJ = da[net.L].reduce((sum, d, m) => sum + d * lossSlope(net, data.Y, row, m + 1), 0);
  const after = moved(net, name, h, () => stations(net, data, row, l));
  onePass(net, data, row);
  return before.flatMap(([station, value], n) => {
    const [kind, k, m] = station;
    if (k === l && m !== j) return [];
    const product = h * (kind === "J" ? dJ : (kind === "z" ? dz : da)[k][m - 1]);
    return [{ station, change: after[n][1] - value, product }];
  });
}
