// Shows each phone and what came; asks every second. Plain enough for an old WebView.
(function () {
  "use strict";
  var words = JSON.parse(document.body.getAttribute("data-words"));
  var place = document.getElementById("phones");
  var lost = document.getElementById("lost");
  var shown = {}; // number -> {root, list, last}
  var first = true;

  function make(tag, cls, text) {
    var node = document.createElement(tag);
    if (cls) { node.className = cls; }
    if (text) { node.textContent = text; }
    return node;
  }

  function button(cls, big, small, act) {
    var node = make("button", cls);
    node.type = "button";
    node.appendChild(make("b", "", big));
    node.appendChild(make("span", "", small));
    node.addEventListener("click", act);
    return node;
  }

  function call(method, url, body, done) {
    var request = new XMLHttpRequest();
    request.open(method, url);
    request.timeout = 5000;
    request.onload = function () { done(request.status, request.responseText); };
    request.onerror = request.ontimeout = function () { done(0, ""); };
    if (body) { request.setRequestHeader("Content-Type", "application/json"); }
    request.send(body ? JSON.stringify(body) : null);
  }

  function answer(number, text) {
    call("POST", "reply", { phone: number, text: text }, function (status) {
      lost.hidden = status === 200;
      look();
    });
  }

  function phone(one) {
    var root = make("section", "phone");
    root.setAttribute("data-phone", one.phone);
    var head = make("div", "head");
    head.appendChild(make("strong", "", one.name || one.phone));
    head.appendChild(make("span", "number", one.name ? one.phone : ""));
    head.appendChild(make("span", "demo", words.demo));
    root.appendChild(head);
    var list = make("div", "texts");
    list.appendChild(make("p", "none", words.none));
    root.appendChild(list);
    var keys = make("div", "keys");
    keys.appendChild(button("go", "1", words.go, function () { answer(one.phone, "1"); }));
    keys.appendChild(button("pass", "2", words["pass"], function () { answer(one.phone, "2"); }));
    root.appendChild(keys);
    var form = make("form", "write");
    var field = make("input");
    field.type = "text";
    field.maxLength = 70;
    field.placeholder = words.write;
    field.setAttribute("aria-label", words.write);
    var send = make("button", "", words.send);
    send.type = "submit";
    form.appendChild(field);
    form.appendChild(send);
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      if (field.value.trim()) { answer(one.phone, field.value.trim()); field.value = ""; }
    });
    root.appendChild(form);
    return { root: root, list: list, last: 0 };
  }

  function clock(at) {
    var when = new Date(at);
    function two(n) { return (n < 10 ? "0" : "") + n; }
    var day = when.toDateString() === new Date().toDateString()
      ? "" : (when.getMonth() + 1) + "/" + when.getDate() + " ";
    return day + two(when.getHours()) + ":" + two(when.getMinutes());
  }

  function add(held, message) {
    if (!held.last) { held.list.textContent = ""; }
    var bubble = make("div", "text " + (message.outward ? "came" : "went") + (first ? "" : " fresh"));
    bubble.appendChild(make("p", "", message.text));
    bubble.appendChild(make("time", "", clock(message.at)));
    held.list.appendChild(bubble);
    held.last = message.id;
    held.list.scrollTop = held.list.scrollHeight;
  }

  function draw(phones) {
    if (!phones.length) { return; }
    var hint = place.querySelector(":scope > .none");
    if (hint) { place.removeChild(hint); }
    phones.forEach(function (one) {
      var held = shown[one.phone];
      if (!held) {
        held = shown[one.phone] = phone(one);
        place.appendChild(held.root);
      }
      one.messages.forEach(function (message) {
        if (message.id > held.last) { add(held, message); }
      });
    });
    first = false;
  }

  function look() {
    call("GET", "state", null, function (status, text) {
      if (status === 401) { location.reload(); return; }
      lost.hidden = status === 200;
      if (status === 200) { draw(JSON.parse(text).phones); }
    });
  }

  look();
  setInterval(look, 1000);
})();
