// The floor plan as it stands: asked for anew every half minute, put in place without a jump.

const plan = document.querySelector("[data-floor]");

if (plan) setInterval(refresh, Number(plan.dataset.every) * 1000);

async function refresh() {
  if (document.hidden) return;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!answer.ok || answer.redirected) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-floor]");
    if (!fresh || fresh.innerHTML === plan.innerHTML) return;
    const focused = document.activeElement?.closest("[data-floor] a");
    const where = focused && [...plan.querySelectorAll("a")].indexOf(focused);
    const frame = plan.querySelector(".floor-frame");
    const left = frame?.scrollLeft ?? 0;
    plan.replaceChildren(...fresh.childNodes);
    plan.querySelector(".floor-frame")?.scrollTo({ left });
    if (focused) plan.querySelectorAll("a")[where]?.focus({ preventScroll: true });
  } catch {
    // no connection: what is shown stays, and the next turn asks again
  }
}
