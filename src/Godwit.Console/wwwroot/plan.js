// The form of a new update: the request it stands for, its dry run, and the same request for other tools.
import { call, token } from "./api.js";
import { span } from "./forms.js";

export function start() {
  const root = document.querySelector('[data-module="plan"]'), form = document.getElementById("new-update");
  const field = name => form.elements[name];
  const text = name => (field(name)?.value ?? "").trim();
  const number = name => Number(text(name));
  let fleet, tab = "cli", turn = 0, timer, allAtOnce = false;

  const targets = () => text("targets").split(/[\n,]+/).map(line => line.trim()).filter(Boolean)
    .map(name => name.startsWith("arn:") ? name : `arn:aws:iot:${root.dataset.region}:${root.dataset.account}:${name.includes("/") ? name : `thinggroup/${name}`}`);

  const signing = () => {
    const way = text("signing");
    if (way === "custom")
      return { customCodeSigning: {
        // The SDKs encode the blob once more; the members carry base64 of base64, as devices expect.
        signature: { inlineDocument: btoa(text("signature").replace(/\s+/g, "")) },
        certificateChain: { certificateName: text("certificateName"), ...(text("certificatePem").trim() ? { inlineDocument: text("certificatePem").trim() } : {}) },
        hashAlgorithm: text("hashAlgorithm"), signatureAlgorithm: text("signatureAlgorithm") } };
    if (way === "profile")
      return { startSigningJobParameter: {
        signingProfileName: text("profileName"),
        destination: { s3Destination: { bucket: text("bucket"), prefix: text("signedPrefix") } } } };
    return undefined;
  };

  const request = () => {
    const file = {
      fileName: text("fileName"), ...(text("fileType") !== "" && { fileType: number("fileType") }), ...(text("fileVersion") && { fileVersion: text("fileVersion") }),
      fileLocation: { s3Location: { bucket: text("bucket"), key: text("key"), ...(text("objectVersion") && { version: text("objectVersion") }) } },
      ...(signing() && { codeSigning: signing() }),
    };
    const more = { ...(number("inFlight") > 0 && { "godwit:maxInFlight": text("inFlight") }), ...(text("stages") && { "godwit:stages": text("stages") }) };
    return {
      otaUpdateId: text("otaUpdateId"), ...(text("description") && { description: text("description") }),
      targets: targets(), targetSelection: text("selection"),
      protocols: ["MQTT", "HTTP"].filter(name => field(name.toLowerCase()).checked),
      awsJobExecutionsRolloutConfig: {
        maximumPerMinute: number("maximumPerMinute"),
        // A rate that begins at its maximum does not grow.
        ...(field("grow").checked && number("base") < number("maximumPerMinute") && { exponentialRate: {
          baseRatePerMinute: number("base"), incrementFactor: number("factor"), rateIncreaseCriteria: { numberOfSucceededThings: number("every") } } }),
      },
      ...(field("abort").checked && { awsJobAbortConfig: { abortCriteriaList: [
        { failureType: "ALL", action: "CANCEL", thresholdPercentage: number("threshold"), minNumberOfExecutedThings: number("minimum") }] } }),
      ...(number("timeout") > 0 && { awsJobTimeoutConfig: { inProgressTimeoutInMinutes: number("timeout") } }),
      files: [file],
      roleArn: `arn:aws:iam::${root.dataset.account}:role/ota-service`,
      ...(Object.keys(more).length && { additionalParameters: more }),
    };
  };

  // What is not filled in yet must not keep the dry run from its answer, nor be found fault with.
  const isNamed = () => text("bucket") && text("key");
  const isSigned = () => ({ custom: text("signature"), profile: text("profileName") })[text("signing")];
  const planned = withFile => {
    const whole = request(), { codeSigning, ...file } = whole.files[0];
    return { ...whole, otaUpdateId: whole.otaUpdateId || "plan", protocols: whole.protocols.length ? whole.protocols : ["MQTT"],
      files: [withFile ? { ...file, ...(isSigned() && { codeSigning }) } : { fileName: "file", fileLocation: { s3Location: { bucket: "bucket", key: "key" } } }] };
  };
  const isOpen = finding => finding.field.startsWith("files") && (!isNamed() || finding.field.includes("codeSigning") && text("signing") !== "none" && !isSigned());

  const ask = async model => {
    const of = withFile => call("godwit", "POST", "/godwit/plan", { request: planned(withFile), model, seed: 1 });
    if (!isNamed())
      return of(false);
    try {
      return await of(true);
    } catch (refusal) {
      // The rollout can be planned whatever is wrong with the file.
      const answer = await of(false);
      return { ...answer, findings: [{ severity: "error", field: "", cause: refusal.message, remedy: "" }, ...answer.findings.filter(finding => !finding.field.startsWith("files"))] };
    }
  };

  const plan = async () => {
    const mine = ++turn, box = root.querySelector("[data-plan]");
    if (!targets().length)
      return;
    try {
      const model = { downloadSeconds: number("download"), failureRate: number("failing") / 100, online: number("online") / 100 };
      if (model.online < 1)
        model.offlineMinutes = { exponential: { mean: 30 } };
      const answer = await ask(model);
      if (mine === turn)
        show(answer, box);
    } catch (refusal) {
      if (mine === turn) {
        fleet = undefined;
        box.replaceChildren(element("p", "form-error", refusal.message));
      }
    }
  };

  const show = (answer, box) => {
    fleet = answer.fleet;
    const rows = answer.timeline;
    const first = answer.curve.find(point => point.succeeded + point.hurt > 0) ?? answer.curve.at(-1);
    // Everyone is started when the first has just ended, or within a minute: no failure can spare anyone.
    allAtOnce = fleet > 1 && (first.started >= fleet || rows[1]?.started >= fleet);
    root.querySelector("[data-everything]").hidden = !allAtOnce;
    const end = answer.p50.completedAtSecond;
    const facts = element("dl", "facts");
    const fact = (name, value) => {
      const row = element("div");
      row.append(element("dt", "", name), element("dd", "", value));
      facts.append(row);
    };
    fact("Devices", fleet.toLocaleString("en"));
    fact(answer.outcome === "CANCELED" ? "Stops itself" : "Done", answer.completedAtSecond == null ? "never: it waits for more" : `after ${span(answer.completedAtSecond)}`);
    if (answer.runs > 1)
      fact("Half of all runs", end == null ? "do not end" : `within ${span(end)}`);
    fact("Hurt", `${answer.hurt.toLocaleString("en")} (${(100 * answer.hurt / fleet).toFixed(1)} %)`);
    if (answer.abortedShare > 0)
      fact("Stopped by a criterion", `in ${Math.round(100 * answer.abortedShare)} % of the runs`);
    fact("Fastest minute", `${answer.peakPerMinute.toLocaleString("en")} started`);
    box.replaceChildren(picture(answer), legend(answer), facts);
    const found = answer.findings.filter(finding => !isOpen(finding));
    root.querySelector("[data-findings]").replaceChildren(...(found.length ? found.map(finding) : [element("li", "", "Nothing to say against it.")]));
  };

  const finding = one => {
    const item = element("li"), words = element("div");
    item.append(element("i", `dot fill-${{ error: "fail", warning: "timeout", info: "progress" }[one.severity]}`), words);
    words.append(element("strong", "", `${one.severity}: `), one.cause, ...(one.remedy ? [element("p", "muted", one.remedy)] : []));
    return item;
  };

  const legend = answer => {
    const row = element("p", "legend");
    for (const [css, words] of [["started", "started"], ["ok", "succeeded"], ["fail", "hurt"], ...(answer.stages.length > 1 ? [["step", "rate earned"]] : [])]) {
      const one = element("span");
      one.append(element("i", `key key-${css}`), ` ${words}`);
      row.append(one);
    }
    return row;
  };

  const picture = answer => {
    const width = 380, height = 160, left = 40, bottom = 24, top = 8;
    const last = Math.max(1, answer.completedAtSecond ?? answer.curve.at(-1).second), shown = answer.curve.filter(point => point.second <= last * 1.05 + 1), end = Math.max(1, shown.at(-1).second);
    const x = second => left + Math.min(1, second / end) * (width - left - 8), y = count => height - bottom - count / fleet * (height - bottom - top);
    const svg = drawn("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `Started, succeeded and hurt over ${span(end)}` });
    for (const share of [0, 0.5, 1]) {
      svg.append(drawn("line", { class: "grid", x1: left, x2: width - 8, y1: y(share * fleet), y2: y(share * fleet) }));
      svg.append(label(Math.round(share * fleet).toLocaleString("en"), left - 6, y(share * fleet) + 4, "end"));
    }
    for (const stage of answer.stages.slice(0, 8))
      svg.append(drawn("line", { class: "step", x1: x(stage.startMinute * 60), x2: x(stage.startMinute * 60), y1: top, y2: height - bottom }));
    const line = (name, of) => svg.append(drawn("path", { class: `curve ${name}`, d: shown.map((point, i) => `${i ? "L" : "M"}${x(point.second).toFixed(1)} ${y(of(point)).toFixed(1)}`).join("") }));
    line("curve-started", point => point.started);
    line("curve-ok", point => point.succeeded);
    line("curve-fail", point => point.hurt);
    if (answer.abortedBy && answer.completedAtSecond != null)
      svg.append(drawn("line", { class: "now", x1: x(answer.completedAtSecond), x2: x(answer.completedAtSecond), y1: top, y2: height - bottom }));
    svg.append(label("0", left, height - 6, "start"), label(span(end), width - 8, height - 6, "end"));
    return svg;
  };

  const same = () => {
    const body = request(), quoted = JSON.stringify(body, null, 2);
    const python = quoted.replace(/\btrue\b/g, "True").replace(/\bfalse\b/g, "False").replace(/"inlineDocument": "([^"]*)"/, (_, b64) => `"inlineDocument": b"${safeAtob(b64)}"`);
    root.querySelector("[data-same]").textContent =
      tab === "json" ? quoted
        : tab === "boto3" ? `import boto3\n\niot = boto3.client("iot", endpoint_url="${location.origin}")\niot.create_ota_update(**${python})`
          : `cat > update.json <<'JSON'\n${quoted}\nJSON\naws --endpoint-url ${location.origin} iot create-ota-update --cli-input-json file://update.json`;
  };

  const changed = () => {
    for (const part of form.querySelectorAll("[data-when]")) {
      const [name, value] = part.dataset.when.split("=");
      part.hidden = field(name).type === "checkbox" ? !field(name).checked : text(name) !== value;
    }
    same();
    clearTimeout(timer);
    timer = setTimeout(plan, 200);
  };

  form.addEventListener("input", event => {
    if (event.target.dataset.mirror)
      field(event.target.dataset.mirror).value = event.target.value;
    const mirror = form.querySelector(`[data-mirror="${event.target.name}"]`);
    if (event.target.name && mirror)
      mirror.value = event.target.value;
    if (event.target.name !== "firmware")
      changed();
  });
  root.addEventListener("click", event => {
    const { target, tab: chosen } = event.target.dataset;
    if (target) {
      field("targets").value = [text("targets"), target].filter(Boolean).join("\n");
      changed();
    }
    if (chosen) {
      tab = chosen;
      root.querySelectorAll("[data-tab]").forEach(one => one.setAttribute("aria-selected", one.dataset.tab === tab));
      same();
    }
    if (event.target.matches("[data-copy]"))
      navigator.clipboard?.writeText(root.querySelector("[data-same]").textContent).then(() => event.target.textContent = "Copied");
  });

  form.addEventListener("submit", async event => {
    event.preventDefault();
    const error = form.querySelector(".form-error"), button = form.querySelector("[data-create]");
    error.hidden = true;
    try {
      const wrong = [...form.elements].find(one => one.willValidate && !one.closest("[hidden]") && !one.dataset.mirror && !one.checkValidity());
      if (wrong) {
        wrong.reportValidity();
        return;
      }
      if (allAtOnce && text("everything").replace(/\D/g, "") !== String(fleet)) {
        field("everything").focus();
        throw new Error(`This starts the whole fleet at once. Type ${fleet?.toLocaleString("en")}, the number of targets, to go on.`);
      }
      button.disabled = true;
      const { otaUpdateId, ...body } = request();
      await call("iot", "POST", `/otaUpdates/${encodeURIComponent(otaUpdateId)}`, body);
      location.href = `/console/updates/${encodeURIComponent(otaUpdateId)}`;
    } catch (refusal) {
      error.textContent = refusal.message;
      error.hidden = false;
      button.disabled = false;
    }
  });

  wireDrop(form, field, changed);
  changed();
}

