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

  function update() {
    document.querySelectorAll(scrollers).forEach(function (element) {
      var wide = element.scrollWidth > element.clientWidth + 1;
      if (wide && !element.hasAttribute("tabindex")) {
        element.tabIndex = 0;
        element.dataset.scrolls = "yes";
        if (!element.hasAttribute("role")) element.setAttribute("role", "group");
        if (!element.hasAttribute("aria-label")) element.setAttribute("aria-label", name(element));
      } else if (!wide && element.dataset.scrolls) {
        ["tabindex", "role", "aria-label", "data-scrolls"].forEach(function (a) { element.removeAttribute(a); });
      }
    });
  }

  function ready() {
    update();
    window.addEventListener("resize", update);
    document.addEventListener("toggle", update, true);   // a box that opens shows what was hidden
    if (document.fonts && document.fonts.ready) document.fonts.ready.then(update);
  }
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", ready);
  else ready();
})();
