/* The playground on the page: choose, train, click. All that is computed stands in the other files. */

import * as engine from "./engine.mjs";
import { entered, nudge, onePass, place as indexOf } from "./chain.mjs";
import { DATA, WORKED, draw as drawSamples } from "./data.mjs";
import { chainOf, number, sign } from "./mathml.mjs";
import { notebook } from "./notebook.mjs";

const EDGE = 1.2, GRID = 48, SMALL = 16; // the plane shown, its pixels, those of a neuron's picture
const THIRDS = 3, PARTS = THIRDS + 4; // the neurons' pictures are drawn in three parts; what the whole is drawn in
const NEURONS = 8, HIDDEN = 6, KEPT = 300; // most neurons in a layer, hidden layers, states to go back to
const words = (name) => ({ sigmoid: "logistic", relu: "ReLU", elu: "ELU", selu: "SELU", prelu: "PReLU" })[name] || name.replaceAll("_", " ");

// ---- what can be chosen: key -> [label, choices or range, first value] ---------------------------

const CHOICES = {
  data: ["Data", Object.fromEntries(Object.entries(DATA).map(([k, d]) => [k, d.words])), "xor"],
  n: ["Samples", { low: 2, high: 500, step: 1 }, 120],
  noise: ["Noise", { low: 0, high: 0.5, step: 0.01 }, 0.05],
  test: ["Part held out for testing", { low: 0, high: 0.8, step: 0.05 }, 0.25],
  hidden: ["Hidden layers", "text", "4-2"],
  act: ["Activation", Object.fromEntries(Object.keys(engine.ACTIVATIONS).map((k) => [k, words(k)])), "tanh"],
  last: ["Last layer", { sigmoid: "logistic", tanh: "tanh", identity: "identity" }, "sigmoid"],
  loss: ["Loss", { half_squared_error: "half squared error", binary_cross_entropy: "cross-entropy" }, "binary_cross_entropy"],
  batch: ["Samples in a batch", { low: 1, high: 500, step: 1 }, 10],
  eta: ["Learning rate η", { low: 0.0001, high: 20, step: "any" }, 0.3],
  schedule: ["Schedule", { constant: "constant", step: "halved every 500 updates", inverse: "inverse decay", cosine: "cosine to update 5,000" }, "constant"],
  opt: ["Optimiser", { gradient_descent: "gradient descent", momentum: "momentum", adam: "Adam" }, "gradient_descent"],
  l2: ["L2 penalty β", { low: 0, high: 1, step: "any" }, 0],
  init: ["Start", { xavier: "Xavier", he: "He", normal: "normal", uniform: "uniform" }, "xavier"],
  scale: ["Scale of the start", { low: 0, high: 10, step: "any" }, 1],
  seed: ["Seed", { low: 0, high: 9999, step: 1 }, 1],
};
const FIRST = Object.fromEntries(Object.entries(CHOICES).map(([k, c]) => [k, c[2]]));
// what goes with a kind of data, unless it is chosen
const SUITS = {
  classes: { last: "sigmoid", loss: "binary_cross_entropy" },
  numbers: { last: "identity", loss: "half_squared_error" },
  worked: { hidden: "2", act: "sigmoid", last: "sigmoid", loss: "half_squared_error", eta: 0.5, noise: 0, test: 0 },
};
const suits = (data) => SUITS[data === "worked" ? data : DATA[data].classes ? "classes" : "numbers"];

