// The timeline comes anew from the server when something changed, row by row: where one looks, types or
// points, nothing moves.

import { place, tellAnew, told } from "./axis.js";

export class Board {
  #rows = new Map(); // slug → the row's HTML as the server sent it
  #last = Promise.resolve();

  /** @param busy true while nothing may move; @param fresh(rows) called with rows that are new. */
  constructor({ busy, fresh }) {
    Object.assign(this, { busy, fresh });
    for (const row of document.querySelectorAll("[data-row]")) this.#rows.set(row.dataset.row, row.outerHTML);
  }

  /** Fetch and show what is stored now, of the rows those of `only`: one after the other, the newest last. */
  anew(only = null) {
    this.#last = this.#last.catch(() => {}).then(() => this.#fetch(only));
    return this.#last;
  }

  async #fetch(only) {
    await this.#still();
    const reply = await fetch(only ? `${told.lanes}&${new URLSearchParams(only.map((slug) => ["only", slug]))}` : told.lanes);
    if (reply.redirected) return location.reload(); // signed out elsewhere
    if (!reply.ok) throw new Error(`the page answered ${reply.status}`);
    const sent = new DOMParser().parseFromString(await reply.text(), "text/html");
    await this.#still();
    this.#take(sent);
  }

  /** Wait while something is drawn or moved. */
  async #still() {
    while (this.busy()) await new Promise((resolve) => setTimeout(resolve, 200));
  }

  #take(sent) {
    const data = JSON.parse(sent.querySelector("[data-part=data]").textContent);
    const sameAxis = data.start === told.start && data.minutes === told.minutes;
    if (!sameAxis && sent.querySelector("[data-part=rows]")) return void this.anew(); // every place is another
    tellAnew(data);
    for (const part of sent.querySelectorAll("[data-part]")) {
      const { part: name } = part.dataset;
      const here = document.querySelector(`[data-part=${name}]`);
      if (name === "board") this.#takeBoard(here, part, sameAxis);
      else if (name === "rows") this.#takeRows(part.querySelectorAll("[data-row]"));
      else if (name !== "data" && here.innerHTML !== part.innerHTML) keepingFocus(here, () => here.replaceChildren(...part.childNodes));
    }
  }

  #takeBoard(here, sent, sameAxis) {
    const rows = new Map([...sent.querySelectorAll("[data-row]")].map((row) => [row.dataset.row, row.outerHTML]));
    const sameRows = sameAxis && [...rows.keys()].join() === [...this.#rows.keys()].join();
    if (!sameRows) {
      const frame = here.querySelector("[data-timeline]");
      const [left, top] = [frame?.scrollLeft ?? 0, scrollY];
      keepingFocus(here, () => here.replaceChildren(...sent.childNodes));
      place(here);
      this.#rows = rows;
      this.fresh([...here.querySelectorAll("[data-row]")], true);
      here.querySelector("[data-timeline]")?.scrollTo(left, 0);
      scrollTo(scrollX, top);
      return;
    }
    this.#takeRows(sent.querySelectorAll("[data-row]"));
  }

  /** Those that are here and say something else now. */
  #takeRows(sent) {
    for (const row of sent) {
      const { row: slug } = row.dataset;
      const html = row.outerHTML;
      const old = document.querySelector(`[data-row="${slug}"]`);
      if (!old || this.#rows.get(slug) === html) continue;
      this.#rows.set(slug, html);
      keepingFocus(old, () => {
        old.replaceWith(row);
        place(row);
        this.fresh([row], false);
        return row;
      });
    }
  }
}

/** Replace what is in `old`; the focus, and a popover that was open, are where they were. */
function keepingFocus(old, replace) {
  const focused = old.contains(document.activeElement) ? nameOf(document.activeElement) : null;
  const open = old.querySelector(":popover-open")?.id;
  const place = replace() ?? old;
  if (open) document.getElementById(open)?.showPopover();
  if (focused) (place.matches(focused) ? place : place.querySelector(focused))?.focus({ preventScroll: true });
}

/** A selector that finds this element again. */
function nameOf(element) {
  if (element.id) return `#${CSS.escape(element.id)}`;
  const deed = ["data-move-start", "formaction", "popovertarget"].find((name) => element.hasAttribute(name));
  if (deed) return `[${deed}="${CSS.escape(element.getAttribute(deed))}"]:not([id])`;
  const lane = element.closest("[data-lane]");
  if (element.matches(".cursor") && lane) return `[data-lane="${lane.dataset.lane}"] .cursor`;
  const link = element.getAttribute("href");
  if (link) return `[href="${CSS.escape(link)}"]`;
  const row = element.closest("[data-row]");
  return row ? `[data-row="${row.dataset.row}"] a` : null;
}
