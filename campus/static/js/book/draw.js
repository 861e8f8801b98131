// A time is drawn on a lane: by mouse, by a finger that is held, by a tap, or by keys.

import { STEP } from "./axis.js";

const LONG_PRESS_MS = 350;
const STILL_PX = 10;

/** True while somebody draws: the timeline stays as it is. */
export let isDrawing = false;

/**
 * Listen on `lane`. `desk` opens the form; `beside(lane, by)` is the lane above or below.
 */
export function drawOn(lane, desk, beside) {
  const { element } = lane;
  const timeline = element.closest("[data-timeline]");
  let drag = null; // {x, y, anchor, live, moved, timer}

  const finish = (open) => {
    clearTimeout(drag?.timer);
    drag = null;
    isDrawing = false;
    open && lane.choice.free ? desk.open(lane) : lane.hide();
  };
  const begin = () => {
    drag.live = isDrawing = true;
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
    followEdge(timeline, event.clientX);
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
    const row = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (by) lane.step(by, event.shiftKey);
    else if (row) moveTo(beside(lane, row), lane.choice);
    else if (event.key === "Enter" || event.key === " ") lane.choice.free && desk.open(lane);
    else return;
    event.preventDefault();
  });
}

/** Draw on beyond what is seen: the frame scrolls along. */
export function followEdge(timeline, clientX) {
  const { left, right } = timeline.getBoundingClientRect();
  timeline.scrollLeft += clientX > right - 32 ? 12 : clientX < left + 32 ? -12 : 0;
}

/** The same time on another lane, if there is one. */
function moveTo(lane, choice) {
  lane?.show(lane.near(choice.from, choice.to - choice.from));
  lane?.cursor.focus();
}
