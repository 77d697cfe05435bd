// Presses the one button of the page that takes an answer to a service. The page works without it.
(function () {
  "use strict";
  var form = document.getElementById("form-post");
  if (form) form.submit();
})();