/** What a link says, each value checked; what it leaves out or says wrongly is the first value. */
export function readLink(text) {
  const given = new URLSearchParams(text.replace(/^#/, "")), setup = { ...FIRST };
  if (DATA[given.get("data")]) Object.assign(setup, { data: given.get("data") });
  Object.assign(setup, suits(setup.data));
  for (const [key, value] of given) if (CHOICES[key]) setup[key] = checked(key, value) ?? setup[key];
  if (setup.loss === "binary_cross_entropy") setup.last = "sigmoid";
  if (setup.loss === "binary_cross_entropy" && !DATA[setup.data].classes) setup.loss = "half_squared_error";
  return setup;
}
export const writeLink = (setup) => "#" + new URLSearchParams(Object.entries(setup).map(([k, v]) => [k, String(v)]));

function checked(key, value) {
  const allowed = CHOICES[key][1];
  if (key === "hidden") {
    const sizes = value.split("-").filter(Boolean).map(Number);
    return sizes.length <= HIDDEN && sizes.every((d) => Number.isInteger(d) && d >= 1 && d <= NEURONS) ? sizes.join("-") : undefined;
  }
  if (!("low" in allowed)) return Object.hasOwn(allowed, value) ? value : undefined;
  const x = Number(value);
  return value !== "" && x >= allowed.low && x <= allowed.high && (allowed.step !== 1 || Number.isInteger(x)) ? x : undefined;
}

/** Samples, network and training of a set-up: what its seed makes of it. */
export function begin(setup) {
  const random = engine.generator(setup.seed);
  const { train, test } = drawSamples(setup.data, setup.n, setup.noise, setup.test, random);
  const hidden = setup.hidden.split("-").filter(Boolean).map(Number);
  const sizes = [DATA[setup.data].inputs, ...hidden, train.Y.length / train.n];
  const net = engine.makeNetwork(sizes, setup.act, setup.last, setup.loss);
  engine.drawWeights(net, setup.init, setup.scale, random);
  if (setup.data === "worked" && setup.hidden === "2") net.v.set(WORKED.v);
  const settings = { eta: setup.eta, schedule: setup.schedule, every: 500, updates: 5000, optimizer: setup.opt, l2: setup.l2, batch: setup.batch };
  const run = engine.training(net, train, settings, random);
  return { setup, run, net, train, test, first: { v: net.v.slice(), seed: random.state } };
}

// ---- the page -----------------------------------------------------------------------------------

const SVG = "http://www.w3.org/2000/svg";
function make(tag, attributes = {}, ...inside) {
  const e = ["svg", "path", "g", "text", "title"].includes(tag) ? document.createElementNS(SVG, tag) : document.createElement(tag);
  for (const [k, v] of Object.entries(attributes)) k.startsWith("on") ? e.addEventListener(k.slice(2), v) : v !== false && e.setAttribute(k, v === true ? "" : v);
  e.append(...inside);
  return e;
}

/** What a field takes, in words. */
function rule(key) {
  const allowed = CHOICES[key][1];
  if (allowed === "text") return "up to six numbers from 1 to 8, as in 4-2";
  return `${allowed.step === 1 ? "a whole number" : "a number"} from ${allowed.low} to ${allowed.high}`;
}

function field(key, setup, change) {
  const [label, allowed] = CHOICES[key], id = `pg-${key}`, wrong = make("small", { class: "pg-wrong", id: `${id}-wrong` });
  let input;
  if (allowed === "text") input = make("input", { id, value: setup[key], inputmode: "numeric", pattern: "[1-8](-[1-8]){0,5}|", "aria-describedby": "pg-hidden-help" });
  else if ("low" in allowed) input = make("input", { id, type: "number", min: allowed.low, max: allowed.high, step: allowed.step, value: setup[key] });
  else input = make("select", { id }, ...Object.entries(allowed).map(([v, w]) => make("option", { value: v, selected: v === setup[key] }, w)));
  input.addEventListener("change", () => {
    const value = checked(key, input.value);
    input.setAttribute("aria-invalid", String(value === undefined));
    if (value !== undefined) return change(key, value);
    wrong.textContent = `Not taken: this needs ${rule(key)}. ${setup[key] === "" ? "None" : setup[key]} stays.`;
    input.setAttribute("aria-describedby", wrong.id);
  });
  const help = key === "hidden" ? [make("small", { id: "pg-hidden-help" }, "neurons, as in 4-2: up to six layers of 1 to 8; empty for none")] : [];
  return make("label", { for: id }, make("span", {}, label), input, ...help, wrong);
}

/** Calls `start` once the reader comes near, does anything, or has had time to read a little (a screen reader
 * looks for the playground without moving the page). Until then a phone has the page's first words to set. */
export function whenNear(root, start) {
  const signs = ["scroll", "keydown", "pointerdown", "hashchange", "beforeprint"];
  const near = new IntersectionObserver((seen) => seen.some((e) => e.isIntersecting) && now());
  const late = setTimeout(now, 8000);
  function now() {
    near.disconnect();
    clearTimeout(late);
    for (const sign of signs) removeEventListener(sign, now);
    start();
  }
  for (const sign of signs) addEventListener(sign, now, { passive: true });
  near.observe(root);
  if (location.hash) now();
}

export function playground(root) {
  let world, playing = false, history = [], curve = [], picked = null, sample = 0, stage = 0, colours, timer = 0, told = 0, cameBy = null;
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const grid = { 2: plane(GRID), 1: line(GRID * 2) }, small = { 2: plane(SMALL), 1: line(SMALL * 2) };
  const parts = {};

  function plane(d) {
    const X = new Float64Array(2 * d * d);
    for (let r = 0; r < d; r++) for (let c = 0; c < d; c++) X.set([EDGE * ((2 * c + 1) / d - 1), EDGE * (1 - (2 * r + 1) / d)], 2 * (r * d + c));
    return { ...engine.samples(X, new Float64Array(0), d * d), columns: d, rows: d };
  }
  function line(d) {
    return { ...engine.samples(Float64Array.from({ length: d }, (_, c) => EDGE * ((2 * c + 1) / d - 1)), new Float64Array(0), d), columns: d, rows: 1 };
  }

  function restart(setup, said = "") {
    pause();
    world = { ...begin(setup), said };
    world.seen = engine.withRoom({ ...world.net }, GRID * GRID); // shares v: for pictures and costs
    [history, curve, stage] = [[], [], 0];
    if (sample >= world.train.n) sample = 0;
    const { L, sizes } = world.net;
    if (!picked || picked[1] > L || entered(picked)[1] > sizes[picked[1]] || (picked[0] === "w" && picked[2] > sizes[picked[1] - 1])) picked = ["w", 2, 1, 1];
    window.history.replaceState(null, "", writeLink(setup));
    build();
    record();
    show();
  }
  /** A set-up that a link asked for: the reader is led to it. */
  function arrive() {
    const setup = readLink(location.hash);
    restart(setup, `Set up: ${DATA[setup.data].words}, ${setup.hidden ? `hidden layers ${setup.hidden}` : "no hidden layer"}.`);
    root.scrollIntoView({ block: "start" });
    parts.play.focus({ preventScroll: true });
  }
  function goBack() {
    cameBy.scrollIntoView({ block: "center" });
    cameBy.focus({ preventScroll: true });
  }

  // ---- training: steps, and the way back ----

  function record() {
    const { run, train, test, seen } = world;
    curve.push([run.t, engine.cost(seen, train), test ? engine.cost(seen, test) : NaN]);
    if (curve.length > 2000) curve = curve.filter((_, k) => k % 2 === 0 || k === curve.length - 1);
  }
  function remember() {
    const { run, net } = world;
    history.push({ v: net.v.slice(), memory: run.memory.map((m) => m.slice()), order: run.order.slice(), at: run.at, t: run.t, state: run.random.state, curve: curve.length });
    if (history.length > KEPT) history.shift();
  }
  function back() {
    pause();
    const kept = history.pop();
    if (!kept) return;
    const { run, net } = world;
    net.v.set(kept.v);
    kept.memory.forEach((m, k) => run.memory[k].set(m));
    run.order.set(kept.order);
    [run.at, run.t, run.random.state] = [kept.at, kept.t, kept.state];
    curve = curve.filter((point) => point[0] <= kept.t);
    show();
  }
  function updates(count) {
    for (let k = 0; k < count && alive(); k++) engine.oneUpdate(world.run);
    record();
  }
  const alive = () => world.net.v.every(Number.isFinite) && Number.isFinite(curve.at(-1)[1]);
  const inEpoch = () => Math.ceil(world.train.n / Math.min(world.setup.batch, world.train.n));
  function step(count) {
    pause();
    if (!alive()) return;
    remember();
    updates(count);
    show();
  }
  function play() {
    if (playing) return pause();
    if (!alive()) return;
    playing = true;
    parts.play.textContent = "Pause";
    parts.chosen.textContent = `What stands here is of update ${world.run.t}; Pause shows the numbers of then.`;
    stage = 0;
    remember();
    let last = 0, turn = 0, usual = Infinity, pace = 0, rest = 0;
    const frame = (now) => {
      if (!playing) return;
      usual = Math.min(1.02 * usual, now - last); // between two frames of this screen
      // after a late frame more of them train and draw nothing, up to three between two parts of the picture
      pace = now - last > 1.5 * usual ? Math.min(pace + 1, 3) : Math.max(pace - 0.01, 0);
      if (!still.matches || now - last > 500) {
        last = now;
        const until = performance.now() + 6;
        do engine.oneUpdate(world.run);
        while (performance.now() < until && parts.fast.checked);
        record();
        if (!alive()) pause();
        else if (world.run.at === 0 && history.at(-1).t + 50 * inEpoch() <= world.run.t) remember();
        if (!playing || still.matches) draw();
        else if (rest-- <= 0) {
          rest = Math.round(pace);
          drawPart(turn++ % PARTS);
          if (turn % PARTS === 0) tell(false);
        }
      }
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  }
  function pause() {
    if (playing) {
      playing = false;
      parts.play.textContent = "Play";
      draw();
      tell(true);
      showChain();
    }
    clearTimeout(timer);
  }

  // ---- one sample, station by station ----

  function oneSample() {
    pause();
    sample = stage ? (sample + 1) % world.train.n : sample;
    document.getElementById("pg-sample").value = sample + 1;
    stage = 1;
    const next = () => {
      stage = still.matches ? 2 * world.net.L : stage + 1;
      draw();
      const whole = stage >= 2 * world.net.L;
      tell(whole);
      parts.status.textContent += ` Sample ${sample + 1} goes through: activations a forward, deltas δ back; no weight moves.`;
      if (whole) showChain();
      else timer = setTimeout(next, 350);
    };
    next();
  }

  // ---- building ----

  function build() {
    const { setup, net } = world;
    const change = (key, value) => {
      restart(readLink(writeLink({ ...setup, ...(key === "data" ? suits(value) : {}), [key]: value })), world.run.t ? "Training starts over." : "");
      document.getElementById(`pg-${key}`)?.focus();
    };
    const main = ["data", "hidden", "act", "eta", "batch", "l2"];
    const fields = (keys) => keys.map((key) => field(key, setup, change));
    const open = parts.more?.open;
    parts.more = make("details", { class: "pg-more", open: Boolean(open) }, make("summary", {}, "More to choose"), make("div", { class: "pg-fields" }, ...fields(Object.keys(CHOICES).filter((k) => !main.includes(k)))));
    const button = (label, on, name) => (parts[name || label] = make("button", { type: "button", onclick: on }, label));
    const fast = Boolean(parts.fast?.checked);
    parts.fast = make("input", { type: "checkbox", id: "pg-fast" });
    parts.fast.checked = fast;
    const bar = make("div", { class: "pg-bar", role: "group", "aria-label": "Training" },
      button("Play", play, "play"), button("One update", () => step(1)), button("One epoch", () => step(inEpoch())),
      button("One sample, forward and back", oneSample), button("Back", back, "back"), button("Start over", () => restart(setup, "The same start again.")),
      ...(cameBy ? [button("Return to the text", goBack)] : []),
      make("label", { for: "pg-fast", class: "pg-inline" }, parts.fast, "as fast as it goes"));
    parts.net = make("div", { class: "pg-net" });
    parts.status = make("p", { class: "pg-status" });
    parts.live = make("p", { class: "pg-live", "aria-live": "polite" });
    parts.surface = make("canvas", { width: 288, height: 288, role: "img", class: "pg-surface", onclick: pickSample });
    parts.curve = make("canvas", { width: 288, height: 120, role: "img", class: "pg-curve" });
    parts.layers = make("div", { class: "pg-layers" });
    parts.lengths = null;
    parts.pick = make("div", { class: "pg-pick" });
    parts.chosen = make("p", { class: "pg-chosen" });
    parts.chain = make("div", { class: "pg-chain" });
    parts.nudge = make("div", { class: "pg-nudge" });
    const legend = DATA[setup.data].classes || net.sizes[1] === 2 ? `Orange squares: target 1; blue discs: target 0; across x₁, up x₂${DATA[setup.data].classes ? "; dotted: where ŷ is ½" : ""}` : "Samples and prediction over the input x";
    const key = make("p", { class: "pg-note" }, legend, ...(world.test ? ["; hollow: held out"] : []), world.train.n > 1 ? ". Circled: the sample chosen; click another." : ".");
    const note = make("p", { class: "pg-note" }, "J against updates, on a logarithmic axis", ...(world.test ? ["; dashed: on the samples held out"] : []));
    const tiles = make("p", { class: "pg-note" }, net.sizes[1] === 2 ? "In a neuron's picture orange is above 0 and blue below (in that of a logistic output above and below ½), each on a scale of its own. The widest wire has the largest weight of the moment." : "The widest wire has the largest weight of the moment.");
    const out = make("div", { class: "pg-out" }, parts.surface, key, parts.curve, note, parts.layers, tiles);
    const save = make("div", { class: "pg-bar", role: "group", "aria-label": "Carry on" },
      button("Copy the link to this set-up", copyLink, "copy"), button("As a notebook", saveNotebook),
      (parts.copied = make("p", { class: "pg-note", role: "status" })));
    root.replaceChildren(make("div", { class: "pg-fields", role: "group", "aria-label": "Set-up" }, ...fields(main)), parts.more, bar, parts.status,
      make("div", { class: "pg-main" }, parts.net, out), parts.live, make("h3", {}, "Its chain rule"), parts.pick, parts.chosen, parts.chain, parts.nudge, save);
    buildNet(net);
    buildPick(net);
  }

  // room for a neuron and what stands under it, where the picture is 600 wide
  const crowded = (net) => net.L > 5;
  const high = (net) => (crowded(net) ? 160 : root.clientWidth < 520 ? 120 : 110);
  const height = (net) => 30 + high(net) * Math.max(...net.sizes.slice(1));
  const place = (net, l, j) => [50 + ((l - 1) * 500) / (net.L - 1), height(net) / 2 + high(net) * (j - (net.sizes[l] + 1) / 2) - 12];

  function buildNet(net) {
    const svg = make("svg", { viewBox: `0 0 600 ${height(net)}`, role: "img", "aria-label": `Network ${net.sizes.slice(1).join("-")}: neurons in columns, a line for each weight` });
    parts.wires = [];
    parts.neurons = [];
    parts.labels = [];
    for (let l = 2; l <= net.L; l++)
      for (let i = 1; i <= net.sizes[l - 1]; i++)
        for (let j = 1; j <= net.sizes[l]; j++) {
          const [x0, y0] = place(net, l - 1, i), [x1, y1] = place(net, l, j), mid = (x0 + x1) / 2;
          const d = `M${x0} ${y0}C${mid} ${y0} ${mid} ${y1} ${x1} ${y1}`, name = ["w", l, i, j];
          const wire = make("path", { d, class: "pg-wire" }), touch = make("path", { d, class: "pg-touch", onclick: () => pick(name) });
          svg.append(wire, touch);
          parts.wires.push([name, wire, net.W[l] + (i - 1) * net.sizes[l] + j - 1]);
        }
    parts.net.replaceChildren(svg);
    for (let l = 1; l <= net.L; l++)
      for (let j = 1; j <= net.sizes[l]; j++) {
        const [x, y] = place(net, l, j), where = `left:${x / 6}%;top:${(100 * y) / height(net)}%`;
        const canvas = make("canvas", { width: SMALL, height: SMALL, class: "pg-neuron", style: where, "aria-hidden": "true" });
        if (l > 1) canvas.addEventListener("click", () => pick(["z", l, j]));
        const label = make("span", { class: `pg-label${crowded(net) && l % 2 === 0 ? " pg-low" : ""}`, style: where, "aria-hidden": "true" });
        parts.net.append(canvas, label);
        parts.neurons.push([l, j, canvas]);
        parts.labels.push([l, j, label]);
      }
  }

  function buildPick(net) {
    const [kind, l] = picked, [, j] = entered(picked), i = kind === "w" ? picked[2] : 1;
    const select = (id, label, options, value, on) =>
      make("label", { for: id }, make("span", {}, label), make("select", { id, onchange: (e) => on(e.target.value) }, ...options.map(([v, w]) => make("option", { value: v, selected: String(v) === String(value) }, w))));
    const count = (d) => Array.from({ length: d }, (_, k) => [k + 1, String(k + 1)]);
    const set = (k2, l2, i2, j2) => pick(k2 === "w" ? ["w", l2, Math.min(i2, net.sizes[l2 - 1]), Math.min(j2, net.sizes[l2])] : [k2, l2, Math.min(j2, net.sizes[l2])], true);
    parts.pick.replaceChildren(make("div", { class: "pg-fields", role: "group", "aria-label": "Which derivative" },
      select("pg-kind", "Derivative by", [["w", "a weight"], ["b", "a bias"], ["z", "a neuron's sum z"]], kind, (v) => set(v, l, i, j)),
      select("pg-layer", "into layer", count(net.L).slice(1), l, (v) => set(kind, Number(v), i, j)),
      ...(kind === "w" ? [select("pg-from", "from neuron i", count(net.sizes[l - 1]), i, (v) => set(kind, l, Number(v), j))] : []),
      select("pg-to", kind === "w" ? "to neuron j" : "neuron j", count(net.sizes[l]), j, (v) => set(kind, l, i, Number(v))),
      make("label", { for: "pg-sample" }, make("span", {}, `for sample (of ${world.train.n})`),
        make("input", { id: "pg-sample", type: "number", min: 1, max: world.train.n, value: sample + 1, onchange: (e) => choose(Math.round(Number(e.target.value)) - 1) }))));
  }

  function choose(row) {
    sample = Math.max(0, Math.min(world.train.n - 1, row || 0));
    document.getElementById("pg-sample").value = sample + 1;
    show();
  }
  /** The training sample nearest to where the plane was clicked. */
  function pickSample(event) {
    const { X, Y, n } = world.train, inputs = world.net.sizes[1], outputs = Y.length / n, box = parts.surface.getBoundingClientRect();
    const at = [event.clientX - box.left, box.bottom - event.clientY].map((d) => EDGE * ((2 * d) / box.width - 1));
    let [near, best] = [0, Infinity];
    for (let r = 0; r < n; r++) {
      const far = Math.hypot(X[r * inputs] - at[0], (inputs === 2 ? X[2 * r + 1] : Y[r * outputs]) - at[1]);
      if (far < best) [near, best] = [r, far];
    }
    choose(near);
  }

  function pick(name, keepFocus) {
    const id = keepFocus && document.activeElement?.id;
    picked = name;
    buildPick(world.net);
    show();
    if (id) document.getElementById(id)?.focus();
    else parts.live.textContent = `Derivative by ${spoken(name)}: see "Its chain rule" below.`;
  }
  const spoken = ([kind, l, i, j]) => kind === "w" ? `the weight from neuron ${i} of layer ${l - 1} to neuron ${j} of layer ${l}` : `the ${kind === "b" ? "bias" : "sum z"} of neuron ${i} of layer ${l}`;

  // ---- drawing ----

  function show() {
    draw();
    tell(true);
    showChain();
  }

  const readColours = () => {
    const style = getComputedStyle(root), of = (name) => style.getPropertyValue(name).trim();
    colours = { plus: rgb(of("--pg-plus")), minus: rgb(of("--pg-minus")), paper: rgb(of("--pg-paper")), ink: of("--pg-ink"), soft: of("--pg-soft") };
  };
  const rgb = (hex) => [1, 3, 5].map((k) => parseInt(hex.slice(k, k + 2), 16));

  /** A picture of one row of values: orange above `middle`, blue below, paper between. */
  function paint(canvas, values, columns, rows, middle, reach, strength = 1) {
    const context = canvas.getContext("2d"), image = context.createImageData(columns, rows);
    for (let k = 0; k < columns * rows; k++) {
      const t = strength * Math.max(-1, Math.min(1, (values(k) - middle) / reach)), end = t > 0 ? colours.plus : colours.minus;
      for (let c = 0; c < 3; c++) image.data[4 * k + c] = colours.paper[c] + Math.abs(t) * (end[c] - colours.paper[c]);
      image.data[4 * k + 3] = 255;
    }
    if (canvas.width === columns) context.putImageData(image, 0, 0);
    else {
      const off = (parts.off ||= document.createElement("canvas"));
      [off.width, off.height] = [columns, rows];
      off.getContext("2d").putImageData(image, 0, 0);
      context.drawImage(off, 0, 0, canvas.width, canvas.height);
    }
  }

  /** All of the picture. While it trains a phone has no time for that in each frame: then one part, in turn. */
  function draw() {
    for (let part = 0; part < PARTS; part++) drawPart(part);
    for (const [name, wire] of parts.wires) wire.nextSibling.classList.toggle("pg-picked", String(name) === String(picked));
    for (const [l, j, canvas] of parts.neurons) canvas.classList.toggle("pg-picked", picked[0] === "z" && picked[1] === l && picked[2] === j);
    parts.back.disabled = !history.length;
    parts.back.textContent = history.length ? `Back to update ${history.at(-1).t}` : "Back";
  }
  function drawPart(part) {
    if (!colours) readColours();
    if (part < THIRDS) drawNeurons(part);
    else [predict, drawSurface, drawCosts, drawElements][part - THIRDS]();
  }

  /** The pictures of every third neuron, from the one numbered `first` on. */
  function drawNeurons(first) {
    const { net, seen } = world, inputs = net.sizes[1], at = small[inputs];
    engine.forward(seen, at.X, at.all, 0, at.n);
    for (let n = first; n < parts.neurons.length; n += THIRDS) {
      const [l, j, canvas] = parts.neurons[n];
      const d = net.sizes[l], a = seen.a[l], value = (k) => a[k * d + j - 1];
      const middle = l > 1 && l === net.L && net.last === "sigmoid" ? 0.5 : 0;
      let reach = 1e-9;
      for (let k = 0; k < at.n; k++) reach = Math.max(reach, Math.abs(value(k) - middle));
      if (inputs === 2) paint(canvas, value, at.columns, at.rows, middle, reach);
      else drawCurve(canvas, value, at.n, reach);
    }
  }

  /** What is no canvas: a page is laid out once for all that changes in it between two frames. */
  function drawElements() {
    drawWires();
    drawLabels();
    drawLayers();
  }
  function drawWires() {
    const { net } = world;
    let most = 1e-9;
    for (const [, , k] of parts.wires) most = Math.max(most, Math.abs(net.v[k]));
    for (const [, wire, k] of parts.wires) {
      const w = net.v[k], kind = `pg-wire ${w < 0 ? "pg-minus" : "pg-plus"}`;
      const width = (0.6 + (6 * Math.abs(w)) / most).toFixed(1);
      if (wire.shown !== width) wire.style.strokeWidth = wire.shown = width; // a line set anew is laid out anew
      if (wire.getAttribute("class") !== kind) wire.setAttribute("class", kind);
    }
  }

  function drawCurve(canvas, value, n, reach) {
    const c = canvas.getContext("2d"), { width: w, height: h } = canvas;
    c.fillStyle = `rgb(${colours.paper})`;
    c.fillRect(0, 0, w, h);
    c.strokeStyle = colours.ink;
    c.beginPath();
    for (let k = 0; k < n; k++) c.lineTo((k / (n - 1)) * w, h / 2 - (value(k) / reach) * (h / 2 - 1));
    c.stroke();
  }

  /** What the network says of the plane, all of it at one update; `drawSurface` shows it. */
  function predict() {
    const { net, seen } = world, at = grid[net.sizes[1]], d = net.sizes[net.L];
    at.said ||= new Float64Array(at.n);
    engine.forward(seen, at.X, at.all, 0, at.n);
    for (let k = 0; k < at.n; k++) at.said[k] = seen.a[net.L][k * d];
  }

  function drawSurface() {
    const { net, train, test, setup } = world, canvas = parts.surface, c = canvas.getContext("2d"), at = grid[net.sizes[1]], size = canvas.width;
    const a = at.said, to = (x) => ((x / EDGE + 1) / 2) * size;
    if (net.sizes[1] === 2) {
      const middle = DATA[setup.data].classes ? 0.5 : 0;
      paint(canvas, (k) => a[k], at.columns, at.rows, middle, net.last === "identity" ? 1 : Math.max(0.5, 1 - middle), 0.55); // so that samples stand out
      if (DATA[setup.data].classes) {
        c.fillStyle = colours.ink; // the boundary, where ŷ crosses 1/2
        const cell = size / at.columns;
        for (let r = 0; r < at.rows; r++)
          for (let k = r * at.columns; k < (r + 1) * at.columns - 1; k++)
            for (const next of r < at.rows - 1 ? [k + 1, k + at.columns] : [k + 1])
              if ((a[k] >= 0.5) !== (a[next] >= 0.5)) c.fillRect((k % at.columns) * cell + cell / 2, r * cell + cell / 2, cell / 2, cell / 2);
      }
    } else {
      c.fillStyle = `rgb(${colours.paper})`;
      c.fillRect(0, 0, size, size);
      c.strokeStyle = colours.ink;
      c.lineWidth = 2;
      c.beginPath();
      for (let k = 0; k < at.n; k++) c.lineTo(to(at.X[k]), size - to(a[k]));
      c.stroke();
    }
    for (const [part, hollow] of [[train, false], [test, true]]) if (part) drawSamplesOn(c, part, hollow, to, size, net.sizes[1]);
    canvas.setAttribute("aria-label", DATA[setup.data].classes || net.sizes[1] === 2
      ? "Prediction over the plane of the two inputs, with the samples: squares for target 1, discs for 0, hollow where held out"
      : "Prediction as a curve over the input, with the samples as discs, hollow where held out");
  }

  function drawSamplesOn(c, part, hollow, to, size, inputs) {
    const { X, Y, n } = part, outputs = Y.length / n;
    c.lineWidth = 1.2;
    for (let r = 0; r < n; r++) {
      const one = inputs === 2 && Y[r * outputs] >= 0.5;
      const x = to(X[r * inputs]), y = size - to(inputs === 2 ? X[2 * r + 1] : Y[r]);
      c.beginPath();
      one ? c.rect(x - 3, y - 3, 6, 6) : c.arc(x, y, 3.2, 0, 7);
      c.fillStyle = hollow ? `rgb(${colours.paper})` : `rgb(${one ? colours.plus : colours.minus})`;
      c.strokeStyle = colours.ink;
      c.fill();
      c.stroke();
    }
    if (part === world.train && part.n > 1) {
      c.beginPath();
      c.lineWidth = 2;
      c.arc(to(X[sample * inputs]), size - to(inputs === 2 ? X[2 * sample + 1] : Y[sample]), 8, 0, 7);
      c.stroke();
    }
  }

  function drawCosts() {
    const canvas = parts.curve, c = canvas.getContext("2d"), { width: w, height: h } = canvas;
    c.fillStyle = `rgb(${colours.paper})`;
    c.fillRect(0, 0, w, h);
    const finite = curve.flatMap((p) => [p[1], p[2]]).filter((x) => Number.isFinite(x) && x > 0);
    if (!finite.length) return;
    const top = Math.log(Math.max(...finite)) + 0.1, bottom = Math.min(Math.log(Math.min(...finite)), top - 1) - 0.1, last = Math.max(curve.at(-1)[0], 1);
    for (const [k, dash] of [[1, []], [2, [4, 3]]]) {
      c.setLineDash(dash);
      c.strokeStyle = colours.ink;
      c.lineWidth = 1.5;
      c.beginPath();
      for (const p of curve) if (p[k] > 0 && Number.isFinite(p[k])) c.lineTo(6 + ((w - 12) * p[0]) / last, ((top - Math.log(p[k])) / (top - bottom)) * h);
      c.stroke();
    }
    c.setLineDash([]);
    c.fillStyle = colours.ink;
    c.font = "13px sans-serif";
    c.textAlign = "right";
    c.fillText(short(Math.exp(top - 0.1), 2), w - 4, 18);
    c.fillText(`${short(Math.exp(bottom + 0.1), 2)}; update ${curve.at(-1)[0]}`, w - 4, h - 9);
    const [t, J, held] = curve.at(-1);
    canvas.setAttribute("aria-label", `Cost J against updates, on a logarithmic axis: on the training samples from ${short(curve[0][1])} to ${short(J)} after ${t} updates${Number.isFinite(held) ? `; dashed, on those held out, ${short(held)}` : ""}`);
  }
  const short = (x, places = 3) => {
    if (!Number.isFinite(x)) return "not a number";
    const far = x && (Math.abs(x) < 1e-3 || Math.abs(x) >= 1e6), [digits, power] = x.toExponential(1).split("e");
    const raised = [...String(Number(power))].map((c) => "⁰¹²³⁴⁵⁶⁷⁸⁹⁻"["0123456789-".indexOf(c)]).join("");
    return (far ? `${digits}·10${raised}` : String(Number(x.toPrecision(places)))).replace(/^-/, "−");
  };

  function drawLabels() {
    const { net, train } = world, L = net.L;
    if (stage) onePass(net, train, sample);
    for (const [l, j, label] of parts.labels) {
      const forward = stage && l <= stage, backward = stage > L && l > 1 && l >= 2 * L - stage + 1;
      label.textContent = [forward && `a ${short(net.a[l][j - 1])}`, backward && `δ ${short(net.delta[l][j - 1])}`].filter(Boolean).join("\n");
    }
  }

  function drawLayers() {
    const { net, train, seen } = world;
    engine.forward(seen, train.X, train.all, 0, train.n);
    engine.backward(seen, train.Y, train.all, 0, train.n);
    const norms = [];
    for (let l = 2; l <= net.L; l++) {
      let sum = 0;
      for (let k = net.W[l]; k < net.b[l]; k++) sum += seen.dv[k] ** 2;
      norms.push([l, Math.sqrt(sum)]);
    }
    const most = Math.max(...norms.map((n) => n[1]), 1e-300);
    if (parts.lengths?.length !== norms.length) buildLayers(norms.map((n) => n[0]));
    norms.forEach(([, g], k) => {
      const [bar, text] = parts.lengths[k];
      bar.style.transform = `scaleX(${g > 0 ? Math.max(0.02, 1 + 0.12 * Math.log10(g / most)) : 0})`;
      text.textContent = short(g);
    });
  }
  function buildLayers(layers) {
    parts.lengths = layers.map(() => [make("span", { class: "pg-length" }), make("span", {})]);
    parts.layers.replaceChildren(make("p", {}, "Length of the gradient, by layer, on a logarithmic scale"),
      ...parts.lengths.map(([bar, text], k) => make("div", { class: "pg-layer" }, make("span", {}, `layer ${layers[k]}`), make("span", { class: "pg-track" }, bar), text)));
  }

  function tell(now) {
    const { run } = world, [, J, held] = curve.at(-1), n = world.train.n;
    const epochs = (run.t / inEpoch()).toFixed(run.t % inEpoch() ? 1 : 0);
    const text = alive() ? `${run.t ? "" : `${world.said} `}Update ${run.t} (epoch ${epochs}, ${n} ${n > 1 ? "samples" : "sample"}): J = ${short(J, 4)}${Number.isFinite(held) ? ` on the training samples, ${short(held, 4)} on those held out` : ""}.${J > 2 * curve[0][1] ? ` That is ${short(J / curve[0][1], 2)} times the cost at the start: is the learning rate too large?` : ""}`.trim()
      : `After ${run.t} updates the cost or a weight is no longer a number: the learning rate is too large. ${history.length ? `Back leads to update ${history.at(-1).t}; or` : "Choose a smaller one, or"} start over.`;
    parts.status.textContent = text;
    const clock = performance.now();
    if (now || clock - told > 3000) {
      told = clock;
      if (now || playing) parts.live.textContent = playing ? text : parts.live.textContent;
    }
    if (now && !playing) parts.live.textContent = text;
  }

  function showChain() {
    const { net, train } = world;
    if (playing) return;
    parts.chosen.textContent = "";
    if (!alive()) {
      parts.chain.replaceChildren(make("p", {}, "The cost or a weight is no longer a number: there is no derivative to show."));
      return parts.nudge.replaceChildren();
    }
    onePass(net, train, sample);
    describe();
    parts.chain.replaceChildren(...chainOf(net, train, sample, picked).map(({ heading, html }) => {
      const box = make("div", { class: "pg-formula" }, make("h4", {}, heading)), maths = make("div", { class: "math-scroll" });
      maths.innerHTML = html;
      box.append(maths);
      return box;
    }));
    showNudge();
  }

  /** The numbers that the formulas begin with: the sample, its cost, and what was picked. */
  function describe() {
    const { net, train, setup } = world, { X, Y, n } = train, row = (values, d) => Array.from(values.subarray(sample * d, (sample + 1) * d), (x) => short(x, 4));
    const tuple = (found) => (found.length > 1 ? `(${found.join(", ")})` : found[0]);
    const value = picked[0] === "z" ? "" : ` The ${picked[0] === "w" ? "weight" : "bias"} is ${short(net.v[indexOf(net, picked)], 4)}.`;
    parts.chosen.textContent = `Sample ${sample + 1}: x = ${tuple(row(X, net.sizes[1]))}, y = ${tuple(row(Y, Y.length / n))}. J is its ${CHOICES.loss[1][setup.loss]}${setup.l2 ? ", without the penalty" : ""}.${value}`;
  }

  function showNudge() {
    const { net, train } = world, h = Number(parts.h?.value ?? 0.1);
    const found = nudge(net, train, sample, picked, h), shown = found.length > 14 ? [...found.slice(0, 13), found.at(-1)] : found;
    const cell = (html, tag = "td") => { const e = make(tag, tag === "th" ? { scope: "row" } : {}); e.innerHTML = html; return e; };
    const maths = (inside) => `<math>${inside}</math>`;
    const what = { z: "sum", a: "activation", J: "cost" };
    const row = ({ station, change, product }) => make("tr", {}, cell(`${what[station[0]]} ${maths(sign(station))}`, "th"), cell(maths(number(change))), cell(maths(number(product))), cell(maths(number(change - product))));
    const h0 = parts.h || make("select", { id: "pg-h", onchange: showNudge }, ...[0.5, 0.1, 0.01, 0.001].map((x) => make("option", { value: x, selected: x === h }, String(x))));
    parts.h = h0;
    const table = make("table", {}, make("caption", {}, `What each station answers when ${picked[0] === "z" ? "the sum" : picked[0] === "w" ? "the weight" : "the bias"} is moved by h`),
      make("thead", {}, make("tr", {}, ...["station", "moved by", "h times the factors so far", "gap"].map((t) => make("th", { scope: "col" }, t)))),
      make("tbody", {}, ...shown.map(row)));
    const left = found.length - shown.length;
    parts.nudge.replaceChildren(make("h3", {}, "Nudge it"), make("div", { class: "pg-fields" }, make("label", { for: "pg-h" }, make("span", {}, "h"), h0)),
      make("div", { class: "pg-table" }, table), ...(left ? [make("p", {}, `${left} stations between are left out.`)] : []));
    root.dispatchEvent(new Event("written", { bubbles: true })); // page.js looks after what scrolls
  }

  // ---- carrying on ----

  async function copyLink() {
    const link = location.href.split("#")[0] + writeLink(world.setup);
    try {
      await navigator.clipboard.writeText(link);
      parts.copied.textContent = "The link is copied.";
    } catch {
      parts.copied.textContent = `The link: ${link}`;
    }
  }
  function saveNotebook() {
    const text = JSON.stringify(notebook(begin(world.setup), Math.max(world.run.t, 1)), null, 1);
    const a = make("a", { href: URL.createObjectURL(new Blob([text], { type: "application/x-ipynb+json" })), download: "playground.ipynb" });
    a.click();
    setTimeout(() => URL.revokeObjectURL(a.href), 1000);
  }

  new MutationObserver(() => { readColours(); draw(); }).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  const asked = () => /data=/.test(location.hash);
  // the link of this page that asked for a set-up, such as a question of the tour
  addEventListener("click", (e) => { cameBy = e.target.closest('a[href^="#data="]') || cameBy; });
  addEventListener("hashchange", () => { if (asked()) arrive(); });
  asked() ? arrive() : restart(readLink(""));
}
