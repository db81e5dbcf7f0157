/* The ballot credential in the voter's browser (投票凭证): from one seed to a signed ballot.

   The formats are those of selection/ballots/credential.py.  All that a browser has to keep for a round is its seed of
   sixteen bytes: with it, request() gives the same blinded message again, and complete() the same credential.  Whoever
   has the seed and what the site has kept can tell whose ballot it is, so it is forgotten when the ballot is cast.

     seed = newSeed()                                          kept before anything is sent
     request(seed, round, key).blinded              384 bytes  to the site, with the log-in
     complete(seed, round, key, answer)                        {message, signature, signingKey} for the box's page
     carry([credential, ...])                                  the same for the way there, as text
     signBallot(signingKey, payload)                 64 bytes  to the box, with message, signature and payload

   A round is its UUID as text; a key comes from readKey() in blind.js. */

import { getPublicKey, hashes, sign, verify } from "../../vendor/noble-ed25519/ed25519.js";
import { hkdf } from "../../vendor/noble-hashes/hkdf.js";
import { sha256, sha384, sha512 } from "../../vendor/noble-hashes/sha2.js";
import { SALT_BYTES, blind, finalize } from "./blind.js";
import { Unusable, ascii, fromBase64, fromHex, join, ofLength, same, toBase64, toHex, toNumber } from "./bytes.js";

hashes.sha512 = sha512;

export const SEED_BYTES = 16;
const TAG = ascii("cadre-v1");
const RESERVED = new Uint8Array(16);
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const MESSAGE_BYTES = 104;
const CARRIED_BYTES = MESSAGE_BYTES + 32 + 384;

/** A new seed from the browser's own source of random numbers. */
export function newSeed() {
  return crypto.getRandomValues(new Uint8Array(SEED_BYTES));
}

/** What is made of the seed for one round and one key, so that another key never sees the same numbers. */
export function derive(seed, round, key) {
  ofLength(seed, SEED_BYTES, "the seed");
  const bound = join(roundBytes(round), ofLength(key.fingerprint, 32, "the fingerprint"));
  function drawn(label, length) { return hkdf(sha384, seed, ascii("cadre-v1-seed"), join(ascii(label), bound), length); }
  return {
    prefix: drawn("cadre-v1-prefix", 32),
    salt: drawn("cadre-v1-salt", SALT_BYTES),
    r: toNumber(drawn("cadre-v1-blind", key.size + 16)) % key.n, // sixteen bytes more: as good as uniform
    signingKey: drawn("cadre-v1-sign", 32),
  };
}

/** The credential's message, and the same message blinded: {message, blinded}. */
export function request(seed, round, key) {
  const made = derive(seed, round, key);
  const message = messageOf(made, round);
  return { message: message, blinded: blind(key, message, made).blinded };
}

/** The credential, once the site has answered: {message, signature, signingKey}; Unusable if the answer is wrong. */
export function complete(seed, round, key, answer) {
  const made = derive(seed, round, key);
  const message = messageOf(made, round);
  const signature = finalize(key, message, answer, blind(key, message, made).inverse);
  return { message: message, signature: signature, signingKey: made.signingKey };
}

/** Credentials as text for the part of an address that browsers keep to themselves; without the seed, and the site
    cannot tell from them whose they are. */
export function carry(credentials) {
  const parts = credentials.map(function (one) { return join(one.message, one.signingKey, one.signature); });
  return toBase64(join(...parts)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");
}

/** The credentials in such a text, each with its round, or Unusable. */
export function carried(text) {
  const bytes = fromBase64(text);
  if (!bytes.length || bytes.length % CARRIED_BYTES) { throw new Unusable("not whole"); }
  return Array.from({ length: bytes.length / CARRIED_BYTES }, function (_, at) {
    const one = bytes.slice(at * CARRIED_BYTES, (at + 1) * CARRIED_BYTES);
    const message = one.slice(0, MESSAGE_BYTES);
    const signingKey = one.slice(MESSAGE_BYTES, MESSAGE_BYTES + 32);
    const digits = toHex(message.slice(40, 56));
    const round = digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
    if (!same(message.slice(32), messageOf({ prefix: new Uint8Array(0), signingKey: signingKey }, round))) {
      throw new Unusable("no credential");
    }
    return { round: round, message: message, signingKey: signingKey, signature: one.slice(MESSAGE_BYTES + 32) };
  });
}

/** The signature on a filled-in sheet, byte for byte as it is sent. */
export function signBallot(signingKey, payload) {
  return sign(join(ascii("cadre-v1-ballot"), sha256(payload)), signingKey);
}

/** The key of the one ballot that the credential can cast. */
export function nullifier(message) {
  return sha256(join(ascii("cadre-v1-null"), message));
}

/** The tracking code (查票码) of a ballot. */
export function tracker(nullifier) {
  const ten = spelled(sha256(join(ascii("cadre-v1-track"), nullifier)), 10);
  return ten.slice(0, 5) + "-" + ten.slice(5);
}

/** The first bits of a digest in the alphabet of the codes, five bits a character; a fingerprint is read aloud so. */
export function spelled(digest, characters) {
  const bits = toNumber(digest).toString(2).padStart(8 * digest.length, "0").slice(0, 5 * characters);
  return bits.replace(/.{5}/g, function (five) { return ALPHABET[parseInt(five, 2)]; });
}

/** Whether the box with this public key has signed for the ballot; anything else is false, never an exception. */
export function receiptIsGenuine(boxKey, round, nullifier, receipt) {
  try {
    return verify(receipt, join(ascii("cadre-v1-rcpt"), roundBytes(round), nullifier), boxKey, { zip215: false });
  } catch (malformed) {
    return false;
  }
}

function messageOf(made, round) {
  return join(made.prefix, TAG, roundBytes(round), RESERVED, getPublicKey(made.signingKey));
}

function roundBytes(round) {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(round)) { throw new Unusable("not the number of a round"); }
  return fromHex(round.replace(/-/g, ""));
}
