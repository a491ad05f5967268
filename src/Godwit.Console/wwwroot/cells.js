// One cell for each device, up to a hundred thousand, on a canvas.
import { call } from "./api.js";

const names = { ".": "pending", q: "queued", i: "progress", t: "test", s: "ok", f: "fail", j: "reject", o: "timeout", c: "cancel", r: "cancel" };
const words = { ".": "not reached", q: "queued", i: "in progress", t: "self-test", s: "succeeded", f: "failed", j: "rejected", o: "timed out", c: "canceled", r: "removed" };

export function paintCells() {
  const box = document.querySelector("[data-cells]");
  if (!box)
    return;
  const canvas = box.querySelector("canvas"), tip = box.querySelector(".cells-tip"), job = encodeURIComponent(box.dataset.cells);
  let cells = "", columns = 1, size = 10, at = -1, asked = 0;
  const known = new Map();

  const draw = () => {
    const width = box.clientWidth, scale = devicePixelRatio || 1;
    // The largest cell with which all fit a field of a fair shape.
    size = Math.max(2, Math.min(26, Math.floor(Math.sqrt(width * Math.min(520, Math.max(60, width * 0.5)) / Math.max(1, cells.length)))));
    columns = Math.max(1, Math.floor(width / size));
    const rows = Math.ceil(cells.length / columns);
    canvas.width = width * scale;
    canvas.height = Math.max(1, rows * size * scale);
    canvas.style.height = `${Math.max(size, rows * size)}px`;
    const context = canvas.getContext("2d"), style = getComputedStyle(document.documentElement), gap = size > 12 ? 2 : size > 4 ? 1 : 0;
    const colours = Object.fromEntries(Object.entries(names).map(([state, name]) => [state, style.getPropertyValue(`--${name}`)]));
    context.scale(scale, scale);
    for (let i = 0; i < cells.length; i++) {
      context.fillStyle = colours[cells[i]] ?? colours.c;
      const x = (i % columns) * size, y = Math.floor(i / columns) * size;
      if (size > 8) {
        context.beginPath();
        context.roundRect(x, y, size - gap, size - gap, 3);
        context.fill();
      } else {
        context.fillRect(x, y, size - gap, size - gap);
      }
    }
    if (at >= 0 && at < cells.length) {
      context.strokeStyle = style.getPropertyValue("--ink");
      context.lineWidth = 2;
      context.strokeRect((at % columns) * size, Math.floor(at / columns) * size, Math.max(4, size - gap), Math.max(4, size - gap));
    }
  };

  const load = async () => {
    try {
      cells = (await call("godwit", "GET", `/godwit/jobs/${job}/cells`)).cells ?? "";
      draw();
    } catch {
      tip.textContent = "The cells could not be read. They come back with the next change.";
    }
  };

  const name = async index => {
    if (!known.has(index))
      known.set(index, (await call("godwit", "GET", `/godwit/jobs/${job}/cells?at=${index}`)).thingName);
    return known.get(index);
  };

  const show = index => {
    if (index < 0 || index >= cells.length || index === at)
      return;
    at = index;
    draw();
    const mine = ++asked;
    // Not for each cell that the pointer flies over.
    setTimeout(async () => {
      if (mine === asked)
        tip.textContent = `${await name(index)}: ${words[cells[index]]}`;
    }, 60);
  };

  const under = event => {
    const box = canvas.getBoundingClientRect(), column = Math.floor((event.clientX - box.left) / size);
    return column < columns ? Math.floor((event.clientY - box.top) / size) * columns + column : -1;
  };
  const go = async index => {
    if (index >= 0 && index < cells.length)
      location.href = `/console/devices/${encodeURIComponent(await name(index))}`;
  };

  canvas.addEventListener("pointermove", event => show(under(event)));
  canvas.addEventListener("click", event => go(under(event)));
  canvas.addEventListener("keydown", event => {
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns, Home: -at, End: cells.length - 1 - at }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      show(at < 0 ? 0 : Math.min(cells.length - 1, Math.max(0, at + step)));
    } else if (event.key === "Enter") {
      go(at);
    }
  });
  new ResizeObserver(draw).observe(box);
  document.addEventListener("themechange", draw);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  document.addEventListener("refreshed", load);
  load();
}
