/* Runs before the first paint: the remembered theme, else what the system prefers. */
(() => {
  "use strict";
  const root = document.documentElement;
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const remembered = () => {
    try {
      return window.localStorage.getItem("theme");
    } catch {
      return null; // Storage may be forbidden; the system's preference is then followed.
    }
  };
  const apply = () => root.setAttribute("data-bs-theme", remembered() ?? (dark.matches ? "dark" : "light"));
  root.classList.add("js");
  apply();
  dark.addEventListener("change", apply);
})();
