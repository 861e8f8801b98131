// A booking is gripped on its lane, by mouse or by a held finger: wholly, or at one of its ends. What comes
// of it is the mover's.

import { STEP, told } from "./axis.js";
import { followEdge } from "./draw.js";

const STILL_PX = 6;
const LONG_PRESS_MS = 400;
const EDGE_PX = 9; // from here an end is taken

/** Listen on `timeline`, which holds the lanes; `lanes` by slug. */
export function gripOn(timeline, lanes, mover) {
  let grip = null; // {x, y, block, mode, live, touch, timer, pointer}
  let dropped = false;

  const lift = () => {
    mover.lift(grip.block);
    grip.live = true;
    timeline.setPointerCapture(grip.pointer);
    timeline.classList.add("is-moving");
  };
  /** What was gripped, which is so no more. */
  const open = () => {
    const was = grip;
    clearTimeout(was?.timer);
    timeline.classList.remove("is-moving");
    grip = null;
    return was;
  };
  const letGo = () => {
    open();
    mover.letGo();
  };
  const laneAt = (y) =>
    [...lanes().values()].find((lane) => {
      const { top, bottom } = lane.element.getBoundingClientRect();
      return top <= y && y < bottom;
    });

  timeline.addEventListener("pointerdown", (event) => {
    const block = event.target.closest("[data-move]");
    if (!block || event.button || mover.isBusy) return;
    const { left, right, width } = block.getBoundingClientRect();
    const edge = Math.min(EDGE_PX, width / 4);
    const atEnd = event.clientX > right - edge || block.dataset.move === "end";
    const mode = atEnd ? "end" : event.clientX < left + edge ? "start" : "all";
    const touch = event.pointerType === "touch";
    grip = { x: event.clientX, y: event.clientY, block, mode, live: false, touch, pointer: event.pointerId };
    if (touch) grip.timer = setTimeout(lift, LONG_PRESS_MS);
  });
  timeline.addEventListener("pointermove", (event) => {
    if (!grip) return;
    if (!grip.live) {
      if (Math.hypot(event.clientX - grip.x, event.clientY - grip.y) < STILL_PX) return;
      if (grip.touch) return letGo(); // it is a scroll
      lift();
    }
    if (!mover.isMoving) return void open(); // given up by key
    const { home, was, lane: here } = mover.move;
    const by = ((event.clientX - grip.x) / home.element.getBoundingClientRect().width) * told.minutes;
    const lane = grip.mode === "all" ? (laneAt(event.clientY) ?? here) : home;
    mover.show(lane, ...stretched(was, grip.mode, by));
    followEdge(lane.element.closest("[data-timeline]"), event.clientX);
  });
  timeline.addEventListener("pointerup", () => {
    if (!open()?.live) return;
    dropped = true;
    setTimeout(() => { dropped = false; }, 0);
    mover.drop();
  });
  timeline.addEventListener("pointercancel", letGo);
  timeline.addEventListener("touchmove", (event) => grip?.live && event.preventDefault(), { passive: false });
  timeline.addEventListener("contextmenu", (event) => grip && event.preventDefault());
  timeline.addEventListener("click", (event) => {
    if (!dropped) return;
    dropped = false; // the end of a drag is no click
    event.preventDefault();
    event.stopPropagation();
  }, true);
}

/** From and to, when an end or all of it went so many minutes along. */
function stretched({ from, to }, mode, by) {
  const round = (minute) => Math.round(minute / STEP) * STEP;
  if (mode === "end") return [from, Math.max(round(to + by), from + 1)];
  if (mode === "start") return [Math.min(round(from + by), to - 1), to];
  return Math.abs(by) < STEP / 2 ? [from, to] : [round(from + by), round(from + by) + to - from];
}
