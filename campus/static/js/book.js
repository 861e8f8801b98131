// The booking page by hand. The parts: axis (the day), lane (a resource's), draw (a new booking), form (its
// dialog, with what stands against it), move and grip (a booking that is there), board (what comes anew).

import { now, told } from "./book/axis.js";
import { Board } from "./book/board.js";
import { drawOn, isDrawing } from "./book/draw.js";
import { Desk } from "./book/form.js";
import { Lane } from "./book/lane.js";
import { Mover } from "./book/move.js";
import { follow } from "./live.js";

const SOON_MS = 120; // changes that come together are fetched together
const MANY = 12; // rows from which all are fetched
const ALL_ANEW_MS = 60_000; // what changes with the time alone: free until, the next time to book

const section = document.querySelector("[data-booking]");
const choosing = document.querySelector("[data-choose]");
const liveState = document.querySelector("[data-live-state]");
const lanes = new Map(); // by slug, in the order of the page
let frame = null;

const desk = section && new Desk(section, () => lanes.forEach((lane) => lane.hide()));
const mover = desk && new Mover(document.querySelector("[data-part=board]"), () => lanes, () => board.anew());
const board = new Board({ busy: () => isDrawing || Boolean(mover?.isMoving), fresh });

/** The lane beside another, as the page lists them. */
function beside(lane, by) {
  const all = [...lanes.values()];
  return all[all.indexOf(lane) + by];
}

/** Rows that came (anew): their lanes listen. `all`: the whole timeline is another. */
function fresh(rows, all) {
  frame = document.querySelector("[data-timeline]");
  const choices = new Map([...lanes].map(([slug, lane]) => [slug, lane.choice]));
  if (all) lanes.clear();
  for (const row of rows) {
    const element = row.querySelector("[data-lane]");
    if (!element || !desk) continue;
    const lane = new Lane(element, all ? undefined : choices.get(element.dataset.lane));
    lanes.set(lane.slug, lane);
    drawOn(lane, desk, beside);
  }
  moveNow();
}

function moveNow() {
  if (!frame) return;
  const minute = now();
  frame.style.setProperty("--now", Math.min(Math.max(minute, 0), told.minutes ?? 0));
  frame.classList.toggle("has-now", minute >= 0 && minute <= told.minutes);
}

/** On a narrow frame begin where it matters: at a booking just made, else a little before now. */
function scrollToNow() {
  const hours = frame?.querySelector(".timeline-hours");
  if (hours && !location.hash && now() > 0 && now() < told.minutes)
    frame.scrollLeft = ((now() - 45) / told.minutes) * hours.offsetWidth;
}

/** What is chosen stands in the address, and the timeline is fetched for it. */
function choose() {
  const chosen = new URLSearchParams([...new FormData(choosing)].filter(([, value]) => value));
  const [count, many] = [choosing.querySelector("[data-count]"), chosen.getAll("equipment").length];
  if (count) Object.assign(count, { hidden: !many, textContent: many || "" });
  history.replaceState(null, "", `${choosing.getAttribute("action")}?${chosen}`);
  told.lanes = `${told.lanes.split("?")[0]}?${chosen}`;
  if (desk) desk.form.action = `${desk.form.getAttribute("action").split("?")[0]}?${chosen}`; // and goes along
  board.anew();
}

// Links that open the form; without this file they fill it
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-book]");
  if (!link || !desk || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const lane = lanes.get(link.dataset.book);
  const take = link.dataset.take && JSON.parse(link.dataset.take);
  event.preventDefault();
  if (take) desk.open(lane, { from: take[0], to: take[1] });
  else desk.open(lane, lane?.choice.free ? lane.choice : null);
});

choosing.querySelector("[data-show]").hidden = true;
choosing.addEventListener("change", choose);
choosing.addEventListener("submit", (event) => {
  event.preventDefault();
  choose();
});
document.addEventListener("change", ({ target }) => {
  const form = target.closest("[data-day-form]");
  if (form && target.value) form.submit();
});

// Updates by itself

let soon = 0;
const changed = new Set();
function later({ resources }) {
  resources.forEach((slug) => changed.add(slug));
  soon ||= setTimeout(() => {
    const slugs = [...changed];
    soon = 0;
    changed.clear();
    board.anew(slugs.length < MANY ? slugs : null).catch(() => {});
    desk?.askAgain();
  }, SOON_MS);
}

function tell(state) {
  if (state === liveState.dataset.state) return;
  liveState.dataset.state = state;
  liveState.hidden = false;
  liveState.querySelector("[data-word]").textContent = told.words[`state-${state}`];
}

async function resync() {
  await board.anew();
  return told.after;
}

fresh([...document.querySelectorAll("[data-row]")], true);
document.querySelector("[data-hint]")?.removeAttribute("hidden");
scrollToNow();
setInterval(moveNow, 20_000);
setInterval(() => document.hidden || desk?.isOpen || board.anew().catch(() => {}), ALL_ANEW_MS);
follow(told.stream, told.after, { on: { changed: later }, state: tell, resync });
