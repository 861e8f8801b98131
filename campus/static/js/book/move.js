// A booking is taken to another time or another lane, or its ends are: by hand (see grip) or by keys.
// Nothing is moved before somebody confirms it, and what was moved can be moved back.

import { toast } from "../shell.js";
import { STEP, instant, now, say, snap, told, words } from "./axis.js";
import { change } from "./change.js";
import { gripOn } from "./grip.js";

export class Mover {
  isBusy = false;
  move = null; // {block, home, lane, from, to, was: {from, to}}

  /** @param timeline what holds it; @param lanes the lanes by slug; @param anew fetches the timeline again. */
  constructor(timeline, lanes, anew) {
    Object.assign(this, { lanes, anew });
    this.bar = document.querySelector("[data-move-bar]");
    this.said = this.bar.querySelector("[data-said]");
    this.scope = this.bar.querySelector("[data-scope]");
    this.ghost = Object.assign(document.createElement("div"), { className: "ghost at", tabIndex: -1, role: "slider" });
    this.#listen();
    gripOn(timeline, lanes, this);
  }

  get isMoving() {
    return Boolean(this.move);
  }

  /** By keys, or by the buttons of the bar. */
  begin(block) {
    this.lift(block);
    this.#ask();
    this.ghost.focus();
  }

  #listen() {
    const { bar } = this;
    document.addEventListener("click", ({ target }) => {
      const start = target.closest("[data-move-start]");
      if (!start) return;
      start.closest("[popover]")?.hidePopover();
      this.begin(document.getElementById(start.dataset.moveStart));
    });
    this.ghost.addEventListener("keydown", (event) => this.#key(event));
    bar.addEventListener("keydown", (event) => event.key === "Escape" && this.cancel());
    bar.addEventListener("click", ({ target }) => {
      const by = target.closest("[data-by]")?.dataset.by.split(" ").map(Number);
      if (by) this.#shift(...by);
      else if (target.closest("[data-confirm]")) this.#confirm();
      else if (target.closest("[data-undo]")) this.cancel();
    });
  }

  // By pointer

  /** It was put down where it is shown. */
  drop() {
    if (this.#isSame()) return this.cancel();
    if (!this.#fits()) {
      toast(say("nofit", { time: words(this.move), name: this.move.lane.name }));
      return this.cancel();
    }
    this.#ask();
    this.bar.querySelector("[data-confirm]").focus();
  }

  /** It was not put down: unless somebody is asked already, nothing was meant. */
  letGo() {
    if (this.isMoving && this.bar.hidden) this.cancel();
  }

  // By keys

  #key(event) {
    const by = { ArrowLeft: -STEP, ArrowRight: STEP, PageUp: -60, PageDown: 60 }[event.key];
    const row = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (by) event.shiftKey ? this.#shift(0, by) : this.#shift(by, by);
    else if (row) this.#toRow(row);
    else if (event.key === "Enter") this.#confirm();
    else if (event.key === "Escape") this.cancel();
    else return;
    event.preventDefault();
  }

  #shift(start, end) {
    const { block, lane, from, to } = this.move;
    const first = block.dataset.move === "end" ? from : from + start;
    this.show(lane, first, Math.max(to + end, first + STEP));
    this.#ask();
    this.ghost.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  #toRow(by) {
    if (this.move.block.dataset.move === "end") return;
    const all = [...this.lanes().values()];
    const lane = all[all.indexOf(this.move.lane) + by];
    if (!lane) return;
    this.show(lane, this.move.from, this.move.to);
    this.#ask();
    this.ghost.focus();
  }

  // What both do

  lift(block) {
    const [from, to] = JSON.parse(block.dataset.at);
    const home = this.lanes().get(block.closest("[data-lane]").dataset.lane);
    this.move = { block, home, lane: home, from, to, was: { from, to } };
    this.ghost.ariaLabel = say("moving", { title: block.dataset.title });
    this.ghost.ariaValueMin = 0;
    this.ghost.ariaValueMax = told.minutes;
    block.classList.add("is-lifted");
    this.show(home, from, to);
  }

  /** It would be there. */
  show(lane, from, to) {
    const length = Math.min(to - from, told.minutes);
    const first = Math.max(0, Math.min(from, told.minutes - length));
    Object.assign(this.move, { lane, from: first, to: first + length });
    const { ghost } = this;
    if (ghost.parentElement !== lane.element) lane.element.append(ghost);
    ghost.style.setProperty("--f", first);
    ghost.style.setProperty("--t", first + length);
    ghost.textContent = this.#time();
    ghost.classList.toggle("is-refused", !this.#fits());
    ghost.ariaValueNow = first;
    ghost.ariaValueText = `${lane.name}, ${this.#time()}${this.#fits() ? "" : `, ${say("notfree")}`}`;
  }

  /** Places that lie on no quarter are those of the booking itself: the block says them. */
  #time() {
    const { from, to, was, block } = this.move;
    return from === was.from && to === was.to ? block.dataset.time : words(this.move);
  }

  #fits() {
    const { block, lane, home, from, to, was } = this.move;
    if (from !== was.from && from < snap(now())) return false;
    const room = JSON.parse(block.dataset.room);
    return !lane.barred && lane.takes({ from, to }, lane === home ? [room] : []);
  }

  #isSame() {
    const { lane, home, from, to, was } = this.move;
    return lane === home && from === was.from && to === was.to;
  }

  #ask() {
    const { lane, block } = this.move;
    const fits = this.#fits();
    const question = this.#isSame() ? "pick" : fits ? "move" : "nofit";
    this.said.textContent = say(question, { name: lane.name, time: this.#time(), title: block.dataset.title });
    this.bar.querySelector("[data-confirm]").disabled = !fits || this.#isSame();
    this.scope.hidden = !block.dataset.repeats;
    if (this.bar.hidden) this.scope.querySelector("select").value = "this";
    this.bar.hidden = false;
  }

  cancel() {
    if (!this.move) return;
    const { id } = this.move.block;
    this.#end();
    document.getElementById(id)?.focus({ preventScroll: true });
    this.anew(); // what came meanwhile
  }

  #end() {
    this.move?.block.classList.remove("is-lifted");
    this.move = null;
    this.ghost.remove();
    this.bar.hidden = true;
  }

  async #confirm() {
    if (!this.move || this.isBusy || this.#isSame() || !this.#fits()) return;
    const { block, home, lane, from, to, was } = this.move;
    const { bookingId: booking, occurrence, version, repeats } = block.dataset;
    const scope = repeats ? this.scope.querySelector("select").value : "all";
    const named = { scope, occurrence: Number(occurrence) };
    const there = { start: instant(from), end: instant(to), resource: lane.slug };
    const back = { start: instant(was.from), end: instant(was.to), resource: home.slug };
    const [name, time] = [lane.name, words({ from, to })];
    this.isBusy = true;
    const answer = await change(booking, { ...there, ...named, version: Number(version) });
    this.isBusy = false;
    this.#end();
    if (answer) {
      // what was "following" is a booking of its own from now on: all of it goes back
      const again = answer.id === Number(booking) ? named : { scope: "all" };
      const undo = async () => {
        if (await change(answer.id, { ...back, ...again, version: answer.version })) toast(say("back"));
        this.anew();
      };
      toast(say("moved", { name, time }), { label: told.words.undo, act: undo });
    }
    await this.anew();
    document.getElementById(`b${occurrence}`)?.focus({ preventScroll: true });
  }
}
