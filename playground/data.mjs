/* The data sets of the playground: n samples, drawn from a seed, in the plane or on a line. */

import { normal, samples, shuffle } from "./engine.mjs";

const { PI, cos, sin, sqrt } = Math;
const between = (random, low, high) => low + (high - low) * random();

/* Each draws one sample: [x, y]; k counts the samples, so that classes take turns. */
const PLANE = {
  circle(k, random) {
    const class1 = k % 2, r = class1 ? between(random, 0, 0.45) : between(random, 0.65, 1), phi = 2 * PI * random();
    return [[r * cos(phi), r * sin(phi)], class1];
  },
  two_circles(k, random) {
    const class1 = k % 2, phi = 2 * PI * random(), r = class1 ? 0.4 : 0.9;
    return [[r * cos(phi), r * sin(phi)], class1];
  },
  xor(k, random) {
    const side = () => (random() < 0.5 ? -1 : 1), s = side(), u = between(random, 0.1, 1), w = between(random, 0.1, 1);
    return [[s * u, (k % 2 ? -s : s) * w], k % 2];
  },
  spiral(k, random) {
    const t = between(random, 0.05, 1), phi = 1.75 * 2 * PI * t + (k % 2) * PI;
    return [[t * cos(phi), t * sin(phi)], k % 2];
  },
  clouds(k, random) {
    const c = k % 2 ? 0.45 : -0.45;
    return [[c + 0.18 * normal(random), c + 0.18 * normal(random)], k % 2];
  },
};
const LINE = {
  line: (x) => 0.6 * x + 0.2,
  sine: (x) => 0.8 * sin(PI * x),
};

/** What can be chosen, by name: words for the menu, inputs, and whether targets are classes. */
export const DATA = {
  circle: { words: "circle", inputs: 2, classes: true },
  two_circles: { words: "two circles", inputs: 2, classes: true },
  xor: { words: "XOR", inputs: 2, classes: true },
  spiral: { words: "spiral", inputs: 2, classes: true },
  clouds: { words: "two clouds", inputs: 2, classes: true },
  line: { words: "a line", inputs: 1, classes: false },
  sine: { words: "a sine", inputs: 1, classes: false },
  worked: { words: "chapter 7's one sample", inputs: 2, classes: false },
};

/** The sample of chapter 7, and the weights and biases that its network starts from. */
export const WORKED = {
  x: [0.05, 0.1],
  y: [0.01, 0.99],
  v: [0.15, 0.25, 0.2, 0.3, 0.35, 0.35, 0.4, 0.5, 0.45, 0.55, 0.6, 0.6],
};

/** {train, test} of so many samples, with noise of this standard deviation on what is measured. */
export function draw(name, n, noise, testShare, random) {
  if (name === "worked") return { train: samples(Float64Array.from(WORKED.x), Float64Array.from(WORKED.y), 1), test: null };
  const drawn = [];
  for (let k = 0; k < n; k++) {
    if (name in LINE) {
      const x = between(random, -1, 1);
      drawn.push([[x], LINE[name](x) + noise * normal(random)]);
    } else {
      const [x, y] = PLANE[name](k, random);
      drawn.push([x.map((c) => c + noise * normal(random)), y]);
    }
  }
  shuffle(drawn, random);
  const held = Math.round(n * testShare), part = (rows) =>
    rows.length ? samples(Float64Array.from(rows.flatMap((r) => r[0])), Float64Array.from(rows.map((r) => r[1])), rows.length) : null;
  return { train: part(drawn.slice(held)), test: part(drawn.slice(0, held)) };
}
