// Everything that moves. Pages are whole without it, but for what they do.
import { follow } from "./live.js";
import { wireForms } from "./forms.js";
import { tellTimes } from "./times.js";
import { paintCells } from "./cells.js";
import { wireKeys } from "./keys.js";

document.addEventListener("click", event => {
  const toggle = event.target.closest("[data-toggle]");
  if (toggle) {
    const open = document.getElementById(toggle.dataset.toggle).classList.toggle("open");
    toggle.setAttribute("aria-expanded", open);
  }
  if (event.target.closest("[data-theme-switch]")) {
    const root = document.documentElement;
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    document.cookie = `godwit-theme=${root.dataset.theme}; path=/console; max-age=31536000; samesite=lax`;
    document.dispatchEvent(new Event("themechange"));
  }
});

wireForms();
wireKeys();
tellTimes(document);
paintCells();
follow(part => tellTimes(part));
for (const name of ["plan", "upload", "slider", "emulated"])
  if (document.querySelector(`[data-module="${name}"]`) || (name === "slider" && document.querySelector("[data-as-of]")))
    import(`./${name}.js`).then(module => module.start());
