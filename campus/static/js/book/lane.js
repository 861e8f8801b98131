// One resource's lane: where it is free, and the slot that is being chosen on it.

import { STEP, say, snap, told, words } from "./axis.js";

const USUAL = 60; // minutes that a tap books, where they are free

export class Lane {
  /** @param element the lane; @param choice what was chosen on the one that it replaces. */
  constructor(element, choice) {
    this.element = element;
    this.slug = element.dataset.lane;
    this.name = element.dataset.name;
    this.barred = element.dataset.barred ?? "";
    this.free = JSON.parse(element.dataset.free);
    this.least = Math.ceil(Number(element.dataset.least) / STEP) * STEP;
    this.most = Math.max(STEP, snap(Number(element.dataset.most)));
    this.cursor = this.#makeCursor();
    this.show(choice ? this.#judged(choice.from, choice.to) : this.near(this.free[0]?.[0] ?? 0));
    element.classList.add("is-live");
  }

  minuteAt(clientX) {
    const box = this.element.getBoundingClientRect();
    const minute = ((clientX - box.left) / box.width) * told.minutes;
    return Math.min(Math.max(minute, 0), told.minutes - 1);
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
    const from = Math.min(snap(minute), told.minutes - STEP);
    const room = this.#room(from);
    return this.#judged(from, Math.min(from + length, room ? snap(room[1]) : from + length, told.minutes));
  }

  show(choice) {
    this.choice = choice;
    const { style, classList } = this.cursor;
    style.setProperty("--f", choice.from);
    style.setProperty("--t", choice.to);
    classList.toggle("is-refused", !choice.free);
    this.cursor.textContent = words(choice);
    this.cursor.ariaValueNow = choice.from;
    const time = words(choice);
    this.cursor.ariaValueText = this.barred ? `${time}, ${this.barred}` : say(choice.free ? "free" : "taken", { time });
  }

  draw = () => this.cursor.classList.add("is-drawn");
  hide = () => this.cursor.classList.remove("is-drawn");

  /** Move the slot by keys: by a quarter, or, with `longer`, its end. */
  step(minutes, longer) {
    const { from, to } = this.choice;
    const start = longer ? from : Math.max(0, Math.min(from + minutes, told.minutes - STEP));
    const length = Math.min(Math.max(longer ? to - from + minutes : to - from, STEP), told.minutes - start);
    this.show(this.#judged(start, start + length));
    this.cursor.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  /** True if a booking may lie there. `besides`: more room, where the booking that moves lies itself. */
  takes({ from, to }, besides = []) {
    const isLong = to - from >= this.least && to - from <= this.most;
    return isLong && [...this.free, ...besides].some(([first, last]) => first <= from && to <= last);
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
      ariaLabel: say("label", { name: this.name }),
      ariaValueMin: 0,
      ariaValueMax: told.minutes,
    });
    this.element.append(cursor);
    return cursor;
  }
}
