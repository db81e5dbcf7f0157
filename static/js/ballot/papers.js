/* A member's ballots at the box (我的选票): kept on this device, shown when the chair opens the vote, cast, forgotten.

   They come behind the "#" of the address, which no browser sends to anybody, and go from there into this origin's own
   storage: of a ballot still to be cast its credential, of one that is in the box its tracking code and the box's
   signature.  What was chosen is never stored.  Nothing is asked of any other address than the box's, and no request
   carries a cookie or the address it came from. */

import { readKey, verify } from "./blind.js";
import { fromBase64, toBase64 } from "./bytes.js";
import { carried, nullifier, receiptIsGenuine, signBallot, tracker } from "./credential.js";
import { checkCode, faultIn, namesKey, packed, said } from "./sheet.js";

const STORE = "cadre-ballots";
const ASK_EVERY = 3000; // milliseconds, and up to two thirds more by lot
const LONGEST_WAIT = 30000;
const QUIET = { credentials: "omit", referrerPolicy: "no-referrer", cache: "no-store" };
const FINAL = ["closed", "tallied", "void"];

const words = document.getElementById("words").dataset;
const english = document.documentElement.lang === "en";
const view = document.getElementById("view");
const heading = document.getElementById("heading");
const live = document.getElementById("live");
const trouble = document.getElementById("trouble");
const step = document.querySelector(".step");
const suffix = document.title.slice(document.title.lastIndexOf(" · "));

const seen = {}; // round → {state, manifest, code, receiptKey}, or {wrong} in the words of the page
let shown = { name: "list", round: "" };
let drawn = ""; // what the list showed when it was last built
let marks = {};
let unreached = false;

// --- what this device keeps ---------------------------------------------------------------------------------------

function kept() {
  try { return JSON.parse(localStorage.getItem(STORE)) || {}; } catch (foreign) { return {}; }
}

function keep(round, paper) {
  const all = kept();
  all[round] = paper;
  localStorage.setItem(STORE, JSON.stringify(all));
}

function isCast(paper) {
  return Boolean(paper && paper.tracker);
}

/** Take over what stands behind the "#", then wipe it from the address; what cannot be kept stays there. */
function adopt() {
  const brought = location.hash.slice(1);
  if (!brought) { return; }
  let papers;
  try {
    papers = carried(brought);
  } catch (malformed) {
    history.replaceState(null, "", location.pathname);
    complain(words.broken);
    return;
  }
  const before = kept();
  function isAnothers(paper) {
    const held = before[paper.round];
    return held && !isCast(held) && held.message !== toBase64(paper.message);
  }
  if (papers.some(isAnothers)) {
    complain(words.somebody);
    return;
  }
  try {
    papers.forEach(function (paper) {
      const held = before[paper.round];
      const isHere = held && (!isCast(held) || held.tracker === tracker(nullifier(paper.message)));
      if (isHere) { return; }
      delete seen[paper.round];
      keep(paper.round, {
        message: toBase64(paper.message), signingKey: toBase64(paper.signingKey), signature: toBase64(paper.signature),
      });
    });
    if (!papers.every(function (paper) { return kept()[paper.round]; })) { throw new Error("nothing is kept"); }
  } catch (full) {
    complain(words.keeps_nothing);
    return;
  }
  history.replaceState(null, "", location.pathname);
}

// --- what the box says --------------------------------------------------------------------------------------------

async function ask(round) {
  try {
    const response = await fetch(words.rounds + round + "/", QUIET);
    if (response.status === 404) {
      seen[round] = { wrong: words.unknown };
    } else if (response.ok) {
      seen[round] = judged(round, await response.json());
    } else {
      unreached = true;
    }
  } catch (unreachable) {
    unreached = true;
  }
}

/** The box's answer, if its characters, its key and the credential agree with each other and with what it said before. */
function judged(round, answer) {
  const before = seen[round];
  if (before && before.isFalse) { return before; }
  let code;
  try {
    code = checkCode(answer.manifest);
    if (code !== answer.check_code || answer.manifest.round !== round || (before && before.code && before.code !== code)) {
      return { wrong: words.manifest, isFalse: true };
    }
    const paper = kept()[round];
    if (!isCast(paper) && !(before && before.code)) {
      const der = fromBase64(answer.public_key);
      const isSigned = namesKey(answer.manifest, der)
        && verify(readKey(der), fromBase64(paper.message), fromBase64(paper.signature));
      if (!isSigned) { return { wrong: words.key, isFalse: true }; }
    }
  } catch (malformed) {
    return { wrong: words.key, isFalse: true };
  }
  return { state: answer.state, manifest: answer.manifest, code: code, receiptKey: fromBase64(answer.receipt_key) };
}

