/* A form for a steel-walled room: what is typed is kept on the phone until the store has it. Sent in the
   background; without a network it waits here and goes by itself when there is one. The one-time key of the
   form stays the same, so however often it is sent it is written down once. Plain script for old WebViews. */
(function () {
  "use strict";

  var AGAIN_MS = 10000;
  var PATIENCE_MS = 15000;
  var FRESH_MS = 12 * 3600 * 1000;
  var form = document.querySelector("form[data-keep]");
  if (!form || !window.FormData || !window.XMLHttpRequest) return;
  var name = "keep:" + form.getAttribute("data-keep");
  var offline = form.querySelector("[data-role=offline]");
  var sending = false;
  var waiting = null;

  function load() {
    try {
      return JSON.parse(localStorage.getItem(name) || "null");
    } catch (error) {
      return null; // no storage, or not ours
    }
  }

  function save(draft) {
    try {
      if (draft) localStorage.setItem(name, JSON.stringify(draft));
      else localStorage.removeItem(name);
    } catch (error) {
      /* private browsing: the page itself still holds it */
    }
  }

  function each(act) {
    Array.prototype.forEach.call(form.elements, function (field) {
      if (field.name && field.name !== "waited") act(field);
    });
  }

  function chosen(field) {
    return field.type === "radio" || field.type === "checkbox";
  }

  function typed() {
    var values = [];
    each(function (field) {
      if (chosen(field)) {
        if (field.checked) values.push([field.name, field.value]);
      } else if (field.tagName !== "BUTTON") {
        values.push([field.name, field.value]);
      }
    });
    return values;
  }

  function put(values) {
    each(function (field) {
      var mine = values.filter(function (pair) {
        return pair[0] === field.name;
      });
      if (chosen(field)) {
        field.checked = mine.some(function (pair) {
          return pair[1] === field.value;
        });
      } else if (mine.length && field.tagName !== "BUTTON") {
        field.value = mine[0][1];
      }
    });
  }

  function draft(sent) {
    var before = load();
    return { values: typed(), at: before && before.sent ? before.at : Date.now(), sent: Boolean(sent) };
  }

  function say(shown) {
    if (offline) offline.hidden = !shown;
  }

  function busy(is) {
    Array.prototype.forEach.call(form.querySelectorAll("button:not([type=button])"), function (button) {
      button.disabled = is;
    });
  }

  /* The server's answer is a page: what is wrong stands in it at its field. */
  function show(html) {
    var page = new DOMParser().parseFromString(html, "text/html");
    var main = page.getElementById("main");
    if (!main) return;
    document.getElementById("main").innerHTML = main.innerHTML;
    form = document.querySelector("form[data-keep]");
    if (!form) return;
    offline = form.querySelector("[data-role=offline]");
    form.addEventListener("submit", submit);
    form.addEventListener("input", changed);
    var wrong = document.querySelector(".is-wrong input, .wrong:not([hidden])");
    if (wrong) wrong.scrollIntoView({ block: "center" });
  }

  function failed() {
    sending = false;
    busy(false);
    say(true);
    clearTimeout(waiting);
    waiting = setTimeout(send, AGAIN_MS);
  }

  function send() {
    var kept = load() || draft(true);
    if (sending) return;
    sending = true;
    clearTimeout(waiting);
    busy(true);
    form.elements.waited.value = String(Math.max(0, Math.round((Date.now() - kept.at) / 1000)));
    var request = new XMLHttpRequest();
    request.open("POST", form.getAttribute("action"));
    request.setRequestHeader("Content-Type", "application/x-www-form-urlencoded");
    request.timeout = PATIENCE_MS;
    request.ontimeout = request.onerror = failed;
    request.onload = function () {
      sending = false;
      busy(false);
      if (request.status >= 500 || request.status === 0) return failed();
      say(false);
      var where = request.responseURL || "";
      if (/\/login(\?|$)/.test(where.replace(location.origin, ""))) {
        // signed out meanwhile: what was typed waits here
        location.assign("/login?next=" + encodeURIComponent(location.pathname + location.search));
      } else if (request.status >= 400) {
        show(request.responseText);
        save(draft(false)); // with the key that the answer gave
      } else {
        save(null);
        location.replace(where || "/");
      }
    };
    request.send(
      typed()
        .concat([["waited", form.elements.waited.value]])
        .map(function (pair) {
          return encodeURIComponent(pair[0]) + "=" + encodeURIComponent(pair[1]);
        })
        .join("&")
    );
  }

  function submit(event) {
    event.preventDefault();
    event.stopPropagation(); // the page's own "writing…" would stay for ever
    save(draft(true));
    send();
  }

  function changed() {
    var before = load();
    save({ values: typed(), at: Date.now(), sent: Boolean(before && before.sent && sending) });
  }

  /* A button that says more than "write it down" says it in a field, so that it is kept with the rest. */
  document.addEventListener("click", function (event) {
    var button = event.target.closest ? event.target.closest("button") : null;
    if (!button || !form || !form.contains(button)) return;
    var sets = button.getAttribute("data-sets");
    Array.prototype.forEach.call(form.querySelectorAll("[data-sets]"), function (other) {
      var name = other.getAttribute("data-sets");
      form.querySelector("input[name=" + name + "]").value = name === sets ? "yes" : "";
    });
  });
  form.addEventListener("submit", submit);
  form.addEventListener("input", changed);
  window.addEventListener("online", function () {
    var kept = load();
    if (kept && kept.sent) send();
  });

  var kept = load();
  if (kept && Date.now() - kept.at < FRESH_MS && !document.querySelector(".is-wrong")) {
    put(kept.values);
    if (kept.sent) send();
  } else if (kept) {
    save(null);
  }
})();
