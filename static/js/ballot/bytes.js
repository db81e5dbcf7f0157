/* Bytes and numbers (字节与大整数): big-endian, as RFC 8017 has them; and how bytes are written out. */

/** What cannot be used: a key, a message, a signature or an answer that is not what it should be. */
export class Unusable extends Error {}

/** The bytes written as hexadecimal digits, in small letters. */
export function toHex(bytes) {
  return Array.from(bytes, function (byte) { return byte.toString(16).padStart(2, "0"); }).join("");
}

/** The bytes meant by hexadecimal digits, or Unusable. */
export function fromHex(digits) {
  if (typeof digits !== "string" || digits.length % 2 || /[^0-9a-f]/i.test(digits)) { throw new Unusable("not hexadecimal"); }
  return Uint8Array.from({ length: digits.length / 2 }, function (_, at) { return parseInt(digits.substr(2 * at, 2), 16); });
}

/** One array out of several. */
export function join(...parts) {
  const whole = new Uint8Array(parts.reduce(function (length, part) { return length + part.length; }, 0));
  parts.reduce(function (at, part) { whole.set(part, at); return at + part.length; }, 0);
  return whole;
}

/** The bytes of plain characters. */
export function ascii(text) {
  return Uint8Array.from(text, function (character) { return character.charCodeAt(0); });
}

/** Whether two arrays hold the same bytes. */
export function same(one, other) {
  return one.length === other.length && one.every(function (byte, at) { return byte === other[at]; });
}

/** The number that the bytes stand for. */
export function toNumber(bytes) {
  return bytes.length ? BigInt("0x" + toHex(bytes)) : 0n;
}

/** The number in so many bytes. */
export function fromNumber(number, length) {
  return fromHex(number.toString(16).padStart(2 * length, "0"));
}

/** The argument if it is an array of so many bytes, or Unusable. */
export function ofLength(bytes, length, name) {
  if (!(bytes instanceof Uint8Array) || bytes.length !== length) { throw new Unusable(name + " must have " + length + " bytes"); }
  return bytes;
}

/** The bytes in base64. */
export function toBase64(bytes) {
  return btoa(Array.from(bytes, function (byte) { return String.fromCharCode(byte); }).join(""));
}

/** The bytes meant by base64, with or without padding and in either alphabet, or Unusable. */
export function fromBase64(text) {
  try {
    return ascii(atob(text.replace(/-/g, "+").replace(/_/g, "/")));
  } catch (malformed) {
    throw new Unusable("not base64");
  }
}
