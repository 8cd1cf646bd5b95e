// Run by tests/test_playground.py with node's own test runner.
import assert from "node:assert/strict";
import { test } from "node:test";

import { derivative, nudge, onePass, paths, place, quotient } from "../../playground/chain.mjs";
import * as engine from "../../playground/engine.mjs";
import { begin, readLink, writeLink } from "../../playground/view.mjs";

const close = (a, b, tolerance, words) =>
  assert.ok(Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(a), Math.abs(b)), `${words}: ${a} and ${b}`);
const KINKS = { step: [0], relu: [0], leaky_relu: [0], prelu: [0], selu: [0], hard_sigmoid: [-3, 3] };

for (const [name, [s, prime]] of Object.entries(engine.ACTIVATIONS))
  test(`${name}: s' is the slope of s, and neither overflows`, () => {
    for (let z = -9.95; z < 12; z += 0.37) {
      if ((KINKS[name] || []).some((kink) => Math.abs(z - kink) < 1e-3)) continue;
      close(prime(z, s(z)), (s(z + 1e-6) - s(z - 1e-6)) / 2e-6, 1e-8, `${name} at ${z}`);
    }
    for (const z of [-1000, -20, 20, 1000]) assert.ok(Number.isFinite(s(z)) && Number.isFinite(prime(z, s(z))));
  });

test("far out the slope keeps its digits", () => {
  const [s, prime] = engine.ACTIVATIONS.tanh;
  close(prime(9, s(9)) / (4 * Math.exp(-18)), 1, 1e-7, "tanh'(9)");
});

const world = (link) => begin(readLink(link));

for (const link of ["data=xor&hidden=4-2", "data=worked", "data=sine&hidden=3&act=swish", "data=circle&hidden=2-3-2&loss=half_squared_error&last=tanh"])
  test(`every derivative of ${link} is its difference quotient and the sum over its paths`, () => {
    const { net, train } = world(link);
    for (let l = 2; l <= net.L; l++)
      for (let j = 1; j <= net.sizes[l]; j++)
        for (const name of [["b", l, j], ["z", l, j], ...Array.from({ length: net.sizes[l - 1] }, (_, i) => ["w", l, i + 1, j])]) {
          onePass(net, train, 0);
          const found = paths(net, train, 0, name, Infinity);
          const sum = found.reduce((total, path) => total + path.reduce((p, f) => p * f.value, 1), 0);
          close(derivative(net, name), sum, 1e-12, name);
          close(derivative(net, name), quotient(net, train, 0, name), 1e-8, name);
        }
  });

test("a nudge: the gap shrinks with the square of h", () => {
  const { net, train } = world("data=xor&hidden=4-2");
  const gap = (h) => {
    const J = nudge(net, train, 0, ["w", 2, 1, 1], h).at(-1);
    assert.deepEqual(J.station, ["J"]);
    return Math.abs(J.change - J.product);
  };
  close(gap(0.01) / gap(0.001), 100, 0.05, "gaps");
});

test("an epoch uses each sample once, the last batch too", () => {
  const { run } = world("data=xor&n=23&test=0&batch=5");
  const seen = [];
  for (let k = 0; k < 5; k++) {
    const from = run.at;
    engine.oneUpdate(run);
    seen.push(...run.order.slice(from, run.at || 23));
  }
  assert.equal(run.at, 0);
  assert.deepEqual(seen.sort((a, b) => a - b), Array.from({ length: 23 }, (_, k) => k));
});

test("an update of a batch is that of the mean of its gradients", () => {
  const { net, train } = world("data=xor&hidden=3");
  const k = place(net, ["w", 2, 1, 1]), sum = [3, 5, 8].reduce((total, row) => {
    onePass(net, train, row);
    return total + net.dv[k];
  }, 0);
  engine.forward(net, train.X, Uint32Array.from([3, 5, 8]), 0, 3);
  engine.backward(net, train.Y, Uint32Array.from([3, 5, 8]), 0, 3);
  close(net.dv[k], sum / 3, 1e-14, "mean");
});

test("training leaves no rubbish", () => {
  const { run } = world("data=xor&hidden=8-8");
  for (let k = 0; k < 20000; k++) engine.oneUpdate(run);
  globalThis.gc();
  const before = process.memoryUsage().heapUsed;
  for (let k = 0; k < 20000; k++) engine.oneUpdate(run);
  const left = (process.memoryUsage().heapUsed - before) / 20000;
  assert.ok(left < 160, `${left} bytes an update`); // some boxed numbers; buffers of a batch would be thousands
});

test("a link says the whole set-up, and what it says wrongly is the first value", () => {
  const setup = readLink("#data=spiral&hidden=8-8&eta=0.02&opt=adam&seed=3");
  assert.deepEqual(readLink(writeLink(setup)), setup);
  const wrong = readLink("#data=moon&hidden=9-1&eta=-1&act=constructor&batch=2.5&seed=&n=1e9");
  assert.deepEqual(wrong, readLink(""));
});

test("what does not go together is refused", () => {
  assert.throws(() => engine.makeNetwork([2, 1], "tanh", "tanh", "binary_cross_entropy"), /expected sigmoid/);
  assert.throws(() => engine.makeNetwork([2, 1], "tan", "tanh", "half_squared_error"), /expected one of/);
  const net = engine.makeNetwork([2, 1], "tanh", "tanh", "half_squared_error");
  assert.throws(() => engine.forward(net, new Float64Array(4), Uint32Array.from([0, 1]), 0, 2), /at most 1/);
});