async function watch() {
  if (!document.hidden) {
    unreached = false;
    const all = kept();
    const rounds = Object.keys(all).filter(function (round) {
      const known = seen[round];
      return !known || known.wrong === words.unknown || (!known.wrong && !isCast(all[round]) && FINAL.indexOf(known.state) < 0);
    });
    for (const round of rounds) { await ask(round); }
    look();
  }
  setTimeout(watch, ASK_EVERY * (1 + Math.random() * 2 / 3));
}

/** Show what has changed; a sheet that nobody may cast any more is taken away. */
function look() {
  if (shown.name === "list") {
    list();
  } else if (shown.name === "sheet" || shown.name === "review") {
    const known = seen[shown.round];
    if (isCast(kept()[shown.round])) {
      go("list");
      live.textContent = words.done;
    } else if (known.wrong || FINAL.indexOf(known.state) >= 0) {
      go("list");
      complain(known.wrong || (known.state === "void" ? words.void : words.closed));
    }
  }
}

// --- building pages -----------------------------------------------------------------------------------------------

function make(tag, given, ...inside) {
  const made = document.createElement(tag);
  Object.keys(given).forEach(function (name) {
    if (typeof given[name] === "function") { made.addEventListener(name, given[name]); }
    else if (given[name] !== false) { made.setAttribute(name, given[name] === true ? "" : given[name]); }
  });
  inside.forEach(function (part) { if (part) { made.append(part); } });
  return made;
}

/** A text of the sheet, marked as Chinese where it stands on an English page. */
function text(stored) {
  const shownText = said(stored, english ? "en" : "zh-hans");
  return english && /[\u3400-\u9fff]/.test(shownText) ? make("span", { lang: "zh-Hans" }, shownText) : shownText;
}

/** A sentence with {places}, which may hold marked texts. */
function filled(sentence, values) {
  const whole = document.createDocumentFragment();
  sentence.split(/\{(\w+)\}/).forEach(function (part, at) { whole.append(at % 2 ? values[part] : part); });
  return whole;
}

function complain(...inside) {
  trouble.textContent = "";
  trouble.append(...inside.map(function (part) { return typeof part === "string" ? make("p", {}, part) : part; }));
  trouble.hidden = false;
  trouble.focus();
}

/** Turn to another view; its name stands in the history so that the way back of a phone leads to the one before. */
function go(name, round, isBack) {
  if (!isBack && (name === "sheet" || name === "review")) { history.pushState({ name: name, round: round }, ""); }
  shown = { name: name, round: round || "" };
  if (name === "list" || name === "done") { marks = {}; }
  drawn = "";
  trouble.hidden = true;
  live.textContent = "";
  document.getElementById("around").hidden = name !== "list"; // nothing leads away from a sheet by mistake
  heading.textContent = words[name];
  document.title = words[name] + suffix;
  const rounds = Object.keys(kept());
  step.textContent = round ? rounds.indexOf(round) + 1 + " / " + rounds.length : "";
  ({ list: list, sheet: sheet, review: review, sending: sending, done: done })[name]();
  window.scrollTo(0, 0);
  heading.focus();
}

function show(...inside) {
  view.textContent = "";
  inside.forEach(function (part) { if (part) { view.append(part); } });
}

function about(known) {
  return [
    make("p", { class: "post" }, text(known.manifest.title)),
    make("p", { class: "hint" }, text(known.manifest.round_label), " · " + words.code + " ", make("span", { class: "whole" }, known.code)),
  ];
}

function list() {
  const all = kept();
  const rounds = Object.keys(all);
  const rows = rounds.map(function (round) {
    const known = seen[round] || {};
    const state = isCast(all[round]) ? "cast" : known.wrong ? "wrong" : known.state || "asking";
    return { round: round, known: known, state: state, tracker: all[round].tracker };
  });
  const now = JSON.stringify(rows.map(function (row) { return [row.round, row.state, row.known.code, row.known.wrong]; }));
  if (now !== drawn) {
    const focused = document.activeElement && document.activeElement.getAttribute("data-round");
    show(rows.length ? make("ol", { class: "papers" }, ...rows.map(row)) : make("p", {}, words.nothing));
    if (focused && view.querySelector('button[data-round="' + focused + '"]')) {
      view.querySelector('button[data-round="' + focused + '"]').focus();
    }
    drawn = now;
  }
  const open = rows.filter(function (one) { return one.state === "open"; });
  const isWaiting = rows.some(function (one) { return one.state === "prepared"; });
  const says = document.createElement("span");
  if (open.length) { says.append(words.opened + " · ", ...open.map(function (one) { return text(one.known.manifest.title); })); }
  else if (unreached) { says.append(words.unreached); }
  else if (isWaiting) { says.append(words.wait); }
  if (live.textContent !== says.textContent) { live.textContent = ""; live.append(says); }

  function row(one) {
    const says = {
      asking: words.asking, prepared: words.waiting, open: words.opened, closed: words.closed, tallied: words.closed,
      void: words.void, wrong: one.known.wrong, cast: words.cast,
    };
    const vote = function () { marks = {}; go("sheet", one.round); };
    return make(
      "li", { class: "paper " + one.state },
      ...(one.known.manifest ? about(one.known) : []),
      make("p", { class: "state" }, says[one.state]),
      one.state === "cast" && make("p", {}, words.tracker + " ", make("span", { class: "tracker whole" }, one.tracker)),
      one.state === "open" && all[one.round].begun && make("p", {}, words.begun),
      one.state === "open" && make("button", { class: "press", type: "button", "data-round": one.round, click: vote }, words.vote),
    );
  }
}

