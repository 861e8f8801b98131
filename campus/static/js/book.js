// The day page by hand: draw a time on a lane (mouse, or a long press), tap it, or choose it by keys;
// the page's own form then opens in a dialog. Without this file the form stands below the timeline.

import { timesFromTo } from "./figures.js";

const STEP = 15; // minutes
const USUAL = 60; // minutes that a tap books, where they are free
const LONG_PRESS_MS = 350;
const STILL_PX = 10;

const day = JSON.parse(document.getElementById("day-data").textContent);
const timeline = document.querySelector("[data-timeline]");
const section = document.querySelector("[data-booking]");

/** Now on the axis, by the server's clock: the one that decides. */
const now = () => day.now + performance.now() / 60000;
/** What the wall clock shows at `minute` of the axis, HH:MM. */
const wall = (minute) => day.steps[minute / STEP][0];
const words = (choice) => timesFromTo(wall(choice.from), wall(choice.to));
const snap = (minute) => Math.floor(minute / STEP) * STEP;

/** One resource's lane: where it is free, and the slot that is being chosen on it. */
class Lane {
  constructor(element) {
    this.element = element;
    this.slug = element.dataset.lane;
    this.free = JSON.parse(element.dataset.free);
    this.least = Math.ceil(Number(element.dataset.least) / STEP) * STEP;
    this.most = Math.max(STEP, snap(Number(element.dataset.most)));
    this.choice = this.near(this.free[0]?.[0] ?? 0);
    this.cursor = this.#makeCursor();
    this.show(this.choice);
    element.classList.add("is-live");
  }

  minuteAt(clientX) {
    const box = this.element.getBoundingClientRect();
    const minute = ((clientX - box.left) / box.width) * day.minutes;
    return Math.min(Math.max(minute, 0), day.minutes - 1);
  }

  /** From the quarter of `anchor` to that of `head`, held within the free time around the anchor. */
  drawn(anchor, head) {
    const start = snap(anchor);
    const room = this.#room(start);
    if (!room) return { from: start, to: start + STEP, free: false };
    if (head < start) {
      const first = Math.ceil(room[0] / STEP) * STEP;
      return this.#judged(Math.max(snap(head), first, start + STEP - this.most), start + STEP);
    }
    const to = Math.min(snap(head) + STEP, snap(room[1]), start + this.most);
    return this.#judged(start, Math.max(to, start + STEP));
  }

  /** The slot that a tap at `minute` means: the usual length, or what is free of it. */
  near(minute, length = Math.min(Math.max(USUAL, this.least), this.most)) {
    const from = Math.min(snap(minute), day.minutes - STEP);
    const room = this.#room(from);
    return this.#judged(from, Math.min(from + length, room ? snap(room[1]) : from + length, day.minutes));
  }

  show(choice) {
    this.choice = choice;
    const { style, classList } = this.cursor;
    style.setProperty("--f", choice.from);
    style.setProperty("--t", choice.to);
    classList.toggle("is-refused", !choice.free);
    this.cursor.textContent = words(choice);
    this.cursor.ariaValueNow = choice.from;
    const text = choice.free ? timeline.dataset.free : timeline.dataset.taken;
    this.cursor.ariaValueText = text.replace("{time}", words(choice));
  }

  draw = () => this.cursor.classList.add("is-drawn");
  hide = () => this.cursor.classList.remove("is-drawn");

  /** Move the slot by keys: by a quarter, or, with `longer`, its end. */
  step(minutes, longer) {
    const { from, to } = this.choice;
    const start = longer ? from : Math.max(0, Math.min(from + minutes, day.minutes - STEP));
    const length = Math.min(Math.max(longer ? to - from + minutes : to - from, STEP), day.minutes - start);
    this.show(this.#judged(start, start + length));
    this.cursor.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  #room = (minute) => this.free.find(([from, to]) => from <= minute && minute < to);

  #judged(from, to) {
    const room = this.#room(from);
    return { from, to, free: Boolean(room) && to <= room[1] };
  }

  #makeCursor() {
    const cursor = Object.assign(document.createElement("div"), {
      className: "cursor at",
      tabIndex: 0,
      role: "slider",
      ariaLabel: timeline.dataset.label.replace("{name}", this.element.dataset.name),
      ariaValueMin: 0,
      ariaValueMax: day.minutes,
    });
    this.element.append(cursor);
    return cursor;
  }
}

/** The page's form in a dialog. */
class Desk {
  constructor() {
    this.form = section.querySelector("[data-book-form]");
    this.dialog = Object.assign(document.createElement("dialog"), { className: "dialog" });
    this.dialog.setAttribute("aria-labelledby", "booking-title");
    section.before(this.dialog);
    this.dialog.append(section);
    const close = section.querySelector("[data-close]");
    close.hidden = false;
    this.dialog.addEventListener("click", ({ target }) => [close, this.dialog].includes(target) && this.dialog.close());
    this.dialog.addEventListener("close", () => lanes.forEach((lane) => lane.hide()));
    const fields = this.form.elements;
    for (const name of ["start", "end", "date"])
      fields[name].addEventListener("input", () => { fields.start_again.value = fields.end_again.value = ""; });
    this.form.addEventListener("submit", (event) => {
      this.sent ? event.preventDefault() : (this.sent = true); // once is enough
    });
    addEventListener("pageshow", () => { this.sent = false; });
    if ("refused" in section.dataset || location.hash === "#booking") this.dialog.showModal();
  }

