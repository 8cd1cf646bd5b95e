/* The set-up as a notebook that trains the same network with handgrad to the same numbers. */

import { cost, oneUpdate } from "./engine.mjs";

const list = (numbers) => `[${Array.from(numbers, String).join(", ")}]`;
const matrix = (numbers, columns) => {
  const rows = [];
  for (let k = 0; k < numbers.length; k += columns) rows.push(`    ${list(numbers.slice(k, k + columns))},`);
  return `np.array([\n${rows.join("\n")}\n])`;
};

const GENERATOR = `class Order:
    """The playground's numbers at random (mulberry32), and the orders it makes of them."""

    def __init__(self, state):
        self.state = state

    def number(self):
        self.state = (self.state + 0x6D2B79F5) & 0xFFFFFFFF
        h = self.state
        h = (h ^ (h >> 15)) * (1 | h) & 0xFFFFFFFF
        h = ((h + ((h ^ (h >> 7)) * (61 | h) & 0xFFFFFFFF)) & 0xFFFFFFFF) ^ h
        return (h ^ (h >> 14)) / 2**32

    def shuffle(self, order):
        for i in range(len(order) - 1, 0, -1):
            j = int(self.number() * (i + 1))
            order[i], order[j] = order[j], order[i]`;

const RATES = {
  constant: (s) => String(s.eta),
  step: (s) => `schedules.step_decay(${s.eta}, factor=0.5, every=${s.every})`,
  inverse: (s) => `schedules.inverse_decay(${s.eta}, decay=1 / ${s.every})`,
  cosine: (s) => `schedules.cosine_decay(${s.eta}, updates=${s.updates})`,
};
const OPTIMIZERS = { gradient_descent: "GradientDescent", momentum: "Momentum", adam: "Adam" };

/** nbformat 4.5 of a training that has just begun, carried on for so many updates. */
export function notebook({ setup, run, net, train, first }, updates) {
  const { L, W, b, sizes } = net, { settings } = run, batch = Math.min(settings.batch, train.n);
  const layers = Array.from({ length: L - 1 }, (_, k) => k + 2);
  const weights = layers.map((l) => `    ${l}: ${matrix(first.v.slice(W[l], b[l]), sizes[l]).replaceAll("\n", "\n    ")},`);
  const biases = layers.map((l) => `    ${l}: ${list(first.v.slice(b[l], b[l] + sizes[l]))},`);
  const names = layers.map((l) => (l < L ? net.hidden : net.last));
  for (let k = 0; k < updates; k++) oneUpdate(run);
  const cells = [
    ["markdown", `# From the playground\n\nA ${sizes.slice(1).join("-")} network on the data "${setup.data}" (${train.n} samples for training), with the same start, data and order as in the page. It needs the package \`handgrad\` of *Backpropagation by Hand*.`],
    ["code", `import numpy as np\n\nfrom handgrad import network, optimizers, schedules\n\nX = ${matrix(train.X, sizes[1])}\nY = ${matrix(train.Y, sizes[L])}`],
    ["code", `W = {\n${weights.join("\n")}\n}\nb = {\n${biases.join("\n")}\n}\nnet = network.make_network(W, b, ${JSON.stringify(names)})\nloss = ${JSON.stringify(net.loss)}`],
    ["code", GENERATOR],
    ["code", `updates, batch_size, l2 = ${updates}, ${batch}, ${settings.l2}
optimizer = optimizers.${OPTIMIZERS[settings.optimizer]}(${RATES[settings.schedule](settings)})

order, at, random = list(range(len(X))), 0, Order(${first.seed >>> 0})
v = network.to_vector(net)
state = optimizer.start(v)
for update in range(updates):
    if at == 0 and batch_size < len(X):
        random.shuffle(order)
    rows = order[at:at + batch_size]
    at = (at + len(rows)) % len(X)
    _, grads = network.gradients(net, X[rows], Y[rows], loss)
    dv = network.gradient_vector(grads)
    penalty = network.make_network(net.W, {l: 0 * net.b[l] for l in net.b}, net.s)
    v, state = optimizer.step(v, dv + l2 * network.to_vector(penalty), state)
    net = network.from_vector(net, v)
print("J =", network.cost(net, X, Y, loss))`],
    ["code", `in_the_page = ${cost(net, train)}\nprint("in the page", in_the_page)\nprint("relative difference", abs(network.cost(net, X, Y, loss) / in_the_page - 1))`],
  ];
  return {
    cells: cells.map(([kind, source], k) => ({
      id: `playground-${k}`, cell_type: kind, metadata: {}, source: source.split(/(?<=\n)/),
      ...(kind === "code" ? { execution_count: null, outputs: [] } : {}),
    })),
    metadata: { kernelspec: { display_name: "Python 3", language: "python", name: "python3" } }, nbformat: 4, nbformat_minor: 5,
  };
}