function wireDrop(form, field, changed) {
  const drop = form.querySelector("[data-drop]"), note = drop.querySelector("[data-file-text]"), bar = drop.querySelector("progress");
  for (const name of ["dragover", "dragleave", "drop"])
    drop.addEventListener(name, event => {
      event.preventDefault();
      drop.classList.toggle("over", name === "dragover");
    });
  drop.addEventListener("drop", event => event.dataTransfer.files[0] && take(event.dataTransfer.files[0]));
  field("firmware").addEventListener("change", event => event.target.files[0] && take(event.target.files[0]));

  const take = async file => {
    const bucket = field("bucket").value.trim() || "firmware";
    field("bucket").value = bucket;
    field("key").value = file.name;
    const version = file.name.match(/(\d+\.\d+(\.\d+)?)/);
    if (version && !field("fileVersion").value)
      field("fileVersion").value = version[1];
    if (version && !field("otaUpdateId").value)
      field("otaUpdateId").value = file.name.replace(/\.[a-z]+$/i, "").replace(/[^a-zA-Z0-9_-]+/g, "-");
    note.textContent = `Uploading ${file.name} …`;
    bar.hidden = false;
    try {
      await makeBucket(bucket);
      const versionId = await upload(`/console/api/s3/${encodeURIComponent(bucket)}/${encodeURIComponent(file.name)}`, file, share => bar.value = share);
      field("objectVersion").value = versionId ?? "";
      const digest = crypto.subtle ? [...new Uint8Array(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()))].map(b => b.toString(16).padStart(2, "0")).join("") : "";
      note.textContent = `${file.name}: ${file.size.toLocaleString("en")} bytes are in s3://${bucket}/${file.name}${digest && `, SHA-256 ${digest}`}`;
    } catch (failure) {
      note.textContent = failure.message;
    } finally {
      bar.hidden = true;
      changed();
    }
  };
}

