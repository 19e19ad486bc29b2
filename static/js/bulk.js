/* All Orders: how many orders are chosen, `x` chooses the current row, shift chooses a stretch. */
(() => {
  "use strict";

  const form = document.querySelector("form[data-bulk]");
  if (!form) return;
  const boxes = [...document.getElementsByName("order")];
  const everything = form.querySelector("[data-bulk-all]");
  const page = form.querySelector("[data-tick-all]");
  const label = form.querySelector("[data-chosen]");
  const words = label.textContent;
  const buttons = form.querySelectorAll(".bulk-buttons > button, .bulk-buttons button[value=SKIP]");
  let last = null;

  const show = () => {
    const chosen = boxes.filter((box) => box.checked).length;
    const isAll = everything !== null && everything.checked;
    for (const box of boxes) {
      box.disabled = isAll;
      box.closest("tr").classList.toggle("row-chosen", isAll || box.checked);
    }
    page.disabled = isAll;
    page.checked = chosen === boxes.length;
    page.indeterminate = chosen > 0 && chosen < boxes.length;
    label.textContent = chosen === 0 || isAll ? words : `${chosen} chosen`;
    for (const button of buttons) button.disabled = !isAll && chosen === 0;
    if (isAll) {
      form.dataset.confirmTitle = `All ${everything.dataset.bulkAll} orders?`;
      form.dataset.confirm = "It is done to every order that fits the filters, on all pages. You can leave the page meanwhile.";
    } else {
      delete form.dataset.confirm;
    }
  };

  document.addEventListener("click", (event) => {
    if (event.target.name !== "order") return;
    const at = boxes.indexOf(event.target);
    if (event.shiftKey && last !== null) {
      const [from, to] = [Math.min(at, last), Math.max(at, last)];
      for (const box of boxes.slice(from, to + 1)) box.checked = event.target.checked;
    }
    last = at;
    show();
  });
  document.addEventListener("change", show);
  document.addEventListener("keydown", (event) => {
    /* Keys that a person switched off stay off here too. */
    if (document.documentElement.dataset.keys === "off" || document.querySelector("dialog[open]")) return;
    if (event.key !== "x" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input:not([type=checkbox]), textarea, select")) return;
    if (document.documentElement.dataset.keys === "off") return;
    const box = document.querySelector("tr.row-current input[name=order]");
    if (!box || box.disabled) return;
    box.checked = !box.checked;
    show();
  });
  window.addEventListener("pageshow", show);
  show();
})();
