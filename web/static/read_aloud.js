/* 读出来: reads the advice aloud; pressed again it is quiet. The button shows only where a phone can speak. */
(function () {
  "use strict";

  var dom = window.coldshed;
  var root = document.documentElement;
  if (!window.speechSynthesis || !window.SpeechSynthesisUtterance) return;
  root.classList.add("speaks");

  function readAloud(section) {
    var voice = window.speechSynthesis;
    if (voice.speaking) {
      voice.cancel();
      return;
    }
    dom.forEach(
      "h2, li",
      function (line) {
        if (line.closest("details")) return;
        var utterance = new window.SpeechSynthesisUtterance(line.textContent);
        utterance.lang = root.lang;
        utterance.rate = 0.9;
        voice.speak(utterance);
      },
      section
    );
  }

  document.addEventListener("click", function (event) {
    if (dom.closest(event, "[data-reads]")) readAloud(dom.closest(event, "section"));
  });
})();
