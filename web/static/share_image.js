/* 转图片: what the page says, drawn on a canvas and handed to WeChat or saved. Nothing leaves the phone
   unless its owner shares it. Drawn from the words on the page, so it says nothing that the page does not. */
(function () {
  "use strict";

  var dom = window.coldshed;
  var WIDTH = 720;
  var EDGE = 28;
  var MOST_ROWS = 80;
  var FONT = '"PingFang SC", "Noto Sans CJK SC", "Noto Sans SC", "Microsoft YaHei", sans-serif';
  var FILLS = {
    danger: "#c62828",
    attention: "#ffb300",
    ok: "#ffffff",
    no_data: "#dedad0",
    empty: "#f1efe9",
    resting: "#f1efe9",
  };
  var SHOWN =
    ".tile, .now, .do h2, .do li, .probe, .row, .held li, .totals li, .sentence, .done, .own li, .rounds tbody tr";
  var LEFT_OUT = "button, form, details, a.button, .ask, [hidden], [aria-hidden=true]";
  var buttons = document.querySelectorAll("[data-picture]");
  var canvas = document.createElement("canvas");

  if (!canvas.getContext || !canvas.toBlob || !window.URL || !window.URL.createObjectURL) return;

  function isVisible(element) {
    return element.getClientRects().length > 0;
  }

  /* The pieces of text below an element, in the order of reading, without what is only for pressing. */
  function textsOf(element) {
    var texts = [];
    dom.toArray(element.childNodes).forEach(function (node) {
      if (node.nodeType === 3) {
        if (node.textContent.trim()) texts.push(node.textContent.trim().replace(/\s+/g, " "));
      } else if (node.nodeType === 1 && !node.matches(LEFT_OUT) && isVisible(node)) {
        var inside = textsOf(node);
        if (node.matches(".figure")) inside = [inside.join("")];
        texts = texts.concat(inside);
      }
    });
    return texts;
  }

  function state(element) {
    return Object.keys(FILLS).filter(function (name) {
      return element.classList.contains(name);
    })[0];
  }

  function rows() {
    return dom
      .toArray(document.querySelectorAll("main, .page"))
      .slice(0, 1)
      .reduce(function (all, main) {
        return all.concat(dom.toArray(main.querySelectorAll(SHOWN)));
      }, [])
      .filter(function (element) {
        return (
          isVisible(element) &&
          !element.closest("details") &&
          !(element.parentElement && element.parentElement.closest(SHOWN))
        );
      })
      .slice(0, MOST_ROWS)
      .map(function (element) {
        var number = element.matches(".do li")
          ? dom.toArray(element.parentNode.children).indexOf(element) + 1 + "  "
          : "";
        return {
          text: number + textsOf(element).join("  "),
          state: state(element),
          bold: element.matches(".now, h2"),
        };
      });
  }

  function wrapLines(pen, text, width) {
    var lines = [];
    var line = "";
    var parts = text.match(/[A-Za-z0-9.,:°~−+%-]+|\s+|./g) || [];
    parts.forEach(function (part) {
      if (line && pen.measureText(line + part).width > width) {
        lines.push(line);
        line = part.trim();
      } else {
        line += part;
      }
    });
    return line ? lines.concat(line) : lines;
  }

  function textOf(selector) {
    var element = document.querySelector(selector);
    return element ? textsOf(element).join(" ") : "";
  }

  function draw() {
    var pen = canvas.getContext("2d");
    var name = document.body.getAttribute("data-federation") || "";
    var zone = document.body.getAttribute("data-zone") || "Asia/Shanghai";
    var now = new Date();
    var at = now.toLocaleString(document.documentElement.lang);
    try {
      at = now.toLocaleString(document.documentElement.lang, { timeZone: zone });
    } catch (error) {
      /* an engine that knows no zones: its own */
    }
    var parts = rows().map(function (row) {
      pen.font = (row.bold ? "bold " : "") + "28px " + FONT;
      return { row: row, lines: wrapLines(pen, row.text, WIDTH - 2 * EDGE - 32) };
    });
    var head = 148;
    var foot = 64;
    var high = parts.reduce(function (sum, part) {
      return sum + part.lines.length * 40 + 36;
    }, head + foot);
    canvas.width = WIDTH;
    canvas.height = high;
    pen.fillStyle = "#f1efe9";
    pen.fillRect(0, 0, WIDTH, high);
    pen.fillStyle = "#1d2b34";
    pen.fillRect(0, 0, WIDTH, head - 16);
    pen.fillStyle = "#ffffff";
    pen.textBaseline = "middle";
    pen.font = "bold 40px " + FONT;
    pen.fillText(
      document.body.classList.contains("on-board") ? name : textOf("h1"),
      EDGE,
      44,
      WIDTH - 2 * EDGE
    );
    pen.font = "26px " + FONT;
    pen.fillText(
      (document.body.classList.contains("on-board") ? "" : name + "  ") + at,
      EDGE,
      96,
      WIDTH - 2 * EDGE
    );
    var y = head;
    parts.forEach(function (part) {
      var tall = part.lines.length * 40 + 24;
      var fill = FILLS[part.row.state] || "#ffffff";
      pen.fillStyle = fill;
      pen.fillRect(EDGE, y, WIDTH - 2 * EDGE, tall);
      pen.strokeStyle = "#8d887c";
      pen.lineWidth = 2;
      if (part.row.state === "no_data" || part.row.state === "empty") pen.setLineDash([10, 8]);
      pen.strokeRect(EDGE, y, WIDTH - 2 * EDGE, tall);
      pen.setLineDash([]);
      pen.fillStyle = part.row.state === "danger" ? "#ffffff" : "#1b1a17";
      pen.font = (part.row.bold ? "bold " : "") + "28px " + FONT;
      part.lines.forEach(function (line, index) {
        pen.fillText(line, EDGE + 16, y + 12 + 20 + index * 40);
      });
      y += tall + 12;
    });
    pen.fillStyle = "#55524a";
    pen.font = "24px " + FONT;
    pen.fillText(textOf(".demo"), EDGE, high - 32, WIDTH - 2 * EDGE);
  }

  function save(blob, name) {
    var link = document.createElement("a");
    link.href = window.URL.createObjectURL(blob);
    link.download = name;
    document.body.appendChild(link);
    link.click();
    link.remove();
    setTimeout(function () {
      window.URL.revokeObjectURL(link.href);
    }, 60000);
  }

  function share() {
    draw();
    canvas.toBlob(function (blob) {
      var name = (document.title.split(" · ")[0] || "coldshed") + ".png";
      var file = null;
      try {
        file = new File([blob], name, { type: "image/png" });
      } catch (error) {
        /* an old WebView: saved instead */
      }
      if (file && navigator.canShare && navigator.canShare({ files: [file] })) {
        navigator.share({ files: [file] }).catch(function (error) {
          if (error.name !== "AbortError") save(blob, name);
        });
      } else {
        save(blob, name);
      }
    }, "image/png");
  }

  dom.toArray(buttons).forEach(function (button) {
    button.hidden = false;
    button.addEventListener("click", share);
  });
})();
