/* Shows a part of a form only while the choice is made that it belongs to; without this script it is always there. */
(() => {
  "use strict";
  const reveal = () => {
    for (const part of document.querySelectorAll("[data-shown-by]")) {
      const [name, value] = part.dataset.shownBy.split("=");
      const chosen = document.querySelector(`[name="${CSS.escape(name)}"]:checked`);
      part.hidden = chosen === null || chosen.value !== value;
    }
  };
  document.addEventListener("change", reveal);
  reveal();
})();
