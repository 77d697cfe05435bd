// Counts the wait for a new code down and then opens the button. The page works without it: a reload does the same.
(function () {
  "use strict";
  var button = document.getElementById("resend");
  var left = button ? Number(button.dataset.wait) : 0;
  if (!left) return;
  document.getElementById("resend-later").hidden = true;
  var until = Date.now() + left * 1000;
  var timer = setInterval(function () {
    left = Math.ceil((until - Date.now()) / 1000);
    if (left > 0) {
      button.textContent = button.dataset.waiting.replace("%", String(left));
      return;
    }
    clearInterval(timer);
    button.textContent = button.dataset.ready;
    button.disabled = false;
  }, 500);
})();
