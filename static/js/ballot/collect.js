/* Collecting ballots (领票): the member's browser has credentials signed blind and takes them to the box.

   The seed is stored before anything is sent, so that a browser that dies in between asks for the same again, and is
   forgotten on the way to the box: from then on nothing on this device ties a ballot to what the roll keeps. */

import { readKey } from "./blind.js";
import { fromBase64, toBase64 } from "./bytes.js";
import { carry, complete, newSeed, request } from "./credential.js";

const page = document.getElementById("collecting");
const words = page.dataset;
const STORE = "cadre-collect-" + words.holder;
const live = page.querySelector("[data-live]");
const press = page.querySelector("[data-press]");
const leave = page.querySelector("[data-leave]");
const plain = page.querySelector("[data-plain]");

/** What this browser has begun to collect: {seed, rounds}, or null. */
function begun() {
  try { return JSON.parse(localStorage.getItem(STORE)); } catch (foreign) { return null; }
}

function rowOf(round) {
  return page.querySelector('[data-round="' + round + '"]');
}

function say(row, text) {
  row.querySelector("[data-state]").textContent = text;
}

/** The rounds to ask for: those not collected yet, and those that this browser has begun. */
function wanted(stored) {
  const rows = Array.from(page.querySelectorAll("[data-channel]"));
  return rows.filter(function (row) {
    const isBegun = stored && stored.rounds.indexOf(row.dataset.round) >= 0;
    return row.dataset.channel === "none" || (row.dataset.channel === "online" && isBegun);
  }).map(function (row) { return row.dataset.round; });
}

async function collect() {
  press.disabled = true;
  live.textContent = words.working;
  const before = begun();
  const rounds = wanted(before);
  const seed = before ? fromBase64(before.seed) : newSeed();
  const stored = JSON.stringify({ seed: toBase64(seed), rounds: rounds });
  try {
    localStorage.setItem(STORE, stored);
    if (localStorage.getItem(STORE) !== stored) { throw new Error("nothing is kept"); }
  } catch (full) {
    live.textContent = words.keeps_nothing;
    return;
  }
  const keys = {};
  const blinded = {};
  rounds.forEach(function (round) {
    keys[round] = readKey(fromBase64(rowOf(round).dataset.key));
    blinded[round] = toBase64(request(seed, round, keys[round]).blinded);
  });
  let answer;
  try {
    const response = await fetch(location.pathname, {
      method: "POST",
      body: JSON.stringify({ blinded: blinded }),
      headers: { "Content-Type": "application/json", "X-CSRFToken": words.csrf },
    });
    const isJson = (response.headers.get("Content-Type") || "").indexOf("application/json") === 0;
    if (!isJson && response.status < 500) {
      live.textContent = words.expired;
      return;
    }
    answer = await response.json();
  } catch (unreachable) {
    live.textContent = words.unreached;
    press.disabled = false;
    return;
  }
  if (!answer.signed) {
    live.textContent = answer.words;
    press.disabled = false;
    return;
  }
  finish(seed, rounds, keys, answer);
}

function finish(seed, rounds, keys, answer) {
  const credentials = [];
  rounds.forEach(function (round) {
    const row = rowOf(round);
    if (!answer.signed[round]) {
      say(row, answer.refused[round] || words.unreached);
      return;
    }
    try {
      credentials.push(complete(seed, round, keys[round], fromBase64(answer.signed[round])));
      say(row, words.collected);
    } catch (unusable) {
      say(row, words.false_answer);
    }
  });
  press.hidden = true;
  if (plain) { plain.hidden = true; }
  live.textContent = credentials.length === rounds.length ? words.ready : credentials.length ? words.some : words.none;
  if (!credentials.length) { return; }
  leave.href = words.box + "#" + carry(credentials);
  leave.hidden = false;
  leave.focus();
}

leave.addEventListener("click", function () { localStorage.removeItem(STORE); });
press.addEventListener("click", collect);
if (typeof BigInt !== "undefined" && wanted(begun()).length) {
  if (begun()) { press.textContent = words.go_on; }
  press.hidden = false;
}
