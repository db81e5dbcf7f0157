/* The box's pages work without this file (投票页面脚本); it saves typing, blocks what the sheet forbids, and forgets. */
(function () {
  "use strict";

  // The QR code carries the slip's code behind "#", which browsers never send: it goes into the field and out of the address.
  var field = document.getElementById("code");
  if (field && location.hash.length > 1) {
    try { field.value = decodeURIComponent(location.hash.slice(1)); } catch (malformed) { /* left to be typed */ }
    history.replaceState(null, "", location.pathname);
  }

  // Hidden again by the page's module, which an old browser cannot read.
  var starting = document.getElementById("starting");
  if (starting) { starting.hidden = false; }

  // A page kept in memory would show the choices again when somebody presses "back".
  window.addEventListener("pagehide", function () { document.getElementById("main").hidden = true; });
  window.addEventListener("pageshow", function (event) {
    if (event.persisted) { location.replace(document.body.getAttribute("data-start")); }
  });

  var problem = document.getElementById("problem");
  if (problem) { problem.focus(); }

  // With two names for one seat, the second agreement is out of reach; the server checks the same.
  var form = document.querySelector("form[data-limit]");
  if (!form) { return; }
  var limit = Number(form.getAttribute("data-limit"));
  var limited = Array.prototype.filter.call(form.querySelectorAll("input[type=radio]"), function (radio) {
    return radio.value === form.getAttribute("data-limited");
  });
  limited.forEach(function (radio) {
    var words = radio.parentNode.querySelector(".blocked");
    words.setAttribute("data-words", words.textContent);
  });
  function block() {
    var taken = limited.filter(function (radio) { return radio.checked; });
    var names = taken.map(function (radio) { return radio.closest("fieldset").querySelector("legend").textContent; });
    limited.forEach(function (radio) {
      var words = radio.parentNode.querySelector(".blocked");
      radio.disabled = taken.length >= limit && !radio.checked;
      words.hidden = !radio.disabled;
      words.textContent = words.getAttribute("data-words") + " ";
      var whom = document.createElement("span");
      whom.lang = "zh-Hans"; // names, whatever the language of the page
      whom.textContent = names.join("、");
      words.appendChild(whom);
    });
  }
  form.addEventListener("change", block);
  block();
})();
