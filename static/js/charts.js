/* Draws the sales charts from the table that says the same; without this script the drawing of the server stays. */
(() => {
  "use strict";

  const Chart = window.Chart;
  const groups = document.querySelectorAll("[data-charts]");
  if (!Chart || groups.length === 0) return;

  const isStill = window.matchMedia("(prefers-reduced-motion: reduce)").matches;

  const daysOf = (table) => [...table.tBodies[0].rows].map((row) => row.dataset).reverse();

  const formats = (currency) => ({
    revenue: new Intl.NumberFormat("en-US", { style: "currency", currency }),
    orders: new Intl.NumberFormat("en-US"),
  });
  const short = (currency) => ({
    revenue: new Intl.NumberFormat("en-US", { style: "currency", currency, notation: "compact", maximumFractionDigits: 1 }),
    orders: new Intl.NumberFormat("en-US", { notation: "compact" }),
  });

  const faded = (color, percent) => `color-mix(in srgb, ${color} ${percent}%, transparent)`;

  const colors = (box) => {
    const own = window.getComputedStyle(box);
    const page = window.getComputedStyle(box.closest(".card").querySelector(".quiet"));
    return { bar: own.color, grid: own.borderTopColor, words: page.color };
  };

  const dataset = (box, days, color) => {
    const key = box.dataset.chart;
    return {
      data: days.map((day) => Number(day[key])),
      /* Today is not over. */
      backgroundColor: days.map((_, at) => faded(color.bar, at === days.length - 1 ? 45 : 85)),
      hoverBackgroundColor: color.bar,
      borderRadius: 3,
      maxBarThickness: 36,
    };
  };

  const options = (box, currency, color) => {
    const key = box.dataset.chart;
    const said = formats(currency)[key];
    const axis = short(currency)[key];
    const ticks = { color: color.words, font: { size: 11 } };
    return {
      animation: isStill ? false : { duration: 250 },
      maintainAspectRatio: false,
      interaction: { mode: "index", intersect: false },
      plugins: {
        legend: { display: false },
        tooltip: { displayColors: false, callbacks: { label: (item) => said.format(item.raw) + (key === "orders" ? " orders" : "") } },
      },
      scales: {
        x: { grid: { display: false }, border: { color: color.grid }, ticks: { ...ticks, maxRotation: 0, autoSkipPadding: 16 } },
        y: { beginAtZero: true, suggestedMax: 1, grid: { color: color.grid }, border: { display: false }, ticks: { ...ticks, maxTicksLimit: 5, precision: 0, callback: (value) => axis.format(value) } },
      },
    };
  };

  const draw = (group) => {
    const days = daysOf(document.getElementById(group.dataset.charts));
    for (const box of group.querySelectorAll("[data-chart]")) {
      Chart.getChart(box.querySelector("canvas") ?? document.createElement("canvas"))?.destroy();
      const canvas = box.querySelector("canvas") ?? box.appendChild(document.createElement("canvas"));
      canvas.setAttribute("role", "img");
      canvas.setAttribute("aria-label", box.querySelector("svg").getAttribute("aria-label"));
      box.classList.add("is-drawn");
      const color = colors(box);
      new Chart(canvas, {
        type: "bar",
        data: { labels: days.map((day) => day.day), datasets: [dataset(box, days, color)] },
        options: options(box, group.dataset.currency, color),
      });
    }
  };

  const drawAll = () => groups.forEach(draw);
  drawAll();
  new MutationObserver(drawAll).observe(document.documentElement, { attributeFilter: ["data-bs-theme"] });
})();
