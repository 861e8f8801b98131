// What every page shares: toasts that can be closed, a menu that closes when one looks elsewhere.

const toasts = document.getElementById("toasts");
const account = document.querySelector("details.account");

/** Say briefly what just happened. It stays 8 seconds, longer while pointed at or focused.
    `deed`, {label, act}: a button that takes it back. */
export function toast(message, deed) {
  const note = document.createElement("p");
  note.className = "toast";
  note.append(message);
  if (deed) {
    const button = Object.assign(document.createElement("button"), { className: "button plain", type: "button", textContent: deed.label });
    button.addEventListener("click", () => { note.remove(); deed.act(); }, { once: true });
    note.append(button);
  }
  toasts.append(note);
  furnish(note);
}

/** The token that a fetch() must send as X-CSRFToken when it changes something. */
export function csrfToken() {
  return document.querySelector('meta[name="csrf-token"]').content;
}

function furnish(note) {
  const close = document.createElement("button");
  close.className = "button plain";
  close.type = "button";
  close.textContent = toasts.dataset.close;
  close.addEventListener("click", () => note.remove());
  note.append(close);
  const leave = () => (note.matches(":hover, :focus-within") ? setTimeout(leave, 2000) : note.remove());
  setTimeout(leave, 8000);
}

toasts.querySelectorAll(".toast").forEach(furnish);

document.addEventListener("click", (event) => {
  if (account.open && !account.contains(event.target)) account.open = false;
});
account.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !account.open) return;
  account.open = false;
  account.querySelector("summary").focus();
});

// Many tabs on a phone: the one that is shown is in sight.
document.querySelector(".tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
