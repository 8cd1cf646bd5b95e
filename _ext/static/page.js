/* What a style sheet cannot give: whatever scrolls within itself takes the focus, and says on which side
there is more of it; a formula in a sentence scrolls where it is wider than the screen. */
(function () {
  "use strict";
  var scrollers = ".math-scroll, .hg-table, .pst-scrollable-table-container, .cell_output > .output, " +
    ".cell_output pre, div.highlight pre, .ledger-frame, .pg-table, span.math";

  function name(element) {
    if (element.matches(".math-scroll, span.math")) return "Formula, scrolls sideways";
    if (element.querySelector("table")) return "Table, scrolls sideways";
    return "Code or output, scrolls sideways";
  }

  function more(element) {
    var left = element.scrollLeft > 2;
    var right = element.scrollLeft + element.clientWidth < element.scrollWidth - 2;
    if (left || right) element.dataset.more = left && right ? "both" : left ? "left" : "right";
    else element.removeAttribute("data-more");
  }

  /* what a block has for the lines of its text */
  function room(block) {
    var style = getComputedStyle(block);
    return block.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
  }

  /* a formula in a sentence, beside the block that holds it; a table scrolls as a whole */
  function checkInline(element) {
    if (window.innerWidth > 600 && !element.classList.contains("math-wide")) return false;
    var block = element.closest("p, li, dt, dd, figcaption, summary, td, th, h1, h2, h3, h4, div");
    if (block.closest("td, th")) return false;
    var wide = element.firstElementChild.getBoundingClientRect().width > room(block);
    element.classList.toggle("math-wide", wide);
    return wide;
  }

  function check(element) {
    var wide = element.matches("span.math") ? checkInline(element) : element.scrollWidth > element.clientWidth + 1;
    if (wide && !element.hasAttribute("tabindex")) {
      element.tabIndex = 0;
      element.dataset.scrolls = "yes";
      if (!element.hasAttribute("role")) element.setAttribute("role", "group");
      if (!element.hasAttribute("aria-label")) element.setAttribute("aria-label", name(element));
    } else if (!wide && element.dataset.scrolls) {
      ["tabindex", "role", "aria-label", "data-scrolls"].forEach(function (a) { element.removeAttribute(a); });
    }
    if (wide) more(element);
    else element.removeAttribute("data-more");
  }

  function start() {
    // looked at when near the screen, so that a long page opens fast
    var seen = new Set();
    var near = new IntersectionObserver(function (entries) {
      entries.filter(function (e) { return e.isIntersecting; }).forEach(function (e) { seen.add(e.target); check(e.target); });
    }, { rootMargin: "1000px" });
    function watch(part) { part.querySelectorAll(scrollers).forEach(function (element) { near.observe(element); }); }
    watch(document);
    document.addEventListener("written", function (e) { watch(e.target); });   // a script has put new parts there
    document.addEventListener("scroll", function (e) { if (seen.has(e.target)) more(e.target); }, { capture: true, passive: true });
    function again() { seen.forEach(function (e) { if (e.isConnected) check(e); else seen.delete(e); }); }
    window.addEventListener("resize", again);
    document.fonts.ready.then(again);
  }
  start();   // deferred: the page is there
})();
