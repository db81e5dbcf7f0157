/* Small comforts (页面小件); every page works without them. */
(function () {
  "use strict";

  function typing(element) {
    return element && (/^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName) || element.isContentEditable);
  }

  document.addEventListener("keydown", function (event) {
    if (event.key === "/" && !event.ctrlKey && !event.altKey && !event.metaKey && !typing(event.target)) {
      var search = document.getElementById("search-words");
      if (search) {
        event.preventDefault();
        search.focus();
        search.select();
      }
    }
    if (event.key === "Escape") {
      document.querySelectorAll("details[data-popover][open]").forEach(function (open) {
        var inside = open.contains(document.activeElement);
        open.removeAttribute("open");
        if (inside) {
          open.querySelector("summary").focus();
        }
      });
    }
  });

  document.addEventListener("click", function (event) {
    document.querySelectorAll("details[data-popover][open]").forEach(function (open) {
      if (!open.contains(event.target)) {
        open.removeAttribute("open");
      }
    });
    if (event.target.closest && event.target.closest("[data-print]")) {
      window.print();
    }
  });

  document.addEventListener("DOMContentLoaded", function () {
    var errors = document.getElementById("errors");
    if (errors) {
      errors.focus();
    }
    document.querySelectorAll(".bar-doors, .tabs").forEach(function (strip) {
      var here = strip.querySelector("[aria-current]");
      if (here && strip.scrollWidth > strip.clientWidth) {
        strip.scrollLeft += here.getBoundingClientRect().left - strip.getBoundingClientRect().left - 16;
      }
    });
  });
})();
