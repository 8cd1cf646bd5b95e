"""Opening pages of the site in a guarded browser, and what was seen of each."""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from notebooks import chapter_order

ROOT = Path(__file__).resolve().parent.parent.parent
WIDE = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}

# nobody touches the page meanwhile: on a phone the browser takes its first width for input
WATCH = """
window.shifts = [];
new PerformanceObserver(list => list.getEntries().forEach(e => window.shifts.push({
  by: e.value, at: scrollY, time: Math.round(e.startTime), what: e.sources.map(s => [
    s.node && (s.node.outerHTML || s.node.textContent).slice(0, 80), s.previousRect.y, s.currentRect.y])
}))).observe({type: "layout-shift", buffered: true});
"""
# as a reader does: through the page to its end
DOWN = """async () => {
  const frame = () => new Promise(requestAnimationFrame);
  for (let y = 0; y < document.documentElement.scrollHeight; y += 1500) {
    window.scrollTo(0, y);
    for (let i = 0; i < 3; i++) await frame();
  }
}"""
LOOK = """() => {
  const visible = e => e.checkVisibility() && !!(e.offsetWidth || e.offsetHeight || e.getClientRects().length);
  const article = document.querySelector("article") || document.body;
  return {
    title: document.title,
    description: (document.querySelector('meta[name="description"]') || {}).content || "",
    shifts: window.shifts || [],
    standIn: [...document.fonts].some(f => f.family.includes("Book Times") && f.status === "loaded"),
    headings: [...document.querySelectorAll("h1,h2,h3,h4,h5,h6")].filter(visible)
      .map(h => [+h.tagName[1], h.textContent.trim()]),
    images: [...document.images].map(i => ({alt: i.getAttribute("alt"), width: i.getAttribute("width"),
      height: i.getAttribute("height"), src: i.getAttribute("src"), figure: !!i.closest("figure"),
      hidden: i.getAttribute("aria-hidden") === "true" || i.alt === "" && i.getAttribute("role") === "presentation"})),
    links: [...document.querySelectorAll("a[href]")].map(a => a.getAttribute("href")),
    ids: [...document.querySelectorAll("[id]")].map(e => e.id),
    pageWidth: document.documentElement.clientWidth,
    contentWidth: document.documentElement.scrollWidth,
    sticksOut: [...article.querySelectorAll("*")].filter(e => {
      const box = e.getBoundingClientRect();
      if (!visible(e) || box.right <= document.documentElement.clientWidth + 1) return false;
      for (let p = e.parentElement; p && p !== document.body; p = p.parentElement)
        if (getComputedStyle(p).overflowX !== "visible") return false;
      return true;
    }).slice(0, 5).map(e => e.outerHTML.slice(0, 120)),
    deaf: [...article.querySelectorAll("*")].filter(e => e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0 &&
        ["auto", "scroll"].includes(getComputedStyle(e).overflowX) && e.tabIndex < 0 && visible(e) &&
        !e.querySelector("a[href], button, input, select, [tabindex]"))
      .slice(0, 5).map(e => e.outerHTML.slice(0, 120)),
    formulas: document.querySelectorAll("math").length,
    bytes: performance.getEntriesByType("resource").concat(performance.getEntriesByType("navigation"))
      .reduce((sum, e) => sum + e.encodedBodySize, 0),
    requests: performance.getEntriesByType("resource").length + 1,
  };
}"""

# heights of the words under each moving figure, for everything that it can show
ROOMS = """() => {
  document.querySelectorAll("details").forEach(d => { d.open = true; });
  return [...document.querySelectorAll("figure.hg-explore")].map(figure => {
    const data = JSON.parse(figure.querySelector("script").textContent);
    const words = figure.querySelector(".hg-say > span");
    return data.alts.map(text => { words.textContent = text; return words.parentNode.offsetHeight; });
  });
}"""

# what is folded away or far from the screen is read as well
SHOW_ALL = """() => {
  document.querySelectorAll("details").forEach(d => { d.open = true; });
  const style = document.createElement("style");
  style.textContent = ".bd-article > section > section { content-visibility: visible !important }";
  document.head.append(style);
  document.getAnimations().forEach(a => a.finish());  // what was folded away fades in
  return document.fonts.ready.then(() => 0);
}"""

