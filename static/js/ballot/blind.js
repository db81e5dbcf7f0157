/* The voter's half of a blind signature (盲签名): RFC 9474, RSABSSA-SHA384-PSS-Randomized.

   A key is {n, e, size} with n and e as BigInt and the size in bytes; readKey() adds the fingerprint.  No secret exponent
   comes near this file: everything here is done with the public one.  WebCrypto is not used, because browsers have it on
   https alone.  The site's half, with the same names, is selection/ballots/blind.py. */

import { sha256, sha384 } from "../../vendor/noble-hashes/sha2.js";
import { Unusable, fromHex, fromNumber, join, ofLength, same, toNumber } from "./bytes.js";

export const SALT_BYTES = 48;
const HASH_BYTES = 48;

// A public key of 3072 bits with the exponent 65537 as SubjectPublicKeyInfo: all but the modulus is the same in each.
const BEFORE = fromHex("308201a2300d06092a864886f70d01010105000382018f003082018a0282018100");
const SIZE = 384;
const AFTER = fromHex("0203010001");

/** The key in these bytes with its fingerprint, or Unusable.  The same form is read as by the site, and no other. */
export function readKey(der) {
  ofLength(der, BEFORE.length + SIZE + AFTER.length, "the key");
  const modulus = der.slice(BEFORE.length, BEFORE.length + SIZE);
  if (!same(der.slice(0, BEFORE.length), BEFORE) || !same(der.slice(BEFORE.length + SIZE), AFTER)) {
    throw new Unusable("not a key of this form");
  }
  if (modulus[0] < 128 || modulus[SIZE - 1] % 2 === 0) { throw new Unusable("not a modulus of 3072 bits"); }
  return { n: toNumber(modulus), e: 65537n, size: SIZE, fingerprint: sha256(der) };
}

/** EMSA-PSS-ENCODE of RFC 8017, section 9.1.1, for so many bits. */
export function encode(message, salt, bits) {
  const length = Math.ceil(bits / 8);
  if (length < HASH_BYTES + salt.length + 2) { throw new Unusable("the key is too small for this padding"); }
  const hashed = sha384(join(new Uint8Array(8), sha384(message), salt));
  const block = join(new Uint8Array(length - HASH_BYTES - salt.length - 2), Uint8Array.of(1), salt);
  const masked = unmask(block, hashed);
  masked[0] &= 255 >> (8 * length - bits);
  return join(masked, hashed, Uint8Array.of(188));
}

/** Whether the signature is one on the prepared message; anything that is not is false, never an exception. */
export function verify(key, message, signature, saltBytes = SALT_BYTES) {
  if (!(signature instanceof Uint8Array) || signature.length !== key.size) { return false; }
  const number = toNumber(signature);
  if (number >= key.n) { return false; }
  const bits = bitsOf(key) - 1;
  const length = Math.ceil(bits / 8);
  const opened = power(number, key.e, key.n);
  if (opened >> BigInt(8 * length)) { return false; }
  const encoded = fromNumber(opened, length);
  // Whoever knows the salt can make the one right encoding anew; every bit of it is then compared.
  const hashed = encoded.slice(length - HASH_BYTES - 1, length - 1);
  const block = unmask(encoded.slice(0, length - HASH_BYTES - 1), hashed);
  const salt = block.slice(block.length - saltBytes);
  return same(encode(message, salt, bits), encoded);
}

/** Blind, section 4.2: {blinded, inverse}.  The salt and the factor r, a BigInt, are secret and for one use. */
export function blind(key, message, { salt, r }) {
  const inverse = inverseOf(r, key.n);
  const encoded = toNumber(encode(message, salt, bitsOf(key) - 1));
  inverseOf(encoded, key.n); // as the RFC asks: a common factor would give the message away
  return { blinded: fromNumber(encoded * power(r, key.e, key.n) % key.n, key.size), inverse: inverse };
}

/** Finalize, section 4.4: the signature without its blinding, or Unusable if it is none on this message. */
export function finalize(key, message, blindSignature, inverse, saltBytes = SALT_BYTES) {
  ofLength(blindSignature, key.size, "the answer");
  const signature = fromNumber(toNumber(blindSignature) * inverse % key.n, key.size);
  if (!verify(key, message, signature, saltBytes)) { throw new Unusable("not signed with this key"); }
  return signature;
}

function bitsOf(key) {
  return key.n.toString(2).length;
}

function unmask(block, seed) {
  const mask = [];
  for (let at = 0; 48 * at < block.length; at += 1) { mask.push(sha384(join(seed, fromNumber(BigInt(at), 4)))); }
  const stream = join(...mask);
  return block.map(function (byte, at) { return byte ^ stream[at]; });
}

function power(base, exponent, modulus) {
  let result = 1n;
  let square = base % modulus;
  for (let left = exponent; left; left >>= 1n) {
    if (left & 1n) { result = result * square % modulus; }
    square = square * square % modulus;
  }
  return result;
}

function inverseOf(number, modulus) {
  let [one, other, first, second] = [modulus, number % modulus, 0n, 1n];
  while (other) {
    const times = one / other;
    [one, other, first, second] = [other, one - times * other, second, first - times * second];
  }
  if (one !== 1n) { throw new Unusable("no inverse"); }
  return first < 0n ? first + modulus : first;
}
