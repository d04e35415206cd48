/* Clocks that run, ages that grow, and a way to stay live where server-sent events do not work.
   Plain script for old WebViews: without htmx or EventSource the piece is fetched every 10 s. */
(function () {
  "use strict";

  var POLL_MS = 10000;
  var QUIET_MS = 25000; // two beats missed: ask ourselves
  var CUT_MS = 45000; // what is shown is no longer true
  var root = document.documentElement;
  var texts = JSON.parse(document.body.getAttribute("data-texts") || "{}");
  var ahead = Number(document.body.getAttribute("data-now")) - Date.now();
  var heard = Date.now();
  var live = document.getElementById("live");

  root.classList.remove("nojs");

  function now() {
    return Date.now() + ahead;
  }

  function two(n) {
    return (n < 10 ? "0" : "") + n;
  }

  function inZone(at, zone) {
    try {
      return new Date(new Date(at).toLocaleString("en-US", { timeZone: zone }));
    } catch (error) {
      return new Date(at); // an engine that knows no zones
    }
  }

  function say(name, n) {
    return (texts[name] || "").replace("%(n)s", n).replace("%(at)s", n);
  }

  function age(ms) {
    var minutes = Math.floor(ms / 60000);
    if (minutes < 1) return say("now");
    if (minutes < 60) return say("minutes", minutes);
    if (minutes < 1440) return say("hours", Math.floor(minutes / 60));
    return say("days", Math.floor(minutes / 1440));
  }

  function each(selector, act) {
    Array.prototype.forEach.call(document.querySelectorAll(selector), act);
  }

  function put(element, text) {
    if (element.textContent !== text) element.textContent = text;
  }

  function tick() {
    var at = now();
    each("[data-clock]", function (element) {
      var there = inZone(at, element.getAttribute("data-zone"));
      var text = there.getHours() + ":" + two(there.getMinutes());
      if (element.getAttribute("data-clock") === "seconds") text += ":" + two(there.getSeconds());
      put(element, text);
    });
    each("[data-at]", function (element) {
      put(element, age(Math.max(0, at - Number(element.getAttribute("data-at")))));
    });
    if (live) watch();
    fit();
  }

  /* --- staying live --- */

  function arrived() {
    heard = Date.now();
  }

  function watch() {
    var quiet = Date.now() - heard;
    var line = document.getElementById("cut");
    var cut = quiet > CUT_MS;
    root.classList.toggle("cut", cut);
    if (!line || line.hidden === !cut) return;
    line.hidden = !cut;
    var then = new Date(heard + ahead);
    if (cut) put(line, say("cut", then.getHours() + ":" + two(then.getMinutes())));
  }

  function swap(html) {
    var piece = document.getElementById("piece");
    if (window.Idiomorph) window.Idiomorph.morph(piece, html, { morphStyle: "innerHTML" });
    else if (piece.innerHTML !== html) piece.innerHTML = html;
    tick();
  }

  function ask() {
    var request = new XMLHttpRequest();
    request.open("GET", live.getAttribute("data-poll"));
    request.timeout = POLL_MS;
    request.onload = function () {
      if (request.status === 200) {
        arrived();
        swap(request.responseText);
      } else if (request.status === 401) {
        location.reload();
      }
    };
    request.send();
  }

  function streams() {
    return Boolean(window.EventSource && window.htmx && window.htmx.createEventSource);
  }

  function stayLive() {
    document.body.addEventListener("htmx:sseOpen", function (event) {
      arrived();
      event.detail.source.addEventListener("beat", arrived);
    });
    document.body.addEventListener("htmx:sseMessage", function () {
      arrived();
      tick();
    });
    setInterval(function () {
      if (!streams() || Date.now() - heard > QUIET_MS) ask();
    }, POLL_MS);
    document.addEventListener("visibilitychange", function () {
      if (!document.hidden && Date.now() - heard > POLL_MS) ask();
    });
  }

  /* A wall with more rooms than fit may scroll, and says so by its layout. */
  function fit() {
    var tiles = document.querySelectorAll(".on-board .tile");
    document.body.classList.toggle("overfull", tiles.length > 15);
  }

  /* --- forms --- */

  function net() {
    var output = document.querySelector("output[data-net]");
    if (!output) return;
    var value = 0;
    var given = false;
    each("[data-weighs]", function (box) {
      var input = box.querySelector("input");
      var number = parseFloat(input.value.replace(/[,，]/g, ""));
      if (isNaN(number)) return;
      given = true;
      value += Number(box.getAttribute("data-weighs")) * number;
    });
    put(output, given ? String(Math.round(value * 10) / 10) : "—");
  }

  /* 读出来: pressed again it is quiet. The button shows only where a phone can speak. */
  if (window.speechSynthesis && window.SpeechSynthesisUtterance) root.classList.add("speaks");

  function readOut(section) {
    var voice = window.speechSynthesis;
    if (voice.speaking) return voice.cancel();
    Array.prototype.forEach.call(section.querySelectorAll("h2, li"), function (line) {
      if (line.closest("details")) return;
      var said = new window.SpeechSynthesisUtterance(line.textContent);
      said.lang = root.lang;
      said.rate = 0.9;
      voice.speak(said);
    });
  }

  document.addEventListener("input", net);
  document.addEventListener("submit", function (event) {
    var button = event.target.querySelector("button:not([type=button])");
    if (!button) return;
    setTimeout(function () {
      button.disabled = true;
      button.setAttribute("data-word", button.textContent);
      put(button, texts.busy || "");
    }, 0);
  });
  window.addEventListener("pageshow", function () {
    each("button[data-word]", function (button) {
      button.disabled = false;
      put(button, button.getAttribute("data-word"));
      button.removeAttribute("data-word");
    });
  });
  document.addEventListener("click", function (event) {
    if (event.target.closest && event.target.closest("[data-print]")) window.print();
    if (event.target.closest && event.target.closest("[data-reads]")) readOut(event.target.closest("section"));
    var fill = event.target.closest && event.target.closest("[data-fill]");
    if (fill) {
      document.getElementById(fill.getAttribute("data-into")).value = fill.getAttribute("data-fill");
      net();
    }
  });

  /* What is wrong with a form is where the reader stands, not below the edge of the phone. */
  var wrong = document.querySelector(".is-wrong input, .is-wrong select, .page .wrong");
  if (wrong) {
    if (wrong.focus && wrong.type !== "radio") wrong.focus();
    wrong.scrollIntoView({ block: "center" });
  }

  if (live) stayLive();
  net();
  tick();
  setInterval(tick, 1000);
})();
