/* The sheet in the voter's browser (选票): the box's eight characters, what may be marked, and the bytes that are sent.

   The same stands in selection/ballots/sheet.py.  A manifest is what the box shows of a round; canonical JSON has its
   keys sorted, no spaces, and its text in normal form C. */

import { sha256 } from "../../vendor/noble-hashes/sha2.js";
import { join, toHex } from "./bytes.js";
import { spelled } from "./credential.js";

const STEP = 1024;

/** The eight characters by which everyone in the room sees that they use the same sheet (箱号). */
export function checkCode(manifest) {
  const eight = spelled(sha256(canonical(manifest)), 8);
  return eight.slice(0, 4) + "-" + eight.slice(4);
}

/** Whether this is the key that the manifest names, so that every voter of the round has the same one. */
export function namesKey(manifest, der) {
  return typeof manifest.key_sha256 === "string" && toHex(sha256(der)) === manifest.key_sha256;
}

/** What is wrong with the marks: {reason, candidates}, or null; one known option for each, and the limit kept. */
export function faultIn(manifest, choices) {
  const keys = manifest.candidates.map(function (candidate) { return candidate[0]; });
  const missing = keys.filter(function (key) { return !choices[key]; });
  if (missing.length) { return { reason: "incomplete", candidates: missing }; }
  const limited = keys.filter(function (key) { return choices[key] === manifest.limited_option; });
  return limited.length > manifest.limit ? { reason: "too_many", candidates: limited } : null;
}

/** The bytes of a filled-in sheet, padded to a full KiB so that answers do not differ in length. */
export function packed(round, choices) {
  const body = canonical({ version: 1, round: round, choices: choices });
  const padding = Math.ceil(body.length / STEP) * STEP - body.length;
  return join(body, new Uint8Array(padding).fill(32));
}

/** A stored text in a language; a text that has only one is returned as it is. */
export function said(text, language) {
  return typeof text === "string" ? text : text[language] || text[Object.keys(text)[0]];
}

/** Canonical JSON in bytes. */
export function canonical(value) {
  return new TextEncoder().encode(written(value).normalize("NFC"));
}

function written(value) {
  if (Array.isArray(value)) { return "[" + value.map(written).join(",") + "]"; }
  if (value === null || typeof value !== "object") { return JSON.stringify(value); }
  const parts = Object.keys(value).sort().map(function (key) { return JSON.stringify(key) + ":" + written(value[key]); });
  return "{" + parts.join(",") + "}";
}