function sheet() {
  const round = shown.round;
  const known = seen[round];
  const manifest = known.manifest;
  const isLimited = manifest.limit < manifest.candidates.length;
  const limited = manifest.options.filter(function (option) { return option[0] === manifest.limited_option; })[0][1];
  const progress = make("progress", { max: manifest.candidates.length, value: 0, "aria-hidden": "true" });
  const answered = make("span", { class: "answered" });
  const form = make("form", { autocomplete: "off", novalidate: true, submit: check, change: changed });
  manifest.candidates.forEach(function (candidate) {
    const name = "choice-" + candidate[0];
    const block = make(
      "fieldset", { class: "candidate", id: name, tabindex: "-1" },
      make("legend", {}, text(candidate[1])),
      candidate[2] ? make("p", { class: "facts" }, text(candidate[2])) : null,
    );
    manifest.options.forEach(function (option) {
      const input = make("input", { type: "radio", name: name, value: option[0] });
      input.checked = marks[candidate[0]] === option[0];
      const blocked = option[0] === manifest.limited_option && make("span", { class: "blocked", hidden: true });
      const mark = make("span", { class: "mark" });
      block.append(make("label", { class: "answer" }, input, mark, make("span", { class: "words" }, text(option[1])), blocked));
    });
    form.append(block);
  });
  form.append(
    make("button", { class: "press", type: "submit" }, words.check),
    make("button", { class: "other", type: "button", click: function () { go("list"); } }, words.back),
  );
  show(
    make("p", { class: "progress" }, progress, answered),
    ...about(known),
    isLimited && make("p", {}, filled(words.limit, {
      limit: manifest.limit, total: manifest.candidates.length, option: text(limited),
    })),
    form,
    make("p", { class: "foot" }, words.screen),
  );
  changed();

  function changed() {
    manifest.candidates.forEach(function (candidate) {
      const chosen = form.querySelector('input[name="choice-' + candidate[0] + '"]:checked');
      if (chosen) {
        marks[candidate[0]] = chosen.value;
        chosen.closest("fieldset").classList.remove("refused");
      }
    });
    const done = Object.keys(marks).length;
    progress.value = done;
    answered.textContent = words.answered.replace("{done}", done).replace("{total}", manifest.candidates.length);
    // With two names for one seat, the second agreement is out of reach; the box refuses it too.
    const taken = manifest.candidates.filter(function (candidate) { return marks[candidate[0]] === manifest.limited_option; });
    form.querySelectorAll('input[value="' + manifest.limited_option + '"]').forEach(function (input) {
      const blocked = input.parentNode.querySelector(".blocked");
      input.disabled = isLimited && taken.length >= manifest.limit && !input.checked;
      blocked.hidden = !input.disabled;
      blocked.textContent = "";
      blocked.append(filled(words.given, { option: text(limited) }), " ");
      taken.forEach(function (candidate, at) { blocked.append(at ? "、" : "", text(candidate[1])); });
    });
  }

  function check(event) {
    event.preventDefault();
    const fault = faultIn(manifest, marks);
    if (!fault) { go("review", round); return; }
    form.querySelectorAll(".refused").forEach(function (block) { block.classList.remove("refused"); });
    complain(make("p", {}, make("strong", {}, words[fault.reason])), make("ul", {}, ...fault.candidates.map(function (key) {
      const block = document.getElementById("choice-" + key);
      block.classList.add("refused");
      const candidate = manifest.candidates.filter(function (one) { return one[0] === key; })[0];
      return make("li", {}, make("a", { href: "#choice-" + key, click: function (pressed) {
        pressed.preventDefault(); // an address with "#" would be taken for ballots
        block.focus();
        block.scrollIntoView();
      } }, text(candidate[1])));
    })));
  }
}

