/* Clocks that run, ages that grow, and a way to stay live where server-sent events do not work: without htmx
   or EventSource the piece is fetched every 10 s. */
(function () {
  "use strict";

  var POLL_MS = 10000;
  var QUIET_MS = 25000; // two beats missed: fetch the piece
  var CUT_MS = 45000; // what is shown is no longer true
  var MOST_TILES = 15; // more do not fit on a wall
  var dom = window.coldshed;
  var root = document.documentElement;
  var aheadMs = Number(document.body.getAttribute("data-now")) - Date.now();
  var lastHeard = Date.now();
  var live = document.getElementById("live");

  root.classList.remove("nojs");

  function sentence(name, fact) {
    return (dom.texts[name] || "").replace("%(n)s", fact).replace("%(at)s", fact);
  }

  function age(ms) {
    var minutes = Math.floor(ms / 60000);
    if (minutes < 1) return sentence("now");
    if (minutes < 60) return sentence("minutes", minutes);
    if (minutes < 1440) return sentence("hours", Math.floor(minutes / 60));
    return sentence("days", Math.floor(minutes / 1440));
  }

  function tick() {
    var now = Date.now() + aheadMs;
    dom.forEach("[data-clock]", function (element) {
      var date = dom.inZone(now, element.getAttribute("data-zone"));
      var text = dom.clock(date);
      if (element.getAttribute("data-clock") === "seconds") text += ":" + dom.twoDigits(date.getSeconds());
      dom.setText(element, text);
    });
    dom.forEach("[data-at]", function (element) {
      dom.setText(element, age(Math.max(0, now - Number(element.getAttribute("data-at")))));
    });
    if (live) showCut();
    fit();
  }

  function onHeard() {
    lastHeard = Date.now();
  }

  /* Says that nothing has come for long, and since when. */
  function showCut() {
    var quietMs = Date.now() - lastHeard;
    var line = document.getElementById("cut");
    var isCut = quietMs > CUT_MS;
    root.classList.toggle("cut", isCut);
    if (!line || line.hidden === !isCut) return;
    line.hidden = !isCut;
    if (isCut) dom.setText(line, sentence("cut", dom.clock(new Date(lastHeard + aheadMs))));
  }

  function swap(html) {
    var piece = document.getElementById("piece");
    if (window.Idiomorph) window.Idiomorph.morph(piece, html, { morphStyle: "innerHTML" });
    else if (piece.innerHTML !== html) piece.innerHTML = html;
    tick();
  }

  function fetchPiece() {
    var request = new XMLHttpRequest();
    request.open("GET", live.getAttribute("data-poll"));
    request.timeout = POLL_MS;
    request.onload = function () {
      if (request.status === 200) {
        onHeard();
        swap(request.responseText);
      } else if (request.status === 401) {
        location.reload();
      }
    };
    request.send();
  }

  function hasStream() {
    return Boolean(window.EventSource && window.htmx && window.htmx.createEventSource);
  }

  function stayLive() {
    document.body.addEventListener("htmx:sseOpen", function (event) {
      onHeard();
      event.detail.source.addEventListener("beat", onHeard);
    });
    document.body.addEventListener("htmx:sseMessage", function () {
      onHeard();
      tick();
    });
    setInterval(function () {
      if (!hasStream() || Date.now() - lastHeard > QUIET_MS) fetchPiece();
    }, POLL_MS);
    document.addEventListener("visibilitychange", function () {
      if (!document.hidden && Date.now() - lastHeard > POLL_MS) fetchPiece();
    });
  }

  /* A wall with more rooms than fit may scroll, and says so by its layout. */
  function fit() {
    var tiles = document.querySelectorAll(".on-board .tile");
    document.body.classList.toggle("overfull", tiles.length > MOST_TILES);
  }

  if (live) stayLive();
  tick();
  setInterval(tick, 1000);
})();
