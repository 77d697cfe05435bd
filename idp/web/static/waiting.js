// Looks again for somebody who waits on this page, but never under their hands: only while nothing here has the focus.
(function () {
  "use strict";
  var page = document.querySelector("[data-reload]");
  var seconds = page ? Number(page.dataset.reload) : 0;
  if (!seconds) return;
  setInterval(function () {
    var focused = document.activeElement;
    var isFree = !focused || focused === document.body || focused.id === "main";
    if (isFree && document.visibilityState === "visible") location.replace(location.href);
  }, seconds * 1000);
})();