function review() {
  const round = shown.round;
  const manifest = seen[round].manifest;
  const options = {};
  manifest.options.forEach(function (option) { options[option[0]] = option[1]; });
  show(
    ...about(seen[round]),
    make("dl", { class: "review" }, ...manifest.candidates.map(function (candidate) {
      return make("div", {}, make("dt", {}, text(candidate[1])), make("dd", {}, text(options[marks[candidate[0]]])));
    })),
    make("p", {}, words.warning),
    make("button", { class: "press", type: "button", click: function () { send(round); } }, words.confirm),
    make("button", { class: "other", type: "button", click: function () { history.back(); } }, words.change),
    make("p", { class: "foot" }, words.screen),
  );
}

function sending() {
  show(...about(seen[shown.round]), make("p", {}, words.patience));
}

function done() {
  const paper = kept()[shown.round];
  const ballots = words.rounds.replace(/rounds\/$/, "") + shown.round + "/ballots/";
  show(
    make("p", { class: "post" }, text(seen[shown.round].manifest.title)),
    make(
      "section", { class: "receipt", "aria-labelledby": "tracking" },
      make("h2", { id: "tracking" }, words.tracker),
      make("p", { class: "tracker" }, paper.tracker),
      make("p", {}, words.keep),
      paper.isProved && make("p", {}, words.proved),
    ),
    !paper.isProved && make("p", { class: "problem" }, words.unproved),
    make("button", { class: "press", type: "button", click: function () { go("list"); } }, words.next),
    make("p", { class: "foot" }, make("a", { href: ballots }, words.found)),
  );
}

// --- casting ------------------------------------------------------------------------------------------------------

function pause(milliseconds) {
  return new Promise(function (resolve) { setTimeout(resolve, milliseconds); });
}

/** Send the marks under the credential, the same bytes until the box answers; then keep the tracking code alone. */
async function send(round) {
  const paper = kept()[round];
  if (isCast(paper)) { look(); return; }
  const chosen = marks;
  const message = fromBase64(paper.message);
  const payload = packed(round, chosen);
  const body = JSON.stringify({
    message: paper.message,
    signature: paper.signature,
    payload: toBase64(payload),
    payload_signature: toBase64(signBallot(fromBase64(paper.signingKey), payload)),
  });
  keep(round, Object.assign({}, paper, { begun: true }));
  go("sending", round);
  await pause(Number(words.jitter) * 1000 * Math.random());
  const settings = Object.assign({ method: "POST", body: body, keepalive: true, headers: { "Content-Type": "application/json" } }, QUIET);
  let response = null;
  let answer = null;
  for (let wait = 1000; !answer; wait = Math.min(2 * wait, LONGEST_WAIT)) {
    try {
      response = await fetch(words.rounds + round + "/ballots/", settings);
      answer = response.status < 500 ? await response.json() : null;
    } catch (unreachable) {
      answer = null;
    }
    if (!answer) {
      live.textContent = words.again;
      await pause(wait * (0.5 + Math.random()));
    }
  }
  const found = nullifier(message);
  if (response.ok) {
    const receipt = fromBase64(answer.receipt);
    const isProved = answer.tracker === tracker(found) && receiptIsGenuine(seen[round].receiptKey, round, found, receipt);
    keep(round, { tracker: tracker(found), receipt: answer.receipt, isProved: isProved });
    go("done", round);
    return;
  }
  if (answer.reason === "already_cast") {
    if (!isCast(kept()[round])) { keep(round, { tracker: tracker(found), receipt: "", isProved: false }); }
  } else if (response.status === 422) {
    marks = chosen;
    go("sheet", round);
    complain(answer.words);
    return;
  }
  await ask(round);
  go("list");
  complain(make("p", {}, make("strong", {}, words.not_taken)), answer.words);
}

// --- from outside -------------------------------------------------------------------------------------------------

window.addEventListener("storage", function (event) { if (event.key === STORE) { look(); } });
window.addEventListener("hashchange", function () { if (location.hash.length > 1) { go("list"); adopt(); look(); } });
window.addEventListener("popstate", function (event) {
  if (location.hash.length > 1 || shown.name === "sending") { return; }
  const before = event.state || { name: "list" };
  const isPossible = before.name !== "list" && !isCast(kept()[before.round]) && Object.keys(marks).length;
  if (isPossible && before.round === shown.round) { go(before.name, before.round, true); } else { go("list"); }
});
document.addEventListener("visibilitychange", look);

if (typeof BigInt !== "undefined") {
  adopt();
  list();
  watch();
}
