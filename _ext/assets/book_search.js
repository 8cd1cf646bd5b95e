/* Finds sections of the book by words and by formulas as typed, `w_ij^l`, and shows where they stand. */
(function () {
  "use strict";
  var MOST = 40, LENGTH = 260;
  var WEIGHTS = { title: 6, page: 2.5, text: 1, more: 1 };
  var ASKING = ["what", "how", "why", "when", "which", "does", "do", "can", "you", "we", "i"];
  /* what others call it, and this book otherwise */
  var ALSO = {
    sigmoid: "logistic", loss: "cost", initialisation: "starting", initialise: "starting", hadamard: "elementwise",
    convergence: "stops", converge: "stops", checking: "check", backprop: "backpropagation", jacobi: "jacobian",
    overfitting: "penalty", ridge: "penalty", decay: "penalty", neuron: "unit", node: "unit", notation: "names"
  };
  /* pages about the book, and lists, come after those that explain; so do the ends of chapters */
  var LATER = [[/^chapters\/(api|ledger|errata|bibliography|how_|instructors|intro)/, 0.6], [/^chapters\/derivations/, 0.85]];
  var ENDS = { exercises: 0.7, summary: 0.75 };
  var stems = new Map(), stemmer;

  /* letters without accents and small, signs as they are typed, -ise as the book writes it */
  function plain(text) {
    return text.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").toLowerCase()
      .replace(/[−–]/g, "-").replace(/[′’]/g, "'").replace(/⋅/g, "·");
  }

  function stem(word) {
    if (!stems.has(word)) {
      var s = word.replace(/iz(e|ed|er|es|ing|ation|ations)$/, "is$1");
      stems.set(word, /^[a-z]{3,}$/.test(s) ? stemmer.stemWord(s) : s);
    }
    return stems.get(word);
  }

  function wordsOf(text) { return plain(text).match(/[\p{L}\p{N}∂]+/gu) || []; }

  /* the words of a text, and those with a hyphen also as one */
  function allWords(text) {
    return wordsOf(text).concat((plain(text).match(/\p{L}{3,}-\p{L}{3,}/gu) || []).map(function (w) { return w.replace("-", ""); }));
  }

  function without(text) { return plain(text).replace(/\s/g, ""); }

  /* parts of a query that are formulas: signs between letters or figures */
  function formulas(query) {
    var whole = /[=+*^_/·]/.test(query) && !/[a-z]{4}/i.test(query) ? [query] : query.split(/\s+/);
    return whole.filter(function (part) { return /[\p{L}\p{N}'][_^/=+*·][\p{L}\p{N}(∂]|\w'\(/u.test(part); })
      .map(function (part) { return without(part).replace(/[{}$\\]/g, "").replace(/\*/g, "·"); });
  }

  function read(rows) {
    return rows.map(function (row) {
      var section = { page: row[0], anchor: row[1], pageTitle: row[2], title: row[3], text: row[4], counts: new Map(), length: 0 };
      [[section.title, WEIGHTS.title], [section.title === section.pageTitle ? "" : section.pageTitle, WEIGHTS.page], [section.text, WEIGHTS.text], [row[5].join(" "), WEIGHTS.more]]
        .forEach(function (part) {
          allWords(part[0]).forEach(function (word) {
            var s = stem(word);
            section.counts.set(s, (section.counts.get(s) || 0) + part[1]);
            section.length += part[1];
          });
        });
      section.heads = [stemmed(section.title), stemmed(section.pageTitle)];
      section.dense = without(section.text);
      section.said = stemmed(section.text);
      section.phrases = new Set(row[5].map(stemmed));
      section.weight = LATER.reduce(function (w, later) { return later[0].test(section.page) ? w * later[1] : w; },
        ENDS[plain(section.title).replace(/^[\d. ]+/, "")] || 1);
      return section;
    });
  }

  function stemmed(text) { return " " + wordsOf(text).map(stem).join(" ") + " "; }

  /* the sections that answer best, each with its score (BM25, with more for titles and whole phrases) */
  function find(query, sections) {
    var typed = formulas(query);
    var words = wordsOf(query.split(/\s+/).filter(function (part) { return formulas(part).length === 0; }).join(" "));
    if (typed.length === 1 && typed[0] === without(query)) words = [];
    var left = words.filter(function (word) { return stopwords.indexOf(word) < 0 && ASKING.indexOf(word) < 0; });
    var names = Array.from(new Set((left.length ? left : words).map(stem)));
    var mean = sections.reduce(function (sum, s) { return sum + s.length; }, 0) / sections.length;
    var vocabulary = new Set();
    sections.forEach(function (s) { s.counts.forEach(function (_, name) { vocabulary.add(name); }); });
    var others = {};
    Object.keys(ALSO).forEach(function (word) { others[stem(word)] = stem(ALSO[word]); });

    function rarity(holds) {
      var n = sections.filter(holds).length;
      return Math.log(1 + (sections.length - n + 0.5) / (n + 0.5));
    }

    /* a word, what else it is called, and words that go on a little (further, if there is nothing else) */
    var terms = names.map(function (name) {
      var near = { }, further = vocabulary.has(name) ? 2 : 20;
      near[name] = 1;
      if (others[name]) near[others[name]] = 0.8;
      if (name.length > 2) vocabulary.forEach(function (word) {
        if (word !== name && word.startsWith(name) && word.length <= name.length + further && (name.length > 3 || further > 2)) near[word] = 0.5;
      });
      var forms = Object.keys(near);
      function count(s) { return forms.reduce(function (sum, form) { return sum + near[form] * (s.counts.get(form) || 0); }, 0); }
      function heads(s, i) { return forms.some(function (form) { return s.heads[i].includes(" " + form + " "); }); }
      return { count: count, heads: heads, weight: rarity(count) };
    });
    var total = terms.reduce(function (sum, t) { return sum + t.weight; }, 0) || 1;
    var marks = typed.map(function (part) {
      var holds = function (s) { return s.dense.split(part).length - 1; };
      return { holds: holds, weight: rarity(holds) };
    });
    var phrase = stemmed(words.join(" "));

    return sections.map(function (s) {
      var score = 0, met = 0, headed = 0;
      terms.forEach(function (t) {
        var count = t.count(s);
        if (!count) return;
        met += t.weight;
        headed += t.weight * (t.heads(s, 0) ? 1 : t.heads(s, 1) ? 0.4 : 0);
        score += t.weight * count * 2.2 / (count + 1.2 * (0.4 + 0.6 * s.length / mean));
      });
      score *= Math.pow(met / total, 2) * (1 + headed / total);
      if (words.length > 1 && s.said.includes(phrase)) score *= 1.3;
      if (words.length > 1 && s.phrases.has(phrase)) score *= 1.6;
      if (words.length && s.heads[0].includes(phrase)) score += 4 + 8 * phrase.length / s.heads[0].length;
      marks.forEach(function (m) { var n = m.holds(s); if (n) score += m.weight * (2 + Math.log(n) / (1 + s.length / mean)); });
      if (/notation$/.test(s.page) && (!words.length || (words.length < 3 && s.phrases.has(phrase)))) score *= 1.5;   // a sign: what is it?
      return { section: s, score: score * s.weight };
    }).filter(function (r) { return r.score > 0.4; })
      .sort(function (a, b) { return b.score - a.score; }).slice(0, MOST);
  }

  /* the piece of a text that holds most of what was asked for */
  function excerpt(text, query) {
    var wanted = new Set(wordsOf(query).filter(function (w) { return stopwords.indexOf(w) < 0; }).map(stem));
    var hits = [], match, pattern = /[\p{L}\p{N}∂]+/gu;
    while ((match = pattern.exec(text))) if (wanted.has(stem(plain(match[0])))) hits.push(match.index);
    var best = hits[0] || 0, most = 0;
    hits.forEach(function (at, i) {
      var n = hits.filter(function (other) { return other >= at && other < at + LENGTH - 60; }).length;
      if (n > most) { most = n; best = hits[i]; }
    });
    var begin = best < 80 ? 0 : text.indexOf(" ", best - 60) + 1;
    var end = begin + LENGTH >= text.length ? text.length : text.lastIndexOf(" ", begin + LENGTH);
    return { words: wanted, text: (begin ? "… " : "") + text.slice(begin, end) + (end < text.length ? " …" : "") };
  }

  function element(name, className, text) {
    var e = document.createElement(name);
    if (className) e.className = className;
    if (text) e.textContent = text;
    return e;
  }

  function marked(piece) {
    var p = element("p", "context");
    piece.text.split(/([\p{L}\p{N}∂]+)/u).forEach(function (part, i) {
      p.append(i % 2 && piece.words.has(stem(plain(part))) ? element("mark", "", part) : part);
    });
    return p;
  }

  function show(query, results) {
    var out = document.getElementById("search-results");
    out.replaceChildren(element("h2", "", "Search results"));
    var said = results.length ? results.length + (results.length === 1 ? " place" : " places") + " found, the likeliest first."
      : "Nothing was found. Try fewer or other words; a formula can be typed as w_ij^l or 1/4.";
    var status = element("p", "search-summary", said);
    status.setAttribute("role", "status");
    var list = element("ul", "search");
    results.forEach(function (r) {
      var s = r.section, item = element("li"), link = element("a", "", s.title === s.pageTitle ? s.title : s.pageTitle + " › " + s.title);
      link.href = s.page + ".html" + (s.title === s.pageTitle ? "" : "#" + s.anchor);
      item.append(link, marked(excerpt(s.text, query)));
      list.append(item);
    });
    out.append(status, list);
  }

  function start() {
    var query = (new URLSearchParams(location.search).get("q") || "").trim();
    document.querySelectorAll('input[name="q"]').forEach(function (input) { input.value = query; });
    if (!query || !window.bookSections) return;
    stemmer = new Stemmer();   // of Sphinx, as its list of stop words
    show(query, find(query, read(window.bookSections)));
  }
  document.addEventListener("DOMContentLoaded", start);
})();
