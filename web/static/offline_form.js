/* A form for a steel-walled room: what is typed is kept on the phone until the server has it. Sent in the
   background; without a network it waits here and goes by itself when there is one. The one-time key of the
   form stays the same, so however often it is sent it is written down once. Plain script for old WebViews. */
(function () {
  "use strict";

  var dom = window.coldshed;
  var RETRY_MS = 10000;
  var TIMEOUT_MS = 15000;
  var KEEP_MS = 12 * 3600 * 1000;
  var form = document.querySelector("form[data-keep]");
  if (!form || !window.FormData || !window.XMLHttpRequest) return;
  var storageKey = "keep:" + form.getAttribute("data-keep");
  var offline = form.querySelector("[data-role=offline]");
  var sending = false;
  var retryTimer = null;

  function load() {
    try {
      return JSON.parse(localStorage.getItem(storageKey) || "null");
    } catch (error) {
      return null; // no storage, or not ours
    }
  }

  function save(entry) {
    try {
      if (entry) localStorage.setItem(storageKey, JSON.stringify(entry));
      else localStorage.removeItem(storageKey);
    } catch (error) {
      /* private browsing: the page itself still holds it */
    }
  }

  function forEachField(act) {
    dom.toArray(form.elements).forEach(function (field) {
      if (field.name && field.name !== "waited") act(field);
    });
  }

  function isChoice(field) {
    return field.type === "radio" || field.type === "checkbox";
  }

  function fieldValues() {
    var values = [];
    forEachField(function (field) {
      if (isChoice(field)) {
        if (field.checked) values.push([field.name, field.value]);
      } else if (field.tagName !== "BUTTON") {
        values.push([field.name, field.value]);
      }
    });
    return values;
  }

  function restore(values) {
    forEachField(function (field) {
      var pairs = values.filter(function (pair) {
        return pair[0] === field.name;
      });
      if (isChoice(field)) {
        field.checked = pairs.some(function (pair) {
          return pair[1] === field.value;
        });
      } else if (pairs.length && field.tagName !== "BUTTON") {
        field.value = pairs[0][1];
      }
    });
  }

  function draft(sent) {
    var before = load();
    return { values: fieldValues(), at: before && before.sent ? before.at : Date.now(), sent: Boolean(sent) };
  }

  function showOffline(isOffline) {
    if (offline) offline.hidden = !isOffline;
  }

  function disableButtons(isSending) {
    dom.forEach(
      "button:not([type=button])",
      function (button) {
        button.disabled = isSending;
      },
      form
    );
  }

  /* The server's answer is a page: what is wrong stands in it at its field. */
  function showAnswer(html) {
    var page = new DOMParser().parseFromString(html, "text/html");
    var main = page.getElementById("main");
    if (!main) return;
    document.getElementById("main").innerHTML = main.innerHTML;
    form = document.querySelector("form[data-keep]");
    if (!form) return;
    offline = form.querySelector("[data-role=offline]");
    form.addEventListener("submit", onSubmit);
    form.addEventListener("input", onInput);
    var mistake = document.querySelector(".is-wrong input, .wrong:not([hidden])");
    if (mistake) mistake.scrollIntoView({ block: "center" });
  }

  function onFailure() {
    sending = false;
    disableButtons(false);
    showOffline(true);
    clearTimeout(retryTimer);
    retryTimer = setTimeout(send, RETRY_MS);
  }

  function send() {
    var stored = load() || draft(true);
    if (sending) return;
    sending = true;
    clearTimeout(retryTimer);
    disableButtons(true);
    form.elements.waited.value = String(Math.max(0, Math.round((Date.now() - stored.at) / 1000)));
    var request = new XMLHttpRequest();
    request.open("POST", form.getAttribute("action"));
    request.setRequestHeader("Content-Type", "application/x-www-form-urlencoded");
    request.timeout = TIMEOUT_MS;
    request.ontimeout = request.onerror = onFailure;
    request.onload = function () {
      sending = false;
      disableButtons(false);
      if (request.status >= 500 || request.status === 0) {
        onFailure();
        return;
      }
      showOffline(false);
      var address = request.responseURL || "";
      if (/\/login(\?|$)/.test(address.replace(location.origin, ""))) {
        // signed out meanwhile: what was typed waits here
        location.assign("/login?next=" + encodeURIComponent(location.pathname + location.search));
      } else if (request.status >= 400) {
        showAnswer(request.responseText);
        save(draft(false)); // with the key that the answer gave
      } else {
        save(null);
        location.replace(address || "/");
      }
    };
    request.send(
      fieldValues()
        .concat([["waited", form.elements.waited.value]])
        .map(function (pair) {
          return encodeURIComponent(pair[0]) + "=" + encodeURIComponent(pair[1]);
        })
        .join("&")
    );
  }

  function onSubmit(event) {
    event.preventDefault();
    event.stopPropagation(); // the page's own "writing…" would stay for ever
    save(draft(true));
    send();
  }

  function onInput() {
    var before = load();
    save({ values: fieldValues(), at: Date.now(), sent: Boolean(before && before.sent && sending) });
  }

  /* A button that says more than "write it down" says it in a field, so that it is stored with the rest. */
  document.addEventListener("click", function (event) {
    var button = dom.closest(event, "button");
    if (!button || !form || !form.contains(button)) return;
    var sets = button.getAttribute("data-sets");
    dom.forEach(
      "[data-sets]",
      function (other) {
        var name = other.getAttribute("data-sets");
        form.querySelector("input[name=" + name + "]").value = name === sets ? "yes" : "";
      },
      form
    );
  });
  form.addEventListener("submit", onSubmit);
  form.addEventListener("input", onInput);
  window.addEventListener("online", function () {
    var stored = load();
    if (stored && stored.sent) send();
  });

  var stored = load();
  if (stored && Date.now() - stored.at < KEEP_MS && !document.querySelector(".is-wrong")) {
    restore(stored.values);
    if (stored.sent) send();
  } else if (stored) {
    save(null);
  }
})();
