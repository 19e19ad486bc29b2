/* Keys: `/` searches, `g` and a letter goes to a page, `j` and `k` walk the rows, `?` says which keys there are.
   Never while something is typed, a dialog is open or the person has switched them off. */
(() => {
  "use strict";

  const SWITCH = "keys";
  const GOING_MS = 1500;
  const root = document.documentElement;
  const help = document.getElementById("keyboard");

  const remembered = () => {
    try {
      return window.localStorage.getItem(SWITCH);
    } catch {
      return null; // Storage may be forbidden; the keys then work.
    }
  };
  const use = (isOn) => {
    root.dataset.keys = isOn ? "on" : "off";
    for (const box of document.querySelectorAll("[data-keys-switch]")) box.checked = isOn;
  };
  use(remembered() !== "off");

  document.addEventListener("change", (event) => {
    if (!event.target.matches("[data-keys-switch]")) return;
    use(event.target.checked);
    try {
      window.localStorage.setItem(SWITCH, root.dataset.keys);
    } catch {
      return; // As above: it lasts for this page.
    }
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-keys-help]")) help?.showModal();
  });

  const isTyping = (target) => target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]") !== null;
  const isDialogOpen = () => document.querySelector("dialog[open]") !== null;

  const step = (by) => {
    const rows = [...document.querySelectorAll("[data-rows] tbody tr")];
    if (rows.length === 0) return;
    const at = rows.findIndex((row) => row.classList.contains("row-current"));
    const next = rows[Math.min(Math.max(at + by, 0), rows.length - 1)];
    rows[at]?.classList.remove("row-current");
    next.classList.add("row-current");
    next.querySelector("a")?.focus();
  };

  const search = () => {
    /* The list's own search, where the page has one. */
    const field = document.querySelector("main [role=search] input[type=search]") ?? document.getElementById("quick-search");
    field?.focus();
    field?.select();
  };

  let goingSince = -Infinity;
  const press = (key, now) => {
    if (now - goingSince < GOING_MS) {
      goingSince = -Infinity;
      document.querySelector(`[data-go="${CSS.escape(key)}"]`)?.click();
      return true;
    }
    if (key === "g") goingSince = now;
    else if (key === "j") step(1);
    else if (key === "k") step(-1);
    else if (key === "/") search();
    else if (key === "?") help?.showModal();
    else return false;
    return true;
  };

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      for (const menu of document.querySelectorAll("details.menu[open]")) menu.open = false;
    }
    if (root.dataset.keys === "off" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (isTyping(event.target) || isDialogOpen()) return;
    if (press(event.key, event.timeStamp)) event.preventDefault();
  });
})();
