// Puts the interactive chart where the picture stands. Without this script, or where it fails, the picture stays.
const narrow = window.matchMedia("(max-width: 640px)");

async function show(figure) {
  const told = JSON.parse(figure.querySelector("script[type='application/json']").textContent);
  const place = figure.querySelector(".picture");
  const drawn = document.createElement("div");
  drawn.className = "drawn";
  const spec = { ...(narrow.matches ? told.narrow : told.wide), datasets: told.datasets };
  try {
    await vegaEmbed(drawn, spec, { renderer: "svg", actions: false, ast: true, tooltip: { theme: "custom" } });
  } catch (error) {
    console.error(error);
    return;
  }
  place.hidden = true;
  figure.querySelector(".drawn")?.remove();
  place.after(drawn);
  figure.dataset.drawn = narrow.matches ? "narrow" : "wide";
}

const waiting = new IntersectionObserver((seen) => {
  for (const one of seen.filter((s) => s.isIntersecting)) {
    waiting.unobserve(one.target);
    show(one.target);
  }
}, { rootMargin: "400px" });

const figures = [...document.querySelectorAll("figure.chart")];
figures.forEach((figure) => waiting.observe(figure));
narrow.addEventListener("change", () => figures.filter((f) => f.dataset.drawn).forEach(show));
window.addEventListener("beforeprint", () => {
  for (const figure of figures) {
    figure.querySelector(".picture").hidden = false;
    figure.querySelector(".drawn")?.setAttribute("hidden", "");
  }
});
window.addEventListener("afterprint", () => {
  for (const figure of figures.filter((f) => f.dataset.drawn)) {
    figure.querySelector(".picture").hidden = true;
    figure.querySelector(".drawn")?.removeAttribute("hidden");
  }
});
