/* A page that waits for something: it asks once a second, and goes on when it is sent elsewhere. */

const EVERY_MS = 1000;

async function ask() {
  try {
    const answer = await fetch(location.href, { credentials: "same-origin" });
    if (answer.redirected) {
      location.replace(answer.url);
      return;
    }
  } catch {
    // the server is away for a moment: ask again
  }
  setTimeout(ask, EVERY_MS);
}

setTimeout(ask, EVERY_MS);
