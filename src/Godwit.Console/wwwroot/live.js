// Parts marked data-live are asked for again when the service says that what they show has changed.
export function follow(afterwards) {
  const marked = document.querySelector("[data-follow]");
  if (!marked)
    return;
  let source, busy = false, again = false, ticks = 0, last;

  const refresh = async () => {
    if (busy) {
      again = true;
      return;
    }
    busy = true;
    try {
      const answer = await fetch(location.href, { headers: { "X-Part": "live" } });
      if (answer.redirected || answer.status === 401)
        location.reload();
      if (answer.ok)
        swap(new DOMParser().parseFromString(await answer.text(), "text/html"));
    } catch {
      // The service is away; the feed reconnects by itself and brings the news.
    } finally {
      busy = false;
      if (again) {
        again = false;
        setTimeout(refresh, 250);
      }
    }
  };

  const swap = fresh => {
    // A page that has grown a part (the job of an update is there now) begins anew.
    if ([...fresh.querySelectorAll("[data-live]")].some(part => !document.getElementById(part.id))) {
      location.reload();
      return;
    }
    for (const part of document.querySelectorAll("[data-live]")) {
      const next = fresh.getElementById(part.id);
      // A part in which someone is at work stays as it is.
      if (!next || part.dataset.was === next.innerHTML || part.contains(document.activeElement) && document.activeElement.matches("input, select, textarea"))
        continue;
      const focused = part.contains(document.activeElement) ? (document.activeElement.dataset.open ?? document.activeElement.dataset.focus) : undefined;
      part.dataset.was = next.innerHTML;
      if (next.dataset.every)
        part.dataset.every = next.dataset.every;
      else
        delete part.dataset.every;
      const opened = [...part.querySelectorAll("details")].map(one => one.open);
      const scrolled = part.querySelector(".messages")?.scrollTop;
      part.replaceChildren(...next.childNodes);
      // What someone has unfolded stays so.
      part.querySelectorAll("details").forEach((one, i) => one.open ||= opened[i]);
      if (scrolled)
        part.querySelector(".messages").scrollTop = scrolled;
      afterwards(part);
      if (focused)
        part.querySelector(`[data-open="${focused}"], [data-focus="${focused}"]`)?.focus();
    }
    document.dispatchEvent(new Event("refreshed"));
  };

  const open = () => {
    if (document.hidden || source)
      return;
    source = new EventSource(`/console/live?${marked.dataset.follow}`);
    source.onmessage = message => {
      if (last !== undefined && message.data !== last)
        refresh();
      last = message.data;
    };
  };
  // A page that nobody sees must not keep one of the browser's few connections.
  const close = () => {
    source?.close();
    source = undefined;
  };
  document.addEventListener("visibilitychange", () => document.hidden ? close() : open());
  addEventListener("pagehide", close);
  document.addEventListener("refresh", refresh);
  // Connections come and go without a record in the journal.
  setInterval(() => {
    const every = document.querySelector("[data-follow]")?.dataset.every;
    if (every && !document.hidden && ++ticks % every === 0)
      refresh();
  }, 1000);
  open();
}
