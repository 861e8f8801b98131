// A booking is changed through the API, as the member who is signed in here.

import { csrfToken, toast } from "../shell.js";
import { say } from "./axis.js";

const API = "/api/v1/bookings/";

/** Change a booking: what it is now. None if it was refused; then it is said why. */
export async function change(booking, wanted) {
  let reply;
  try {
    reply = await fetch(`${API}${booking}`, {
      method: "PATCH",
      headers: { "Content-Type": "application/json", "X-CSRFToken": csrfToken() },
      body: JSON.stringify(wanted),
    });
  } catch {
    toast(say("offline"));
    return null;
  }
  const answer = await reply.json().catch(() => ({}));
  if (reply.ok) return answer;
  toast(answer.code === "changed" ? say("changed") : (answer.detail ?? say("refused")));
  return null;
}