async function makeBucket(bucket) {
  const path = `/console/api/s3/${encodeURIComponent(bucket)}`, headers = { "X-CSRF-Token": token() };
  if ((await fetch(path, { method: "HEAD", headers })).ok)
    return;
  const made = await fetch(path, { method: "PUT", headers });
  if (!made.ok)
    throw new Error((await made.json()).message);
  await fetch(`${path}?versioning=`, { method: "PUT", headers, body: '<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Status>Enabled</Status></VersioningConfiguration>' });
}

function upload(path, file, progress) {
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest();
    request.open("PUT", path);
    request.setRequestHeader("X-CSRF-Token", token());
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.upload.onprogress = event => progress(event.loaded / event.total);
    request.onerror = () => failed(new Error("The upload was cut off. Try again."));
    request.onload = () => request.status < 300 ? done(request.getResponseHeader("x-amz-version-id"))
      : failed(new Error(request.responseText.startsWith("{") ? JSON.parse(request.responseText).message : `The upload was refused (${request.status}).`));
    request.send(file);
  });
}

const safeAtob = text => {
  try {
    return atob(text);
  } catch {
    return text;
  }
};

function element(name, css = "", words) {
  const made = document.createElement(name);
  if (css)
    made.className = css;
  if (words !== undefined)
    made.textContent = words;
  return made;
}

function drawn(name, attributes) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes))
    made.setAttribute(key, value);
  return made;
}

function label(words, x, y, anchor) {
  const made = drawn("text", { class: "tick", x, y, "text-anchor": anchor });
  made.textContent = words;
  return made;
}
