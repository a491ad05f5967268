// Moments in the reader's own time; distances are told anew each half minute.
const at = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium", hourCycle: "h23" });
const ago = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const steps = [["second", 60], ["minute", 60], ["hour", 24], ["day", 30], ["month", 12], ["year", Infinity]];

function distance(date) {
  let value = (date - Date.now()) / 1000;
  for (const [unit, size] of steps) {
    if (Math.abs(value) < size)
      return ago.format(Math.round(value), unit);
    value /= size;
  }
}

export function tellTimes(root) {
  for (const time of root.querySelectorAll("time[data-when]")) {
    const date = new Date(time.dateTime);
    time.textContent = time.dataset.when === "ago" ? distance(date) : at.format(date);
    time.title = time.dateTime;
  }
}

setInterval(() => tellTimes(document), 30000);
