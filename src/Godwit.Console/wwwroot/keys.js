// Keys: g and a letter goes somewhere, j and k go through the rows of a list, p pauses, n makes an update, / searches, ? shows them all.
export function wireKeys() {
  let going = false;
  document.addEventListener("keydown", event => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, select, textarea") || document.querySelector("dialog[open]"))
      return;
    if (going) {
      going = false;
      document.querySelector(`[data-key="${CSS.escape(event.key)}"]`)?.click();
    } else if (event.key === "g") {
      going = true;
      setTimeout(() => going = false, 1500);
    } else if (event.key === "n") {
      location.href = "/console/new-update";
    } else if (event.key === "/") {
      const field = document.querySelector("[data-search]");
      if (field) {
        event.preventDefault();
        field.focus();
      }
    } else if (event.key === "j" || event.key === "k") {
      step(event.key === "j" ? 1 : -1);
    } else if (event.key === "p") {
      document.querySelector('[data-open="dlg-pause"], [data-open="dlg-resume"]')?.click();
    } else if (event.key === "?") {
      document.getElementById("keys")?.showModal();
    }
  });
}

// From row to row: the first link of each is what opens it.
function step(by) {
  const links = [...document.querySelectorAll("main tbody tr, main .row, main .needs li, main .journal li")].map(row => row.querySelector("a")).filter(Boolean);
  const at = links.indexOf(document.activeElement);
  links[at < 0 ? (by > 0 ? 0 : links.length - 1) : Math.min(links.length - 1, Math.max(0, at + by))]?.focus();
}
