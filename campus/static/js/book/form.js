// The page's form in a dialog. While it is open the server is asked what stands against it, and the time
// is held. Without this file the form stands below the timeline, and nothing is held.

import { csrfToken } from "../shell.js";
import { say, told } from "./axis.js";

const QUIET_MS = 300; // after the last key
const HOLD_AGAIN_MS = 60_000; // a change renews a hold that is older
const LONGEST_GUESTS = 1500;
const TIMES = ["resource", "date", "start", "end", "next_day"];

export class Desk {
  #timer = 0;
  #asking = null; // the AbortController of the question under way
  #hold = null; // {id, key, at}
  #wanted = ""; // the time that the form says
  #renews = false;

  /** @param section the form's place; @param closed what to do when the dialog closes. */
  constructor(section, closed) {
    this.section = section;
    this.form = section.querySelector("[data-book-form]");
    this.verdict = section.querySelector("[data-verdict]");
    this.held = section.querySelector("[data-held]");
    this.closed = closed;
    this.dialog = Object.assign(document.createElement("dialog"), { className: "dialog" });
    this.dialog.setAttribute("aria-labelledby", "booking-title");
    section.before(this.dialog);
    this.dialog.append(section);
    this.#listen();
    if ("refused" in section.dataset) this.dialog.showModal(); // the page says why, until something is changed
    else if (location.hash === "#booking") this.#show();
  }

  /** With the lane's choice, or `choice` on it; without one, or without a lane, the time is as it stands. */
  open(lane, choice = lane?.choice) {
    const fields = this.form.elements;
    fields.date.value = told.day;
    if (lane) fields.resource.value = lane.slug;
    if (choice) {
      this.#fill("start", choice.from);
      this.#fill("end", choice.to);
      fields.next_day.checked = told.steps[Math.round(choice.to / 15)][2];
    }
    this.#forgetRefusal();
    this.#show();
    (choice ? fields.title : lane ? fields.start : fields.resource).focus();
  }

  get isOpen() {
    return this.dialog.open;
  }

  /** Something changed on the timelines: what was free may be so no longer. */
  askAgain() {
    if (this.isOpen) this.#later(0, false);
  }

