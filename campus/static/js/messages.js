/* The last messages of a device: asked for every two seconds, put in place where they differ. */

const EVERY_MS = 2000;
const place = document.querySelector("[data-messages]");
document.querySelector("[data-look-again]")?.remove(); // it looks by itself

async function look() {
  if (!document.hidden && !place.contains(document.activeElement) && getSelection().isCollapsed) {
    try {
      const answer = await fetch(location.href, { credentials: "same-origin" });
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-messages]");
      if (answer.ok && fresh && fresh.innerHTML !== place.innerHTML) place.replaceChildren(...fresh.childNodes);
    } catch {
      // the server is away for a moment: ask again
    }
  }
  setTimeout(look, EVERY_MS);
}

setTimeout(look, EVERY_MS);
