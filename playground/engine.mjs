/* The book's network in plain JavaScript: forward, backward, update.

   symbol     meaning                                      in code
   L          number of layers, input and output counted   net.L
   d_l        neurons of layer l = 1..L                    net.sizes[l]
   W^l, b^l   weights into layer l, its biases             net.v from net.W[l] and net.b[l] on
   z^l, a^l   weighted sum and activation, a row a sample  net.z[l], net.a[l]
   δ^l        ∂J/∂z^l, a row a sample                      net.delta[l]
   ∂J/∂v      gradient of all parameters                   net.dv, in the order of net.v
   η_t        learning rate of update t = 1, 2, ...        rate(...)

   All parameters stand in one array v: W^2 row by row, b^2, W^3, b^3, ... w_ij^l runs from neuron i
   of layer l-1 to neuron j of layer l and is v[W[l] + i * d_l + j], counted from 0. Everything that
   an update needs is made once, so that training leaves no rubbish behind. */

const { abs, atan, cos, exp, expm1, log, log1p, max, min, sqrt, tanh, PI } = Math;
const LEAKY = 0.01, PRELU = 0.25, ALPHA = 1.6732632423543772, SCALE = 1.0507009873554805;

// ---- activations: s(z), and beside it s'(z) given z and a = s(z); none of them overflows ---------

const sigmoid = (z) => exp(min(z, 0)) / (1 + exp(-abs(z)));
const bell = (e) => e / ((1 + e) * (1 + e));
// a is at hand and cheap; far out, where 1 - a has lost its digits, z takes its place
const sigmoidPrime = (z, a) => (abs(z) < 10 ? a * (1 - a) : bell(exp(-abs(z))));
const tanhPrime = (z, a) => (abs(z) < 5 ? (1 - a) * (1 + a) : 4 * bell(exp(-2 * abs(z))));

export const ACTIVATIONS = {
  identity: [(z) => z, () => 1],
  step: [(z) => (z >= 0 ? 1 : 0), () => 0],
  sigmoid: [sigmoid, sigmoidPrime],
  tanh: [tanh, tanhPrime],
  arctan: [atan, (z) => 1 / (1 + z * z)],
  relu: [(z) => max(z, 0), (z) => (z > 0 ? 1 : 0)],
  leaky_relu: [(z) => (z > 0 ? z : LEAKY * z), (z) => (z > 0 ? 1 : LEAKY)],
  prelu: [(z) => (z > 0 ? z : PRELU * z), (z) => (z > 0 ? 1 : PRELU)],
  elu: [(z) => (z > 0 ? z : expm1(z)), (z) => (z > 0 ? 1 : exp(z))],
  selu: [(z) => SCALE * (z > 0 ? z : ALPHA * expm1(z)), (z) => SCALE * (z > 0 ? 1 : ALPHA * exp(z))],
  softplus: [(z) => max(z, 0) + log1p(exp(-abs(z))), sigmoid],
  swish: [(z) => z * sigmoid(z), (z) => sigmoid(z) + z * bell(exp(-abs(z)))],
  softsign: [(z) => z / (1 + abs(z)), (z) => 1 / ((1 + abs(z)) * (1 + abs(z)))],
  hard_sigmoid: [(z) => min(max(z / 6 + 0.5, 0), 1), (z) => (abs(z) < 3 ? 1 / 6 : 0)],
};

// ---- losses of one sample: value and derivative by one output ŷ; both take z too ----------------

export const LOSSES = {
  half_squared_error: [(z, a, y) => 0.5 * (a - y) * (a - y), (z, a, y) => a - y],
  binary_cross_entropy: [
    (z, a, y) => max(z, 0) - y * z + log1p(exp(-abs(z))), // from z: ln 0 cannot come up
    (z, a, y) => (a - y) / (a * (1 - a)),
  ],
};

// ---- a network -----------------------------------------------------------------------------------

/** Zeros everywhere. sizes: [d_1, ..., d_L]; hidden, last: names of activations; loss: a name. */
export function makeNetwork(sizes, hidden, last, loss) {
  if (loss === "binary_cross_entropy" && last !== "sigmoid")
    throw new RangeError(`binary_cross_entropy: expected sigmoid in the last layer, got ${last}`);
  for (const name of [hidden, last])
    if (!ACTIVATIONS[name]) throw new RangeError(`activation: expected one of ${Object.keys(ACTIVATIONS)}, got ${name}`);
  const L = sizes.length, W = [], b = [], s = [], prime = [];
  let size = 0;
  for (let l = 2; l <= L; l++) {
    W[l] = size;
    b[l] = size + sizes[l - 2] * sizes[l - 1];
    size = b[l] + sizes[l - 1];
    [s[l], prime[l]] = ACTIVATIONS[l < L ? hidden : last];
  }
  const v = new Float64Array(size), dv = new Float64Array(size);
  return withRoom({ L, W, b, s, prime, hidden, last, loss, sizes: [null, ...sizes], v, dv }, 1);
}