  /** What the page said of another time, or before. */
  #forgetRefusal() {
    this.section.querySelectorAll(".refusal, .refused-offers").forEach((said) => said.remove());
  }

  #show() {
    this.dialog.showModal();
    this.#later(0);
  }

  #listen() {
    const fields = this.form.elements;
    const close = this.section.querySelector("[data-close]");
    close.hidden = false;
    this.dialog.addEventListener("click", ({ target }) => [close, this.dialog].includes(target) && this.dialog.close());
    this.dialog.addEventListener("close", () => {
      this.#forget();
      this.closed();
    });
    for (const name of ["start", "end", "date"])
      fields[name].addEventListener("input", () => { fields.start_again.value = fields.end_again.value = ""; });
    this.form.addEventListener("input", () => this.#later(QUIET_MS));
    this.form.addEventListener("submit", (event) => {
      this.sent ? event.preventDefault() : (this.sent = true); // once is enough
    });
    fields.repeat?.addEventListener("change", () => this.#showRepeat());
    this.#showRepeat();
    addEventListener("pageshow", () => { this.sent = false; });
    addEventListener("pagehide", () => this.sent || this.#release());
  }

  /** Only the fields of what was chosen. */
  #showRepeat() {
    const repeat = this.form.elements.repeat?.value ?? "";
    for (const part of this.form.querySelectorAll("[data-repeats]"))
      part.hidden = !repeat || (part.dataset.repeats && part.dataset.repeats !== repeat);
  }

  #fill(name, minute) {
    const [time, again] = told.steps[Math.round(minute / 15)];
    this.form.elements[name].value = time;
    this.form.elements[`${name}_again`].value = again ? "1" : "";
  }

  /** What a suggestion says: the form's own fields. */
  #take(fields) {
    for (const [name, value] of Object.entries(fields)) {
      const field = this.form.elements[name];
      field.type === "checkbox" ? (field.checked = Boolean(value)) : (field.value = value);
    }
    this.#later(0);
    this.form.elements.title.focus();
  }

  /** Ask soon. `renews`: somebody is at it, so what is held may be held anew. */
  #later(pause, renews = true) {
    clearTimeout(this.#timer);
    this.#renews ||= renews;
    this.#timer = setTimeout(() => this.#ask(), pause);
  }

  async #ask() {
    const renews = this.#renews;
    this.#renews = false;
    this.#asking?.abort();
    const asking = (this.#asking = new AbortController());
    const typed = new URLSearchParams(new FormData(this.form));
    for (const name of ["csrf_token", "title"]) typed.delete(name);
    if (typed.get("guests").length > LONGEST_GUESTS) typed.delete("guests"); // an address is not endless
    const key = TIMES.map((name) => typed.get(name)).join(" ");
    if (!["resource", "date", "start", "end"].every((name) => typed.get(name))) return this.#say(null);
    this.#wanted = key;
    let answer;
    try {
      const reply = await fetch(`${told.check}?${typed}`, { signal: asking.signal });
      if (reply.redirected) return location.reload(); // signed out elsewhere
      if (!reply.ok) return this.#say(null);
      answer = await reply.json();
    } catch {
      return; // a newer question, or no connection: the server decides when it is sent
    }
    if (!this.isOpen || this.#wanted !== key) return;
    this.#forgetRefusal();
    this.#say(answer);
    answer.free ? await this.#keep(key, typed, renews) : this.#release();
  }

  /** Hold the time that is free; a change renews it. */
  async #keep(key, typed, renews) {
    if (this.#hold?.key === key && (!renews || Date.now() - this.#hold.at < HOLD_AGAIN_MS)) return;
    const reply = await fetch(told.hold, { method: "POST", body: typed, headers: { "X-CSRFToken": csrfToken() } }).catch(() => null);
    if (reply?.status === 429) return this.#note((await reply.json()).message); // held for long enough
    if (!reply?.ok) return reply?.status === 409 && this.#later(QUIET_MS, false); // somebody was quicker
    const { id, until, seconds } = await reply.json();
    this.#hold = { id, key, at: Date.now() };
    if (!this.isOpen || this.#wanted !== key) return this.sent || this.#release();
    this.#note(say("held", { time: until }));
    this.overAt = setTimeout(() => { this.held.hidden = true; }, seconds * 1000);
  }

  /** What is said of the hold. */
  #note(text) {
    clearTimeout(this.overAt);
    this.held.querySelector("[data-until]").textContent = text;
    this.held.hidden = false;
  }

  #release() {
    if (!this.#hold) return;
    const { id } = this.#hold;
    this.#hold = null;
    this.held.hidden = true;
    fetch(`${told.hold}/${id}`, { method: "DELETE", headers: { "X-CSRFToken": csrfToken() }, keepalive: true }).catch(() => {});
  }

  #forget() {
    clearTimeout(this.#timer);
    this.#asking?.abort();
    this.#wanted = "";
    this.#say(null);
    this.#release();
  }

  /** What stands against it, and the ways out, each one click. None: nothing to say. */
  #say(answer) {
    const { verdict } = this;
    verdict.hidden = !answer || answer.ok;
    const reasons = verdict.querySelector("[data-reasons]");
    const offers = verdict.querySelector("[data-offers]");
    const was = reasons.textContent;
    const sentences = verdict.hidden ? [] : answer.reasons;
    if (was !== sentences.join("")) reasons.replaceChildren(...sentences.map(item));
    offers.replaceChildren(...(verdict.hidden ? [] : [...answer.suggestions, ...answer.others].map((offer) => this.#offer(offer))));
    offers.parentElement.hidden = !offers.children.length;
    verdict.querySelector("[data-wait]").hidden = verdict.hidden || !answer.waitlist;
    verdict.querySelector("[data-skip]").hidden = verdict.hidden || !answer.skips;
    verdict.querySelector("[data-skip]").textContent = answer?.skips ?? "";
  }

  #offer({ label, time, fields }) {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "button offer" });
    const detail = Object.assign(document.createElement("span"), { className: "quiet", textContent: time });
    button.append(label, " ", detail);
    button.addEventListener("click", () => this.#take(fields));
    return button;
  }
}

function item(sentence) {
  return Object.assign(document.createElement("li"), { textContent: sentence });
}