COLOURS = ["color-contrast", "link-in-text-block"]
# Most of a page's words have the looks of others: one of each kind is enough to be asked for its
# colours, and axe-core passes over what is hidden (leaving it out by name takes it minutes).
ONE_OF_A_KIND = """() => {
  const behind = new Map();
  const ground = e => {
    if (!e) return "";
    if (!behind.has(e)) {
      const {opacity, backgroundColor, backgroundImage} = getComputedStyle(e);
      const covers = backgroundColor !== "rgba(0, 0, 0, 0)";
      behind.set(e, [opacity, backgroundImage, covers ? backgroundColor : ground(e.parentElement)].join());
    }
    return behind.get(e);
  };
  const known = new Set();
  for (const e of document.querySelectorAll("article *")) {
    if (e.childElementCount || !e.textContent.trim()) continue;
    const {color, fontSize, fontWeight, textDecorationLine} = getComputedStyle(e);
    const looks = [ground(e), color, fontSize, fontWeight, textDecorationLine, !!e.closest("a")].join();
    if (known.has(looks)) e.style.visibility = "hidden";
    known.add(looks);
  }
}"""


def book_pages():
    """Names of all pages: those of the table of contents, the search page and the index."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))
    return [page for page, _ in chapter_order(toc)] + ["search", "genindex"]


def has_code(page):
    """True for pages whose source has cells that run."""
    path = ROOT / f"{page}.md"
    return path.exists() and "{code-cell}" in path.read_text("utf-8")


@dataclass
class Seen:
    """What one visit of a page saw."""

    page: str
    outside: list = field(default_factory=list)
    errors: list = field(default_factory=list)
    failed: list = field(default_factory=list)
    facts: dict = field(default_factory=dict)
    rooms: list = field(default_factory=list)
    axe: list = field(default_factory=list)


def guard(context, base, seen):
    """Cut everything but the site itself, and note what was tried and what went wrong."""

    def route(asked):
        url = asked.request.url
        if url.startswith((base, "data:", "blob:")):
            asked.continue_()
        else:
            seen().outside.append(url)
            asked.abort()

    context.route("**/*", route)
    context.add_init_script(WATCH)


def listen(page, seen):
    page.on("console", lambda m: m.type == "error" and seen().errors.append(m.text))
    page.on("pageerror", lambda e: seen().errors.append(str(e)))
    # a picture of the page before, still on its way, is broken off when the next page opens
    left = "net::ERR_ABORTED"
    page.on("requestfailed", lambda r: r.failure == left or seen().failed.append(r.url))
    page.on("response", lambda r: r.status >= 400 and seen().failed.append(f"{r.status} {r.url}"))


LATE = re.compile(r"\.(woff2|js)(\?.*)?$")
PAINTED = "performance.getEntriesByName('first-contentful-paint').length > 0"


class Visits:
    """Visits each page once for every way of looking at it, and remembers what was seen.

    As on a slow line: fonts and scripts arrive when the reader has seen the page already.
    With `axe`, axe-core looks at it too.
    """

    def __init__(self, browser, base, axe=False, **context):
        self.base, self.known, self.now, self.axe = base, {}, Seen(""), axe
        self.context = browser.new_context(**context)
        if axe:
            self.context.add_init_script(axe_source())
        guard(self.context, base, lambda: self.now)
        self.page = self.context.new_page()
        listen(self.page, lambda: self.now)

    def __call__(self, name):
        if name not in self.known:
            self.now = self.known[name] = Seen(name)
            self.open(f"{self.base}/{name}.html")
            self.page.evaluate("document.fonts.ready.then(() => 0)")
            self.page.evaluate(DOWN)
            self.now.facts = self.page.evaluate(LOOK)
            self.now.rooms = self.page.evaluate(ROOMS)  # after the look: it changes the page
            if self.axe:
                self.page.evaluate(SHOW_ALL)
                self.page.evaluate(DOWN)  # what scrolls can be reached by key once it has been near
                self.now.axe = axe_faults(self.page)
        return self.known[name]

    def open(self, address):
        late = []
        self.context.route(LATE, lambda asked: late.append(asked))  # asked before the guard
        try:
            self.page.goto(address, wait_until="commit")
            self.page.wait_for_function(PAINTED)
        finally:
            self.context.unroute(LATE)
        for asked in late:
            asked.fallback()  # to the guard
        self.page.wait_for_load_state("load")


def axe_source():
    path = ROOT / "node_modules/axe-core/axe.min.js"
    if not path.exists():
        raise FileNotFoundError("axe-core is not installed: run `npm ci` (make test does)")
    return path.read_text("utf-8")


def axe_faults(page, colours_only=False):
    """What axe-core finds on the page, or of its colours: one line for each kind of fault.

    It changes the page: of words that look alike, one is left to be seen.
    """
    run = "async options => (await axe.run(document, options)).violations"
    found = []
    if not colours_only:
        off = {"rules": {rule: {"enabled": False} for rule in COLOURS}}
        found += page.evaluate(run, {"resultTypes": ["violations"], **off})
    page.evaluate(ONE_OF_A_KIND)
    found += page.evaluate(run, {"resultTypes": ["violations"], "runOnly": COLOURS})
    return [
        f"{v['id']}: {v['help']}: " + json.dumps([n["html"][:150] for n in v["nodes"][:3]])
        for v in found
    ]
