/* What every script of the pages uses. Plain script for old WebViews (no modules, no arrow functions). */
window.coldshed = (function () {
  "use strict";

  function toArray(list) {
    return Array.prototype.slice.call(list);
  }

  function forEach(selector, act, root) {
    toArray((root || document).querySelectorAll(selector)).forEach(act);
  }

  /* Writes only a text that differs: a screen reader announces every write. */
  function setText(element, text) {
    if (element.textContent !== text) element.textContent = text;
  }

  function twoDigits(number) {
    return (number < 10 ? "0" : "") + number;
  }

  /* The date whose local parts are those of `zone`; an engine that knows no zones gives its own. */
  function inZone(ms, zone) {
    try {
      return new Date(new Date(ms).toLocaleString("en-US", { timeZone: zone }));
    } catch (error) {
      return new Date(ms);
    }
  }

  function clock(date) {
    return date.getHours() + ":" + twoDigits(date.getMinutes());
  }

  /* The nearest element around an event's target, or null; old engines have no closest(). */
  function closest(event, selector) {
    return event.target.closest ? event.target.closest(selector) : null;
  }

  return {
    texts: JSON.parse(document.body.getAttribute("data-texts") || "{}"),
    toArray: toArray,
    forEach: forEach,
    setText: setText,
    twoDigits: twoDigits,
    inZone: inZone,
    clock: clock,
    closest: closest,
  };
})();