/** The network with room for so many samples at once in z, a and delta. */
export function withRoom(net, rows) {
  const layers = () => net.sizes.map((d) => d && new Float64Array(rows * d));
  return Object.assign(net, { rows, z: layers(), a: layers(), delta: layers() });
}

/** Random weights, biases 0. scheme: "xavier", "he", "normal" or "uniform", as in handgrad. */
export function drawWeights({ L, W, b, v, sizes }, scheme, scale, random) {
  for (let l = 2; l <= L; l++) {
    const d_in = sizes[l - 1], d_out = sizes[l];
    const spread = { xavier: sqrt(2 / (d_in + d_out)), he: sqrt(2 / d_in), normal: 1, uniform: 1 }[scheme];
    for (let k = W[l]; k < b[l]; k++)
      v[k] = scale * spread * (scheme === "uniform" ? 2 * random() - 1 : normal(random));
    v.fill(0, b[l], b[l] + d_out);
  }
}

/** z^l = a^{l-1} W^l + b^l and a^l = s(z^l), for the samples order[from..to-1]: rows 0, 1, ... */
export function forward(net, X, order, from, to) {
  const { L, a, z, s } = net, B = to - from, d = net.sizes[1];
  if (B > net.rows) throw new RangeError(`forward: expected at most ${net.rows} samples, got ${B}`);
  for (let r = 0; r < B; r++) for (let i = 0; i < d; i++) a[1][r * d + i] = X[order[from + r] * d + i];
  for (let l = 2; l <= L; l++) {
    weightedSums(net, l, B);
    activate(s[l], z[l], a[l], B * net.sizes[l]);
  }
}

function weightedSums({ sizes, W, b, v, a, z }, l, B) {
  const below = a[l - 1], zl = z[l], m = sizes[l - 1], d = sizes[l], Wl = W[l], bl = b[l];
  for (let r = 0; r < B; r++)
    for (let j = 0; j < d; j++) {
      let sum = 0;
      for (let i = 0; i < m; i++) sum += below[r * m + i] * v[Wl + i * d + j];
      zl[r * d + j] = sum + v[bl + j];
    }
}

const activate = (s, z, a, count) => { for (let k = 0; k < count; k++) a[k] = s(z[k]); };

/** After forward: δ^l from the output down, and dv with ∂J/∂W^l = (a^{l-1})ᵀ δ^l, ∂J/∂b^l. */
export function backward(net, Y, order, from, to) {
  const { L, a, z, delta, prime, dv } = net, B = to - from;
  dv.fill(0);
  outputDelta(net, Y, order, from, B);
  for (let l = L; l > 1; l--) {
    weightGradients(net, l, B);
    if (l > 2) {
      throughWeights(net, l, B);
      timesSlope(prime[l - 1], z[l - 1], a[l - 1], delta[l - 1], B * net.sizes[l - 1]);
    }
  }
}

/** δ^L = ∂J/∂ŷ ⊙ s'(z^L), with J a mean over B; in the cross-entropy s' cancels: ŷ - y. */
function outputDelta({ L, sizes, a, z, delta, loss, prime }, Y, order, from, B) {
  const d = sizes[L], slope = LOSSES[loss][1], cancels = loss === "binary_cross_entropy";
  for (let r = 0; r < B; r++)
    for (let j = 0, k = r * d; j < d; j++, k++) {
      const y = Y[order[from + r] * d + j];
      delta[L][k] = (cancels ? a[L][k] - y : slope(z[L][k], a[L][k], y) * prime[L](z[L][k], a[L][k])) / B;
    }
}

function weightGradients({ sizes, W, b, dv, a, delta }, l, B) {
  const below = a[l - 1], dl = delta[l], m = sizes[l - 1], d = sizes[l], Wl = W[l], bl = b[l];
  for (let r = 0; r < B; r++)
    for (let j = 0; j < d; j++) {
      const share = dl[r * d + j];
      for (let i = 0; i < m; i++) dv[Wl + i * d + j] += below[r * m + i] * share;
      dv[bl + j] += share;
    }
}

/** δ^{l-1} = (δ^l (W^l)ᵀ) ⊙ s'(z^{l-1}): first the sums, then the slopes. */
function throughWeights({ sizes, W, v, delta }, l, B) {
  const dl = delta[l], down = delta[l - 1], m = sizes[l - 1], d = sizes[l], Wl = W[l];
  for (let r = 0; r < B; r++)
    for (let i = 0; i < m; i++) {
      let sum = 0;
      for (let j = 0; j < d; j++) sum += dl[r * d + j] * v[Wl + i * d + j];
      down[r * m + i] = sum;
    }
}

