// Dialogs, and forms that call an operation: fields become members of the body, or of the query.
import { call } from "./api.js";

export function wireForms() {
  document.addEventListener("click", event => {
    const opener = event.target.closest("[data-open]");
    if (opener)
      openDialog(opener);
    const copy = event.target.closest("[data-copy]");
    if (copy?.dataset.copy)
      navigator.clipboard?.writeText(document.querySelector(`#${copy.dataset.copy} pre`).textContent).then(() => copy.textContent = "Copied");
    if (event.target.closest("[data-close]"))
      event.target.closest("dialog").close();
  });
  document.addEventListener("submit", event => {
    if (event.target.matches("form[data-call]")) {
      event.preventDefault();
      send(event.target);
    }
  });
  document.addEventListener("input", event => {
    if (event.target.matches("[data-rate-preview]"))
      previewRate(event.target);
  });
}

function openDialog(opener) {
  const dialog = document.getElementById(opener.dataset.open);
  dialog.querySelectorAll(".form-error").forEach(error => error.hidden = true);
  for (const text of [opener.dataset.set, opener.getAttribute("data-set-2")]) {
    const [name, value] = (text ?? "").split("=");
    if (name)
      dialog.querySelector(`[name="${name}"]`).value = value;
  }
  dialog.showModal();
  dialog.querySelectorAll("[data-rate-preview]").forEach(previewRate);
}

// What is told once, in a dialog of its own.
function show(dialog, answer) {
  for (const out of dialog.querySelectorAll("[data-out]"))
    out.textContent = answer[out.dataset.out];
  dialog.addEventListener("close", () => location.reload());
  dialog.showModal();
}

function previewRate(input) {
  const text = input.form.querySelector("[data-rate-text]");
  const left = Number(text.dataset.pending), rate = Number(input.value);
  text.textContent = rate >= 1
    ? `${left.toLocaleString("en")} are left: at ${rate} a minute the last of them is reached in ${span(left / rate * 60)}.`
    : `${left.toLocaleString("en")} are left.`;
}

export function span(seconds) {
  if (seconds < 90)
    return `${Math.ceil(seconds)} s`;
  if (seconds < 5400)
    return `${Math.round(seconds / 60)} min`;
  return seconds < 172800 ? `${Math.floor(seconds / 3600)} h ${Math.round(seconds / 60 % 60)} min` : `${Math.round(seconds / 86400)} days`;
}

async function send(form) {
  const button = form.querySelector("[type=submit]"), error = form.querySelector(".form-error");
  let target = form.dataset.target;
  const body = {}, query = new URLSearchParams();
  for (const field of form.elements) {
    if (!field.name || (field.type === "checkbox" && !field.checked) || (field.type === "radio" && !field.checked) || field.value === "" || field.readOnly && field.name === "")
      continue;
    if (target.includes(`{${field.name}}`))
      target = target.replace(`{${field.name}}`, encodeURIComponent(field.value));
    else if (field.dataset.in === "query")
      query.set(field.name, field.value);
    else
      body[field.name] = field.dataset.type === "number" ? Number(field.value) : field.value;
  }
  button.disabled = true;
  error.hidden = true;
  try {
    const answer = await call(form.dataset.service, form.dataset.call, query.size ? `${target}?${query}` : target, form.dataset.call === "DELETE" ? undefined : body);
    form.closest("dialog")?.close();
    if (form.dataset.show) {
      show(document.getElementById(form.dataset.show), answer);
      return;
    }
    if (answer.next ?? form.dataset.then)
      location.href = answer.next ?? form.dataset.then;
    else if (form.dataset.reload !== undefined)
      location.reload();
    else
      document.dispatchEvent(new Event("refresh"));
    if (!form.closest("dialog"))
      form.reset();
  } catch (refusal) {
    error.textContent = refusal.message;
    error.hidden = false;
  } finally {
    button.disabled = false;
  }
}
