/* Controls over frames drawn beforehand: <figure class="hg-explore">, written by handgrad.explore.
   No dependency; safe to load twice. */
(function () {
  "use strict";

  function start(figure) {
    if (figure.dataset.ready) return;
    figure.dataset.ready = "yes";
    var data = JSON.parse(figure.querySelector('script[type="application/json"]').textContent);
    var image = figure.querySelector("img"), say = figure.querySelector(".hg-say");
    var words = say.firstElementChild;
    var controls = [].slice.call(figure.querySelectorAll("input[type=range],select"));
    var button = figure.querySelector("button"), timer = null, wanted = -1, loaded = {};
    var motion = window.matchMedia("(prefers-reduced-motion: reduce)");

    function position(control) {
      return control.type === "range" ? +control.value : control.selectedIndex;
    }

    function load(k) {                       // fetch and decode a frame, once
      if (!loaded[k]) {
        var picture = new Image();
        picture.src = data.frames[k];
        loaded[k] = picture.decode().catch(function () {});
      }
      return loaded[k];
    }

    function show() {
      var at = 0;
      controls.forEach(function (control, i) {
        var p = position(control), text = data.values[i][p];
        at = at * data.shape[i] + p;
        if (control.type === "range") {
          control.setAttribute("aria-valuetext", text);
          control.parentNode.querySelector("output").textContent = text;
        }
      });
      if (at === wanted) return;
      wanted = at;
      load(data.frame[at]).then(function () {
        if (wanted !== at) return;           // the reader has moved on
        image.src = data.frames[data.frame[at]];
        image.alt = data.alts[at];
        words.textContent = data.alts[at];
        figure.dataset.at = at;
      });
    }

    function stop() {
      clearInterval(timer);
      timer = null;
      if (button) button.textContent = motion.matches ? "Next" : "Play";
    }

    if (button) {
      var played = +button.dataset.input, target = controls[played], last = data.shape[played] - 1;
      var step = function () {
        var next = position(target) + 1;
        if (next > last) next = 0;
        if (target.type === "range") target.value = next; else target.selectedIndex = next;
        show();
        if (timer && next === last) stop();
      };
      button.addEventListener("click", function () {
        if (motion.matches) { step(); return; }     // nothing moves by itself: a step for each press
        if (timer) { stop(); say.setAttribute("aria-live", "polite"); return; }
        button.textContent = "Pause";
        say.setAttribute("aria-live", "off");       // no reading out of every frame while it runs
        timer = setInterval(step, Math.min(800, Math.max(250, 8000 / (last + 1))));
        step();
      });
      document.addEventListener("visibilitychange", function () { if (document.hidden && timer) stop(); });
      motion.addEventListener("change", stop);
      stop();
    }
    controls.forEach(function (control) {
      control.addEventListener("input", function (event) {
        if (event.isTrusted && timer) stop();
        say.setAttribute("aria-live", "polite");
        show();
      });
    });
    ["pointerenter", "focusin", "touchstart"].forEach(function (name) {
      figure.addEventListener(name, function () { data.frames.forEach(function (_, k) { load(k); }); },
        { once: true, passive: true });
    });
    figure.querySelector(".hg-controls").hidden = false;
    wanted = controls.reduce(function (at, control, i) {
      var first = control.type === "range" ? +control.defaultValue
        : [].findIndex.call(control.options, function (option) { return option.defaultSelected; });
      return at * data.shape[i] + first;
    }, 0);
    figure.dataset.at = wanted;
    show();                                  // the browser may have restored another position
  }

  function all() { [].forEach.call(document.querySelectorAll("figure.hg-explore"), start); }
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", all);
  else all();
})();
