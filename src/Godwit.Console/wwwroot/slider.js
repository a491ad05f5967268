// The time slider: a moment between the beginning and now.

// Keys move it in steps, and each step is a change: the page goes there once it rests.
const restMs = 400;

export function start() {
  for (const form of document.querySelectorAll("[data-as-of]")) {
    const input = form.querySelector("input"), output = form.querySelector("output");
    const from = Number(form.dataset.asOf), to = Number(form.dataset.asOfEnd);
    const moment = () => new Date(from + (to - from) * Number(input.value) / 1000);
    input.addEventListener("input", () => output.textContent = input.value === "1000" ? "now" : moment().toLocaleString());
    let resting;
    const go = () => {
      const url = new URL(location.href);
      if (input.value === "1000")
        url.searchParams.delete("asOf");
      else
        url.searchParams.set("asOf", moment().toISOString());
      location.href = url;
    };
    input.addEventListener("change", () => {
      clearTimeout(resting);
      resting = setTimeout(go, restMs);
    });
  }
}
