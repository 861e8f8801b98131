// Places by drag: a piece, or its corner, moves by whole units, and the numbers of its row follow; and back.

const form = document.querySelector("[data-floor-form]");
const across = Number(form.dataset.across);
const down = Number(form.dataset.down);
const scale = Number(form.dataset.scale);
const LEAST = 2;

form.querySelectorAll("[data-piece]").forEach((piece) => {
  piece.addEventListener("pointerdown", (event) => begin(event, piece));
});
form.addEventListener("input", (event) => {
  const row = event.target.closest("[data-row]");
  const piece = row && form.querySelector(`[data-piece="${row.dataset.row}"]`);
  const place = piece && read(row);
  if (place) draw(piece, place);
});

function begin(event, piece) {
  if (event.button !== 0) return;
  event.preventDefault();
  const row = form.querySelector(`[data-row="${piece.dataset.piece}"]`);
  const was = read(row);
  if (!was) return;
  const sizes = event.target.matches(".floor-corner");
  const box = piece.ownerSVGElement.getBoundingClientRect();
  const unit = box.width / across;
  const start = { x: event.clientX, y: event.clientY };
  piece.setPointerCapture(event.pointerId);
  piece.classList.add("is-held");
  const move = (to) => {
    const dx = Math.round((to.clientX - start.x) / unit);
    const dy = Math.round((to.clientY - start.y) / unit);
    const place = sizes
      ? { ...was, width: held(was.width + dx, LEAST, across - was.x), height: held(was.height + dy, LEAST, down - was.y) }
      : { ...was, x: held(was.x + dx, 0, across - was.width), y: held(was.y + dy, 0, down - was.height) };
    draw(piece, place);
    for (const [name, value] of Object.entries(place)) field(row, name).value = String(value);
  };
  const end = () => {
    piece.classList.remove("is-held");
    piece.removeEventListener("pointermove", move);
  };
  piece.addEventListener("pointermove", move);
  piece.addEventListener("pointerup", end, { once: true });
  piece.addEventListener("pointercancel", end, { once: true });
}

/** The place that a row's fields mean; null while they mean none. */
function read(row) {
  const place = {};
  for (const name of ["x", "y", "width", "height"]) {
    const text = field(row, name).value.trim().replace(",", ".");
    if (text === "" || Number.isNaN(Number(text))) return null;
    place[name] = Number(text);
  }
  return place;
}

function draw(piece, { x, y, width, height }) {
  const [ground, label, corner] = piece.children;
  for (const part of [ground, label]) {
    part.setAttribute("x", x * scale);
    part.setAttribute("y", y * scale);
    part.setAttribute("width", Math.max(width, 0) * scale);
    part.setAttribute("height", Math.max(height, 0) * scale);
  }
  corner.setAttribute("x", (x + width) * scale - 18);
  corner.setAttribute("y", (y + height) * scale - 18);
}

function field(row, name) {
  return row.querySelector(`[data-field="${name}"]`);
}

function held(value, least, most) {
  return Math.min(Math.max(value, least), most);
}
