// The time slider: a moment between the beginning and now.

// Keys move it in steps, and each step is a change: the page goes there once it rests.
const restMs = 400;

// As the field wants it: the reader's own time, without a zone.
const local = date => new Date(date - date.getTimezoneOffset() * 60000).toISOString().slice(0, 19);

export function start() {
  wire();
  // A part that was swapped has a slider of its own.
  document.addEventListener("refreshed", wire);
}

function wire() {
  for (const form of document.querySelectorAll("[data-as-of]:not([data-wired])")) {
    form.dataset.wired = "";
    const range = form.querySelector("[type=range]"), field = form.querySelector("[type=datetime-local]");
    const from = Number(form.dataset.asOf), to = Number(form.dataset.asOfEnd), end = Number(range.max);
    const moment = () => new Date(from + (to - from) * Number(range.value) / end);
    const isNow = () => Number(range.value) === end;
    field.min = local(new Date(from));
    field.max = local(new Date(to));
    field.value = local(form.dataset.asOfAt ? new Date(Number(form.dataset.asOfAt)) : new Date(to));
    const say = () => range.setAttribute("aria-valuetext", isNow() ? "now" : moment().toLocaleString());
    say();
    range.addEventListener("input", () => {
      field.value = local(moment());
      say();
    });
    let resting;
    const go = asOf => {
      clearTimeout(resting);
      resting = setTimeout(() => {
        const url = new URL(location.href);
        // The next page of a list is another at another moment.
        url.searchParams.delete("after");
        url.searchParams.delete("asOf");
        if (asOf)
          url.searchParams.set("asOf", asOf.toISOString());
        location.href = url;
      }, restMs);
    };
    range.addEventListener("change", () => go(isNow() ? null : moment()));
    field.addEventListener("change", () => field.value && field.checkValidity() && go(new Date(field.value)));
    form.addEventListener("submit", event => event.preventDefault());
  }
}
