/** Huffman-coded strings (RFC 7541 section 5.2 and appendix B), read four bits at a time. */
import { CompressionError } from "./compression-error.ts";

/**
 * The octets with codes of so many bits. The code is canonical: codes of one length count up in the
 * order of the octets, and go on from the shorter ones, so that the lengths say it all.
 */
const octetsByLength: readonly (readonly [bits: number, octets: string])[] = [
  [5, "012aceiost"],
  [6, " %-./3456789=A_bdfghlmnpru"],
  [7, ":BCDEFGHIJKLMNOPQRSTUVWYjkqvwxyz"],
  [8, "&*,;XZ"],
  [10, '!"()?'],
  [11, "'+|"],
  [12, "#>"],
  [13, "\x00$@[]~"],
  [14, "^}"],
  [15, "<`{"],
  [19, "\\\xc3\xd0"],
  [20, "\x80\x82\x83\xa2\xb8\xc2\xe0\xe2"],
  [21, "\x99\xa1\xa7\xac\xb0\xb1\xb3\xd1\xd8\xd9\xe3\xe5\xe6"],
  [
    22,
    "\x81\x84\x85\x86\x88\x92\x9a\x9c\xa0\xa3\xa4\xa9\xaa\xad\xb2\xb5\xb9\xba\xbb\xbd\xbe\xc4\xc6\xe4\xe8\xe9",
  ],
  [
    23,
    "\x01\x87\x89\x8a\x8b\x8c\x8d\x8f\x93\x95\x96\x97\x98\x9b\x9d\x9e\xa5\xa6\xa8\xae\xaf\xb4\xb6\xb7\xbc\xbf\xc5\xe7\xef",
  ],
  [24, "\x09\x8e\x90\x91\x94\x9f\xab\xce\xd7\xe1\xec\xed"],
  [25, "\xc7\xcf\xea\xeb"],
  [26, "\xc0\xc1\xc8\xc9\xca\xcd\xd2\xd5\xda\xdb\xee\xf0\xf2\xf3\xff"],
  [27, "\xcb\xcc\xd3\xd4\xd6\xdd\xde\xdf\xf1\xf4\xf5\xf6\xf7\xf8\xfa\xfb\xfc\xfd\xfe"],
  [
    28,
    "\x02\x03\x04\x05\x06\x07\x08\x0b\x0c\x0e\x0f\x10\x11\x12\x13\x14\x15\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f\x7f\xdc\xf9",
  ],
  // The last code of all, thirty ones, is EOS, which no string may hold.
  [30, "\x0a\x0d\x16"],
];

/** Padding is shorter than an octet. */
const maxPaddingBits = 7;

/** A place in a code: what the next bit leads to, a place or an octet; undefined is EOS. */
interface Place {
  readonly number: number;
  /** The bits up to here could be padding. */
  readonly padding: boolean;
  readonly next: [Place | number | undefined, Place | number | undefined];
}

/** The place between two codes. */
const root: Place = { number: 0, padding: true, next: [undefined, undefined] };

/** All places where a code can be cut, by their numbers. */
const places = [root];

let code = 0;
let bitsBefore = 0;
for (const [bits, octets] of octetsByLength) {
  code <<= bits - bitsBefore;
  bitsBefore = bits;
  for (const octet of octets) {
    addCode(code, bits, octet.charCodeAt(0));
    code += 1;
  }
}

function addCode(code: number, bits: number, octet: number): void {
  let place = root;
  for (let left = bits - 1; left > 0; left -= 1) {
    const bit = (code >> left) & 1 ? 1 : 0;
    const known = place.next[bit];
    place = typeof known === "object" ? known : addPlace(place, bit, bits - left);
  }
  place.next[code & 1] = octet;
}

function addPlace(from: Place, bit: 0 | 1, depth: number): Place {
  const padding = from.padding && bit === 1 && depth <= maxPaddingBits;
  const place: Place = { number: places.length, padding, next: [undefined, undefined] };
  places.push(place);
  from.next[bit] = place;
  return place;
}

/** True where a string may end, by the numbers of places. */
const mayEnd = places.map(({ padding }) => padding);

const emits = 0x1_0000;
const fails = 0x2_0000;

/**
 * What four bits do, by 16 * place + bits: the next place, an octet that they complete (<< 8, with
 * `emits`: the shortest code has five bits, so there is one at most), or `fails`.
 */
const steps = Uint32Array.from(
  places.flatMap((place) => Array.from({ length: 16 }, (_, bits) => stepOf(place, bits))),
);

function stepOf(from: Place, bits: number): number {
  let place = from;
  let emitted = 0;
  for (const mask of [8, 4, 2, 1]) {
    const there = place.next[bits & mask ? 1 : 0];
    if (there === undefined) return fails;
    if (typeof there === "number") emitted = emits | (there << 8);
    place = typeof there === "number" ? root : there;
  }
  return emitted | place.number;
}

/** Octets that a Huffman-coded string of this length has at most. */
export function maxDecodedLength(length: number): number {
  return Math.floor((8 * length) / 5);
}

/**
 * Decodes the octets from `start` to `end` into `target`, which has room for
 * {@link maxDecodedLength} of them.
 *
 * @returns how many octets they are
 * @throws CompressionError
 */
export function decodeHuffman(
  bytes: Uint8Array,
  start: number,
  end: number,
  target: Uint8Array,
): number {
  let length = 0;
  let place = 0;
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at] ?? 0;
    const high = steps[(place << 4) | (byte >> 4)] ?? fails;
    if (high & emits) {
      target[length] = high >> 8;
      length += 1;
    }
    const low = steps[((high & 0xff) << 4) | (byte & 15)] ?? fails;
    if (low & emits) {
      target[length] = low >> 8;
      length += 1;
    }
    if ((high | low) & fails) throw new CompressionError("EOS in a Huffman-coded string");
    place = low & 0xff;
  }
  if (!mayEnd[place]) throw new CompressionError("bad padding of a Huffman-coded string");
  return length;
}