  open(lane) {
    const fields = this.form.elements;
    fields.date.value = day.day;
    if (lane) {
      fields.resource.value = lane.slug;
      this.#fill("start", lane.choice.from);
      this.#fill("end", lane.choice.to);
      fields.next_day.checked = day.steps[lane.choice.to / STEP][2];
    }
    section.querySelectorAll(".refusal, .offers").forEach((said) => said.remove()); // of another time
    this.dialog.showModal();
    (lane ? fields.title : fields.resource).focus();
  }

  #fill(name, minute) {
    const [time, again] = day.steps[minute / STEP];
    this.form.elements[name].value = time;
    this.form.elements[`${name}_again`].value = again ? "1" : "";
  }
}

function listen(lane, desk) {
  const { element } = lane;
  let drag = null; // {x, y, anchor, live, moved, timer}

  const finish = (open) => {
    clearTimeout(drag?.timer);
    drag = null;
    open && lane.choice.free ? desk.open(lane) : lane.hide();
  };
  const begin = () => {
    drag.live = true;
    lane.show(lane.drawn(drag.anchor, drag.anchor));
    lane.draw();
  };

  element.addEventListener("pointerdown", (event) => {
    if (event.button || event.target.closest("button.block")) return;
    drag = { x: event.clientX, y: event.clientY, anchor: lane.minuteAt(event.clientX), live: false, moved: false };
    if (event.pointerType === "touch") {
      drag.timer = setTimeout(begin, LONG_PRESS_MS);
    } else {
      event.preventDefault(); // no text selection
      element.setPointerCapture(event.pointerId);
      begin();
    }
  });
  element.addEventListener("pointermove", (event) => {
    if (!drag) return;
    const still = Math.hypot(event.clientX - drag.x, event.clientY - drag.y) < STILL_PX;
    if (!drag.live) return still || finish(false); // it is a scroll
    drag.moved ||= !still;
    lane.show(lane.drawn(drag.anchor, lane.minuteAt(event.clientX)));
    followEdge(event.clientX);
  });
  element.addEventListener("pointerup", () => {
    if (!drag) return;
    if (!drag.moved) lane.show(lane.near(drag.anchor));
    lane.draw();
    finish(true);
  });
  element.addEventListener("pointercancel", () => finish(false));
  element.addEventListener("touchmove", (event) => drag?.live && event.preventDefault(), { passive: false });
  element.addEventListener("contextmenu", (event) => drag && event.preventDefault());

  lane.cursor.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -STEP, ArrowRight: STEP, PageUp: -60, PageDown: 60 }[event.key];
    const beside = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (by) lane.step(by, event.shiftKey);
    else if (beside) moveTo(lanes[lanes.indexOf(lane) + beside], lane.choice);
    else if (event.key === "Enter" || event.key === " ") lane.choice.free && desk.open(lane);
    else return;
    event.preventDefault();
  });
}

/** The same time on another lane, if there is one. */
function moveTo(lane, choice) {
  lane?.show(lane.near(choice.from, choice.to - choice.from));
  lane?.cursor.focus();
}

/** Draw on beyond what is seen: the frame scrolls along. */
function followEdge(clientX) {
  const { left, right } = timeline.getBoundingClientRect();
  timeline.scrollLeft += clientX > right - 32 ? 12 : clientX < left + 32 ? -12 : 0;
}

function moveNow() {
  const minute = now();
  for (const line of document.querySelectorAll("[data-now]")) {
    line.hidden = minute < 0 || minute > day.minutes;
    line.style.setProperty("--f", minute);
  }
}

/** On a narrow screen begin where it matters: at a booking just made, else a little before now. */
function scrollToNow() {
  const width = timeline.querySelector(".timeline-hours").offsetWidth;
  if (!location.hash && now() > 0 && now() < day.minutes)
    timeline.scrollLeft = ((now() - 45) / day.minutes) * width;
}

const lanes = timeline ? [...timeline.querySelectorAll("[data-lane]")].map((element) => new Lane(element)) : [];

if (timeline && section) {
  const desk = new Desk();
  lanes.forEach((lane) => listen(lane, desk));
  document.querySelectorAll("[data-book]").forEach((link) =>
    link.addEventListener("click", (event) => {
      event.preventDefault();
      desk.open(lanes.find((lane) => lane.slug === link.dataset.book && lane.choice.free));
    }),
  );
  document.querySelector("[data-hint]").hidden = false;
  scrollToNow();
  moveNow();
  setInterval(moveNow, 20000);
}

const dayForm = document.querySelector("[data-day-form]");
dayForm.querySelector("button").hidden = true;
dayForm.addEventListener("change", () => dayForm.elements.date.value && dayForm.submit());
