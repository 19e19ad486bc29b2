/* Comfort on top of pages that work without it: local times, theme switch, copying, confirming. */
(() => {
  "use strict";

  const MINUTE = 60;
  const HOUR = 3600;
  const DAY = 86400;
  const relative = new Intl.RelativeTimeFormat("en", { numeric: "always", style: "short" });
  const clock = { hour: "numeric", minute: "2-digit" };

  const sayWhen = (moment, now) => {
    const seconds = (moment - now) / 1000;
    const distance = Math.abs(seconds);
    if (distance < MINUTE) return seconds <= 0 ? "just now" : "in a moment";
    if (distance < HOUR) return relative.format(Math.trunc(seconds / MINUTE), "minute");
    if (distance < DAY / 2) return relative.format(Math.trunc(seconds / HOUR), "hour");
    return null;
  };

  const localTimes = (scope) => {
    const now = new Date();
    for (const element of scope.querySelectorAll("time[datetime]")) {
      const moment = new Date(element.getAttribute("datetime"));
      if (Number.isNaN(moment.getTime())) continue;
      const sameYear = moment.getFullYear() === now.getFullYear();
      const day = { month: "short", day: "numeric", ...(sameYear ? {} : { year: "numeric" }) };
      const fresh = "relative" in element.dataset ? sayWhen(moment, now) : null;
      element.textContent = fresh ?? moment.toLocaleString("en-US", { ...day, ...clock }).replace(/\s(?=[AP]M$)/, "\u00a0");
    }
  };

  const remember = (theme) => {
    document.documentElement.setAttribute("data-bs-theme", theme);
    try {
      window.localStorage.setItem("theme", theme);
    } catch {
      return; // Storage may be forbidden; the theme then lasts for this page.
    }
  };

  const confirmFirst = (form, submitter) => {
    const dialog = document.getElementById("confirm");
    dialog.querySelector("h2").textContent = form.dataset.confirmTitle ?? "Are you sure?";
    dialog.querySelector("p").textContent = form.dataset.confirm;
    const yes = dialog.querySelector("button[value=yes]");
    yes.textContent = form.dataset.confirmButton ?? submitter?.textContent.trim() ?? "Confirm";
    dialog.returnValue = "";
    dialog.addEventListener("close", () => {
      if (dialog.returnValue !== "yes") return;
      form.dataset.confirmed = "yes";
      form.requestSubmit(submitter ?? undefined);
    }, { once: true });
    dialog.showModal();
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.confirm && form.dataset.confirmed !== "yes") {
      event.preventDefault();
      event.stopImmediatePropagation();
      confirmFirst(form, event.submitter);
    }
  }, true);

  const copy = async (button) => {
    await navigator.clipboard.writeText(button.dataset.copy);
    const label = button.getAttribute("aria-label");
    button.setAttribute("aria-label", "Copied");
    button.classList.add("ok-text");
    window.setTimeout(() => {
      button.setAttribute("aria-label", label);
      button.classList.remove("ok-text");
    }, 1500);
  };

  document.addEventListener("click", (event) => {
    const pressed = event.target.closest("[data-copy], [data-theme-switch], [data-close-note], [data-nav-switch], [data-print]");
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
    if (!pressed) return;
    if ("copy" in pressed.dataset) copy(pressed);
    if ("print" in pressed.dataset) window.print();
    if ("closeNote" in pressed.dataset) pressed.closest(".note").remove();
    if ("themeSwitch" in pressed.dataset) {
      remember(document.documentElement.getAttribute("data-bs-theme") === "dark" ? "light" : "dark");
    }
    if ("navSwitch" in pressed.dataset) {
      const isOpen = document.getElementById("sidebar").classList.toggle("is-open");
      pressed.setAttribute("aria-expanded", String(isOpen));
    }
  });

  /* The rest of the Order Settings is gray while import is Disabled; one field waits for Custom Order Status. */
  const grayOut = () => {
    for (const part of document.querySelectorAll("[data-enabled-by]")) {
      const [name, value] = part.dataset.enabledBy.split("=");
      const chosen = document.querySelector(`[name="${name}"]:checked, select[name="${name}"]`);
      const isOn = chosen !== null && chosen.value === value;
      part.classList.toggle("is-grayed", !isOn);
      for (const field of part.querySelectorAll("input, select")) field.toggleAttribute("data-grayed", !isOn);
      part.querySelectorAll("input, select").forEach((field) => {
        field.disabled = field.closest(".is-grayed") !== null;
      });
    }
  };
  document.addEventListener("change", (event) => {
    grayOut();
    if (event.target.matches("[data-tick-all]")) {
      for (const box of document.getElementsByName(event.target.dataset.tickAll)) box.checked = event.target.checked;
    }
    if (event.target.matches("[data-submit-on-change]")) event.target.form.requestSubmit();
  });

  document.addEventListener("htmx:afterSettle", (event) => localTimes(event.target));
  localTimes(document);
  grayOut();
})();
