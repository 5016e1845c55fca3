"use strict";

const byId = (id) => document.getElementById(id);
let calls = [];
let chosen = null;

function make(tag, className, text) {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  return element;
}

function kilobytes(bytes) {
  return `${(bytes / 1024).toFixed(1)} kB`;
}

function stateOf(call) {
  if (!call.done) return ["listening", ""];
  return call.error ? [call.error, "state-bad"] : [kilobytes(call.bytes), "state-good"];
}

function summaryOf(call) {
  const when = new Date(call.heardAt).toLocaleString();
  const heard = call.done && !call.error
    ? `${kilobytes(call.bytes)} of audio were read from its stream.`
    : `Its stream was not read${call.error ? ` (${call.error})` : " yet"}.`;
  return `Call ${call.contactId}, ${when}, in ${call.languageCode}. ${heard}\n`
    + "A stand-in does not transcribe: with Kore, the summary of the conversation stands here.";
}

function choose(contactId) {
  chosen = contactId;
  const call = calls.find((one) => one.contactId === contactId);
  byId("summary").value = call ? summaryOf(call) : "";
  byId("copy").disabled = !call;
  byId("copied").textContent = "";
  for (const button of byId("calls").querySelectorAll("button")) {
    button.setAttribute("aria-pressed", String(button.dataset.contact === contactId));
  }
}

function show() {
  const rows = calls.map((call) => {
    const [state, stateClass] = stateOf(call);
    const button = make("button", "", "");
    button.type = "button";
    button.dataset.contact = call.contactId;
    const when = new Date(call.heardAt).toLocaleTimeString();
    button.append(make("code", "contact", call.contactId),
      make("span", "detail", `${call.languageCode} · ${when}`), make("span", stateClass, state));
    button.addEventListener("click", () => choose(call.contactId));
    const row = document.createElement("li");
    row.append(button);
    return row;
  });
  const focused = document.activeElement?.dataset?.contact;
  byId("calls").replaceChildren(...rows);
  byId("no-calls").hidden = rows.length > 0;
  const known = calls.some((call) => call.contactId === chosen);
  choose(known ? chosen : calls[0]?.contactId ?? null);
  if (focused) byId("calls").querySelector(`[data-contact="${focused}"]`)?.focus();
}

async function refresh() {
  try {
    const told = (await (await fetch("calls", { cache: "no-store" })).json()).calls;
    byId("unreachable").hidden = true;
    if (JSON.stringify(told) === JSON.stringify(calls)) return;
    calls = told;
    show();
  } catch {
    byId("unreachable").hidden = false;
  }
}

async function copy() {
  const summary = byId("summary");
  try {
    await navigator.clipboard.writeText(summary.value);
    byId("copied").textContent = "Copied.";
  } catch {
    // A frame may only write to the clipboard if the application's iframe permissions say so.
    summary.select();
    byId("copied").textContent = "Not allowed here: press Ctrl+C. "
      + "Does the application have the iframe permission clipboard-write?";
  }
}

function verdict(className, sentence, details) {
  const box = byId("verdict");
  box.className = `verdict ${className}`;
  const list = document.createElement("dl");
  for (const [term, value] of details) {
    list.append(make("dt", "", term), make("dd", "", value));
  }
  box.replaceChildren(make("p", "", sentence), ...(details.length ? [list] : []));
}

async function verify(token) {
  try {
    const answer = await fetch("token", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ token }),
    });
    const told = await answer.json();
    if (answer.ok) {
      verdict("good", "The token holds.", [
        ["Client (iss)", told.iss],
        ["Bot", told.botId],
        ["Ends", new Date(told.expiresAt).toLocaleString()],
      ]);
    } else {
      verdict("bad", told.message, []);
    }
  } catch {
    verdict("bad", byId("unreachable").textContent, []);
  }
}

byId("refresh").addEventListener("click", refresh);
byId("copy").addEventListener("click", copy);
byId("token-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const token = byId("token").value.trim();
  if (token) verify(token);
});

const given = new URLSearchParams(location.hash.slice(1)).get("koreiframetoken");
if (given) {
  // Off the address bar and the history at once.
  history.replaceState(null, "", location.pathname);
  byId("token").value = given;
  verify(given);
}
refresh();
setInterval(() => { if (!document.hidden) refresh(); }, 3000);