const timesSlope = (prime, z, a, delta, count) => { for (let k = 0; k < count; k++) delta[k] *= prime(z[k], a[k]); };

/** J, the mean over n samples (net must have room for them all). */
export function cost(net, { X, Y, n, all }) {
  const { L, z, a, sizes } = net, loss = LOSSES[net.loss][0];
  forward(net, X, all, 0, n);
  let sum = 0;
  for (let k = 0; k < n * sizes[L]; k++) sum += loss(z[L][k], a[L][k], Y[k]);
  return sum / n;
}

// ---- updates -------------------------------------------------------------------------------------

/** η_t of update t. */
export function rate({ schedule, eta, every = 100, updates = 1000 }, t) {
  if (schedule === "step") return eta * 0.5 ** Math.floor((t - 1) / every); // halved
  if (schedule === "inverse") return eta / (1 + (t - 1) / every);
  if (schedule === "cosine") return (eta * (1 + cos(PI * min((t - 1) / (updates - 1), 1)))) / 2;
  return eta;
}

/** β/2 · (sum of all w²) adds β w; biases are left free. */
const decay = ({ L, W, b, v, dv }, beta) => {
  for (let l = 2; l <= L; l++) for (let k = W[l]; k < b[l]; k++) dv[k] += beta * v[k];
};

/** What an optimiser remembers: u of momentum; p and q of Adam. */
export const start = (net) => [new Float64Array(net.v.length), new Float64Array(net.v.length)];

/** One update of v from dv. how: "gradient_descent", "momentum" or "adam"; t counts from 1. */
export function update({ v, dv }, how, eta, [p, q], t) {
  const mu = 0.9, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
  if (how === "momentum") {
    for (let k = 0; k < v.length; k++) v[k] += p[k] = mu * p[k] - eta * dv[k];
  } else if (how === "adam") {
    const freed1 = 1 - beta1 ** t, freed2 = 1 - beta2 ** t;
    for (let k = 0; k < v.length; k++) {
      p[k] = beta1 * p[k] + (1 - beta1) * dv[k];
      q[k] = beta2 * q[k] + (1 - beta2) * dv[k] * dv[k];
      v[k] -= (eta * (p[k] / freed1)) / (sqrt(q[k] / freed2) + epsilon);
    }
  } else for (let k = 0; k < v.length; k++) v[k] -= eta * dv[k];
}

// ---- training: batch, stochastic and mini-batch in one ------------------------------------------

/** Samples as training wants them: X (n, d_1) and Y (n, d_L), each in one array, row by row. */
export const samples = (X, Y, n) => ({ X, Y, n, all: Uint32Array.from({ length: n }, (_, i) => i) });

/** A training that has not begun. settings: eta, schedule, optimizer, l2, batch (samples). */
export function training(net, data, settings, random) {
  return { net: withRoom(net, data.n), data, settings, random, memory: start(net), order: data.all.slice(), at: 0, t: 0 };
}

/** One update: the next batch of this epoch, whose order is drawn where an epoch begins. */
export function oneUpdate(run) {
  const { net, data, settings, order } = run, batch = min(settings.batch, data.n);
  if (run.at === 0 && batch < data.n) shuffle(order, run.random);
  const end = min(run.at + batch, data.n);
  forward(net, data.X, order, run.at, end);
  backward(net, data.Y, order, run.at, end);
  if (settings.l2) decay(net, settings.l2);
  run.at = end % data.n;
  run.t += 1;
  update(net, settings.optimizer, rate(settings, run.t), run.memory, run.t);
}

// ---- numbers at random, the same in every browser -----------------------------------------------

/** Uniform numbers from 0 to 1 (Tommy Ettinger's mulberry32); `random.state` is all that it remembers. */
export function generator(seed) {
  const random = () => {
    random.state = (random.state + 0x6d2b79f5) | 0;
    let h = Math.imul(random.state ^ (random.state >>> 15), 1 | random.state);
    h = (h + Math.imul(h ^ (h >>> 7), 61 | h)) ^ h;
    return ((h ^ (h >>> 14)) >>> 0) / 2 ** 32;
  };
  random.state = seed | 0;
  return random;
}

/** One standard normal number (Box and Muller 1958). */
export const normal = (random) => sqrt(-2 * log(1 - random())) * cos(2 * PI * random());

/** Put in a random order (Fisher and Yates). */
export function shuffle(order, random) {
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1)), kept = order[i];
    order[i] = order[j];
    order[j] = kept;
  }
}
