/* What the keyboard needs and a style sheet cannot give: whatever scrolls within itself takes the focus. */
(function () {
  "use strict";
  var scrollers = ".math-scroll, .hg-table, .pst-scrollable-table-container, .cell_output > .output, " +
    ".cell_output pre, div.highlight pre, .math-wide";

  function name(element) {
    if (element.matches(".math-scroll")) return "Formula, scrolls sideways";
    if (element.querySelector("table")) return "Table, scrolls sideways";
    return "Code or output, scrolls sideways";
  }

  function check(element) {
    var wide = element.scrollWidth > element.clientWidth + 1;
    if (wide && !element.hasAttribute("tabindex")) {
      element.tabIndex = 0;
      element.dataset.scrolls = "yes";
      if (!element.hasAttribute("role")) element.setAttribute("role", "group");
      if (!element.hasAttribute("aria-label")) element.setAttribute("aria-label", name(element));
    } else if (!wide && element.dataset.scrolls) {
      ["tabindex", "role", "aria-label", "data-scrolls"].forEach(function (a) { element.removeAttribute(a); });
    }
  }

  function start() {
    // looked at when near the screen, so that a long page opens fast
    var seen = new Set();
    var near = new IntersectionObserver(function (entries) {
      entries.filter(function (e) { return e.isIntersecting; }).forEach(function (e) { seen.add(e.target); check(e.target); });
    }, { rootMargin: "1000px" });
    document.querySelectorAll(scrollers).forEach(function (element) { near.observe(element); });
    function again() { seen.forEach(check); }
    window.addEventListener("resize", again);
    document.fonts.ready.then(again);
  }
  start();   // deferred: the page is there
})();
