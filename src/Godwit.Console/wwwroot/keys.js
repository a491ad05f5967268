// Keys: g and a letter goes somewhere, n makes an update, / searches, ? shows them all.
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
    } else if (event.key === "?") {
      document.getElementById("keys")?.showModal();
    }
  });
}
