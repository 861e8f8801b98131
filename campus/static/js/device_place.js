// A device's place by a click on the plan: its numbers follow, and its space is the room that was clicked.

const form = document.querySelector("[data-place-form]");
const across = Number(form.dataset.across);
const field = (name) => form.querySelector(`[data-field="${name}"]`);
const boards = [...form.querySelectorAll("[data-board]")];

for (const board of boards) {
  board.addEventListener("click", (event) => {
    const box = board.getBoundingClientRect();
    const unit = box.width / across;
    field("floor").value = board.dataset.board;
    field("x").value = tenth((event.clientX - box.left) / unit);
    field("y").value = tenth((event.clientY - box.top) / unit);
    field("space").value = event.target.closest("[data-space]")?.dataset.space ?? "";
    draw();
  });
}
form.addEventListener("input", draw);

function draw() {
  const [x, y] = ["x", "y"].map((name) => Number(field(name).value.replace(",", ".") || NaN));
  for (const board of boards) {
    const mark = board.querySelector("[data-mark]");
    const here = board.dataset.board === field("floor").value.trim() && Number.isFinite(x) && Number.isFinite(y);
    mark.setAttribute("visibility", here ? "visible" : "hidden");
    const scale = board.viewBox.baseVal.width / across;
    if (here) mark.setAttribute("transform", `translate(${x * scale} ${y * scale})`);
  }
}

const tenth = (number) => String(Math.round(number * 10) / 10);
