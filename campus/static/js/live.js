// The event stream of one page: resumed by id, closed while nobody looks, retried with jitter.

const LONGEST_PAUSE_MS = 30_000;

/**
 * Follow `url` (its `after` is set here) from batch `after` on.
 *   on: {name(data)}                                    what comes, by the event's name
 *   state("live" | "catching" | "offline" | "out", since)   when it changes; "out", signed out, is the last
 *   resync() -> Promise<id>                             load the page's data anew; go on after that id
 */
export function follow(url, after, { on, state, resync }) {
  let source = null;
  let timer = 0;
  let failures = 0;
  let lostAt = null;
  let last = after;
  let ended = false;

  function address() {
    const found = new URL(url, location.href);
    found.searchParams.set("after", last);
    return found;
  }

  function open() {
    if (source || ended || document.hidden) return;
    source = new EventSource(address());
    source.addEventListener("open", () => {
      failures = 0;
      lostAt = null;
      state("live");
    });
    for (const [name, take] of Object.entries(on)) {
      source.addEventListener(name, (event) => {
        last = Number(event.lastEventId) || last;
        take(JSON.parse(event.data));
      });
    }
    source.addEventListener("resync", again);
    source.addEventListener("signed-out", end);
    source.addEventListener("error", retry);
  }

  function close() {
    source?.close();
    source = null;
    clearTimeout(timer);
  }

  function end() {
    ended = true;
    close();
    state("out");
  }

  /** An event source does not say why it was refused. */
  async function isRefused() {
    const reply = await fetch(address(), { method: "HEAD" }).catch(() => null);
    return reply?.status === 401 || Boolean(reply?.redirected); // a page is sent to the sign-in
  }

  function retry() {
    close();
    lostAt ??= new Date();
    failures += 1;
    isRefused().then((refused) => refused && end());
    state(failures > 1 ? "offline" : "catching", lostAt);
    const pause = Math.min(LONGEST_PAUSE_MS, 1000 * 2 ** Math.min(failures, 5));
    timer = setTimeout(open, pause * (0.5 + Math.random() / 2));
  }

  async function again() {
    if (ended) return;
    close();
    state("catching");
    try {
      last = await resync();
      open();
    } catch {
      retry();
    }
  }

  document.addEventListener("visibilitychange", () => {
    if (ended) return;
    if (document.hidden) return close();
    state("catching");
    open();
  });
  addEventListener("online", () => !source && (close(), open()));
  addEventListener("pagehide", close);
  addEventListener("pageshow", open);
  open();
  return { resync: again };
}
