/* What forms do while they are filled in and sent: the net weight, one press of a button, the cursor at what
   is wrong; and buttons that print or fill in a field. */
(function () {
  "use strict";

  var dom = window.coldshed;

  /* Gross minus tare, as it is typed. A dash until there is a number. */
  function showNet() {
    var output = document.querySelector("output[data-net]");
    if (!output) return;
    var net = 0;
    var hasNumber = false;
    dom.forEach("[data-weighs]", function (box) {
      var number = parseFloat(box.querySelector("input").value.replace(/[,，]/g, ""));
      if (isNaN(number)) return;
      hasNumber = true;
      net += Number(box.getAttribute("data-weighs")) * number;
    });
    dom.setText(output, hasNumber ? String(Math.round(net * 10) / 10) : "—");
  }

  function disableWhileSent(event) {
    var button = event.target.querySelector("button:not([type=button])");
    if (!button) return;
    setTimeout(function () {
      button.disabled = true;
      button.setAttribute("data-word", button.textContent);
      dom.setText(button, dom.texts.busy || "");
    }, 0);
  }

  /* A page that the browser kept and shows again has its buttons back. */
  function enableAgain() {
    dom.forEach("button[data-word]", function (button) {
      button.disabled = false;
      dom.setText(button, button.getAttribute("data-word"));
      button.removeAttribute("data-word");
    });
  }

  function onClick(event) {
    if (dom.closest(event, "[data-print]")) window.print();
    var button = dom.closest(event, "[data-fill]");
    if (!button) return;
    document.getElementById(button.getAttribute("data-into")).value = button.getAttribute("data-fill");
    showNet();
  }

  /* What is wrong with a form is where the reader looks, not below the edge of the phone. */
  function goToMistake() {
    var mistake = document.querySelector(".is-wrong input, .is-wrong select, .page .wrong");
    if (!mistake) return;
    if (mistake.focus && mistake.type !== "radio") mistake.focus();
    mistake.scrollIntoView({ block: "center" });
  }

  document.addEventListener("input", showNet);
  document.addEventListener("submit", disableWhileSent);
  document.addEventListener("click", onClick);
  window.addEventListener("pageshow", enableAgain);
  goToMistake();
  showNet();
})();
