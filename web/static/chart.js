/* A room's curve: the band from lowest to highest, the mean, what it should be, gaps left open, and
   alerts as bars along the top. Touch or point to read a value. */
(function () {
  "use strict";

  var dom = window.coldshed;
  var card = document.getElementById("chart");
  if (!card) return;
  var texts = JSON.parse(card.getAttribute("data-texts"));
  var zone = card.getAttribute("data-zone");
  var plotBox = card.querySelector("[data-role=plot]");
  var selection = {
    span: "day",
    metric: card.querySelector("[data-metric][aria-pressed=true]").getAttribute("data-metric"),
    place: "air",
  };
  var plot = null;
  var curve = null;
  var lastRequest = 0;

  function role(name) {
    return card.querySelector("[data-role=" + name + "]");
  }

  function localDate(seconds) {
    try {
      return window.uPlot.tzDate(new Date(seconds * 1000), zone);
    } catch (error) {
      return new Date(seconds * 1000);
    }
  }

  function inPageLanguage(date, parts) {
    return date.toLocaleDateString(document.documentElement.lang, parts);
  }

  function day(date) {
    return inPageLanguage(date, { month: "short", day: "numeric" });
  }

  function label(seconds) {
    var date = localDate(seconds);
    if (selection.span === "day") return dom.clock(date);
    return day(date) + (selection.span === "year" ? "" : " " + dom.clock(date));
  }

  function tick(seconds, step) {
    var date = localDate(seconds);
    if (step < 86400 && (date.getHours() || date.getMinutes())) return dom.clock(date);
    if (step >= 28 * 86400) return inPageLanguage(date, { month: "short" });
    return day(date);
  }

  function value(number) {
    if (number === null || number === undefined) return texts.gap;
    return number.toFixed(curve.decimals).replace("-", "−");
  }

  function showValue(index) {
    var at = role("at");
    if (index === null || index === undefined || !curve.at.length) {
      at.textContent =
        curve.lowest === null
          ? texts.none
          : texts.low + value(curve.lowest) + "  " + texts.high + value(curve.highest);
      return;
    }
    var line = label(curve.at[index]) + "  " + value(curve.mean[index]);
    if (curve.low[index] !== null && value(curve.low[index]) !== value(curve.high[index])) {
      line += " (" + value(curve.low[index]) + "~" + value(curve.high[index]) + ")";
    }
    at.textContent = line;
  }

  function bounds(u, from, to) {
    var least = from;
    var most = to;
    curve.limits.forEach(function (limit) {
      if (limit.low !== null) least = least === null ? limit.low : Math.min(least, limit.low);
      if (limit.high !== null) most = most === null ? limit.high : Math.max(most, limit.high);
    });
    curve.by_hand.forEach(function (mark) {
      least = least === null ? mark.value : Math.min(least, mark.value);
      most = most === null ? mark.value : Math.max(most, mark.value);
    });
    if (least === null || most === null) return [0, 1];
    var room = Math.max((most - least) * 0.08, curve.margin);
    return [least - room, most + room];
  }

  function drawLimits(u) {
    var c = u.ctx;
    var box = u.bbox;
    c.save();
    c.beginPath();
    c.rect(box.left, box.top, box.width, box.height);
    c.clip();
    curve.limits.forEach(function (limit) {
      var left = u.valToPos(limit.from, "x", true);
      var right = u.valToPos(limit.to, "x", true);
      var top = limit.high === null ? box.top : u.valToPos(limit.high, "y", true);
      var bottom = limit.low === null ? box.top + box.height : u.valToPos(limit.low, "y", true);
      c.fillStyle = "#e0efe1";
      c.fillRect(left, top, right - left, bottom - top);
      c.strokeStyle = "#1b7f3b";
      c.lineWidth = 1.5 * (window.devicePixelRatio || 1);
      c.setLineDash([8, 6]);
      [limit.high === null ? null : top, limit.low === null ? null : bottom].forEach(function (y) {
        if (y === null) return;
        c.beginPath();
        c.moveTo(left, y);
        c.lineTo(right, y);
        c.stroke();
      });
    });
    c.restore();
  }

  function drawAlerts(u) {
    var c = u.ctx;
    var box = u.bbox;
    var high = 8 * (window.devicePixelRatio || 1);
    c.save();
    curve.alerts.forEach(function (alert) {
      var left = Math.max(box.left, u.valToPos(alert.from, "x", true));
      var right = Math.min(box.left + box.width, u.valToPos(alert.to, "x", true));
      c.fillStyle = alert.severity === "critical" ? "#c62828" : "#ffb300";
      c.fillRect(left, box.top, Math.max(right - left, high / 2), high);
      c.globalAlpha = 0.12;
      c.fillRect(left, box.top, Math.max(right - left, high / 2), box.height);
      c.globalAlpha = 1;
    });
    c.restore();
  }

  /* What people read off a thermometer: full where no probe spoke, hollow beside one. */
  function drawByHand(u) {
    var c = u.ctx;
    var size = 7 * (window.devicePixelRatio || 1);
    c.save();
    c.lineWidth = 2.5 * (window.devicePixelRatio || 1);
    c.strokeStyle = "#1d2b34";
    curve.by_hand.forEach(function (mark) {
      var x = u.valToPos(mark.at, "x", true);
      var y = u.valToPos(mark.value, "y", true);
      c.beginPath();
      c.moveTo(x, y - size);
      c.lineTo(x + size, y);
      c.lineTo(x, y + size);
      c.lineTo(x - size, y);
      c.closePath();
      c.fillStyle = mark.gap ? "#1d2b34" : "#ffffff";
      c.fill();
      c.stroke();
    });
    c.restore();
  }

  /* What cannot be believed: hollow and grey; beyond the scale it stands at the edge. */
  function drawDoubtful(u) {
    var c = u.ctx;
    var box = u.bbox;
    var size = 4 * (window.devicePixelRatio || 1);
    c.save();
    c.lineWidth = 2 * (window.devicePixelRatio || 1);
    c.strokeStyle = "#6f6a5e";
    c.fillStyle = "#ffffff";
    curve.doubtful.forEach(function (mark) {
      var y = u.valToPos(mark.value, "y", true);
      y = Math.max(box.top + size, Math.min(box.top + box.height - size, y));
      c.beginPath();
      c.arc(u.valToPos(mark.at, "x", true), y, size, 0, 2 * Math.PI);
      c.fill();
      c.stroke();
    });
    c.restore();
  }

  function touch(u) {
    function move(event) {
      var box = u.over.getBoundingClientRect();
      u.setCursor({ left: event.touches[0].clientX - box.left, top: 10 });
    }
    u.over.addEventListener("touchstart", move, { passive: true });
    u.over.addEventListener("touchmove", move, { passive: true });
  }

  /* The wall layer of the stylesheet: read from 5 m. */
  function wall() {
    return window.innerWidth >= 1600 && window.innerHeight >= 900;
  }

  function height() {
    var most = wall() ? Math.max(460, window.innerHeight - 620) : 460;
    return Math.max(280, Math.min(most, Math.round(plotBox.clientWidth * 0.6)));
  }

  function draw() {
    if (plot) plot.destroy();
    plotBox.textContent = "";
    role("complete").textContent = curve.at.length
      ? texts.complete.replace("%(n)s", Math.floor(curve.completeness * 100)).replace("%%", "%")
      : "";
    role("by-hand").hidden = !curve.by_hand.length;
    role("doubtful").hidden = !curve.doubtful.length;
    showValue(null);
    if (!window.uPlot) return;
    var axis = {
      font: (wall() ? "26px" : "16px") + " sans-serif",
      stroke: "#55524a",
      grid: { stroke: "#e3dfd6", width: 1 },
      ticks: { stroke: "#cfcabe" },
    };
    plot = new window.uPlot(
      {
        width: plotBox.clientWidth,
        height: height(),
        tzDate: localDate,
        legend: { show: false },
        cursor: { y: false, drag: { x: false, y: false }, points: { size: 10 } },
        scales: {
          x: { time: true, range: [curve.start, curve.end] },
          y: { range: bounds },
        },
        axes: [
          Object.assign({}, axis, {
            space: wall() ? 120 : 70,
            size: wall() ? 64 : 50,
            values: function (u, splits) {
              var step = splits.length > 1 ? splits[1] - splits[0] : 0;
              return splits.map(function (at) {
                return tick(at, step);
              });
            },
          }),
          Object.assign({}, axis, {
            size: wall() ? 76 : 52,
            values: function (u, splits) {
              return splits.map(function (number) {
                return String(Math.round(number * 10) / 10).replace("-", "−");
              });
            },
          }),
        ],
        series: [
          {},
          { stroke: "#8fa0aa", width: 0.5, points: { show: false } },
          { stroke: "#1d2b34", width: 2.5, points: { show: false } },
          { stroke: "#8fa0aa", width: 0.5, points: { show: false } },
        ],
        bands: [{ series: [3, 1], fill: "rgba(120, 142, 154, 0.42)" }],
        hooks: {
          drawClear: [drawLimits],
          draw: [drawAlerts, drawDoubtful, drawByHand],
          ready: [touch],
          setCursor: [
            function (u) {
              showValue(u.cursor.idx);
            },
          ],
        },
      },
      [curve.at, curve.low, curve.mean, curve.high],
      plotBox
    );
  }

  function load() {
    var requestNumber = ++lastRequest;
    var request = new XMLHttpRequest();
    var address = card.getAttribute("data-chart");
    request.open(
      "GET",
      address +
        (address.indexOf("?") < 0 ? "?" : "&") +
        "span=" +
        selection.span +
        "&metric=" +
        selection.metric +
        "&place=" +
        selection.place
    );
    request.onload = function () {
      if (requestNumber !== lastRequest || request.status !== 200) return;
      curve = JSON.parse(request.responseText);
      draw();
    };
    request.send();
  }

  function markPressed(button, group) {
    dom.forEach(
      group,
      function (other) {
        other.setAttribute("aria-pressed", other === button ? "true" : "false");
      },
      card
    );
  }

  card.addEventListener("click", function (event) {
    var button = dom.closest(event, "button");
    if (!button) return;
    if (button.hasAttribute("data-span")) {
      selection.span = button.getAttribute("data-span");
      markPressed(button, "[data-span]");
    } else {
      selection.metric = button.getAttribute("data-metric");
      selection.place = button.getAttribute("data-place") || "air";
      markPressed(button, "[data-metric]");
    }
    load();
  });

  var width = 0;
  window.addEventListener("resize", function () {
    if (plot && plotBox.clientWidth !== width) {
      width = plotBox.clientWidth;
      plot.setSize({ width: width, height: height() });
    }
  });
  window.addEventListener("load", load);
  setInterval(function () {
    if (selection.span === "day" && !document.hidden) load();
  }, 60000);
})();
