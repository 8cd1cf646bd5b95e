// What the playground computes, for tests/test_playground.py: a list of [link, updates] -> JSON.
import { chainOf } from "../../playground/mathml.mjs";
import { derivative, onePass, paths } from "../../playground/chain.mjs";
import { WORKED } from "../../playground/data.mjs";
import { cost, forward, oneUpdate, withRoom } from "../../playground/engine.mjs";
import { notebook } from "../../playground/notebook.mjs";
import { begin, readLink } from "../../playground/view.mjs";

const asked = JSON.parse(process.argv[2]);
const answers = {
  /** The notebook of each set-up, and the weights in the page after as many updates. */
  trained: (list) => list.map(([link, updates]) => {
    const world = begin(readLink(link));
    return { notebook: notebook(world, updates), v: Array.from(world.net.v) };
  }),
  /** Names and values of all factors of all paths to a parameter, for the first sample. */
  chains: (list) => list.map(([link, name]) => {
    const { net, train } = begin(readLink(link));
    onePass(net, train, 0);
    return {
      sizes: net.sizes.slice(1), hidden: net.hidden, last: net.last, loss: net.loss, v: Array.from(net.v),
      x: Array.from(train.X.slice(0, net.sizes[1])), y: Array.from(train.Y.slice(0, net.sizes[net.L])),
      paths: paths(net, train, 0, name, Infinity), value: derivative(net, name), shown: chainOf(net, train, 0, name),
    };
  }),
  /** Costs after some updates: [on training samples, on those held out or null], and gradients by layer. */
  costs: (list) => list.map(([link, moments]) => {
    const { net, run, train, test } = begin(readLink(link)), seen = withRoom({ ...net }, 500), found = [];
    for (let t = 0; t <= moments.at(-1); t++) {
      if (moments.includes(t)) found.push([cost(seen, train), test && cost(seen, test)]);
      oneUpdate(run);
    }
    return found;
  }),
  gradients: (list) => list.map((link) => {
    const { net, run, train } = begin(readLink(link + "&batch=500"));
    const before = net.v.slice();
    run.settings = { ...run.settings, eta: 1, schedule: "constant", optimizer: "gradient_descent", l2: 0 };
    oneUpdate(run); // v moves by minus the gradient
    return Array.from({ length: net.L - 1 }, (_, k) => {
      let sum = 0;
      for (let p = net.W[k + 2]; p < net.b[k + 2]; p++) sum += (before[p] - net.v[p]) ** 2;
      return Math.sqrt(sum);
    });
  }),
  /** Share of samples and neurons of the first hidden layer with a slope below 0.05 at the start. */
  flat: (list) => list.map((link) => {
    const { net, train } = begin(readLink(link)), seen = withRoom({ ...net }, train.n), d = train.n * net.sizes[2];
    forward(seen, train.X, train.all, 0, train.n);
    let low = 0;
    for (let k = 0; k < d; k++) if (net.prime[2](seen.z[2][k], seen.a[2][k]) < 0.05) low += 1;
    return low / d;
  }),
  worked: () => WORKED,
};
console.log(JSON.stringify(Object.fromEntries(Object.entries(asked).map(([what, list]) => [what, answers[what](list)]))));
