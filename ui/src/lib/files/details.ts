// What a picture says besides itself: place, camera, author, thumbnails of what was cut away. Gone before it is sent.

/** Bytes of a picture that are read here. */
export const READ_MAX_BYTES = 64 * 1024 * 1024;

type Bytes = Uint8Array<ArrayBuffer>;

/** Chunks that say how a PNG is drawn (W3C PNG §11); every other one may say something about its maker. */
const PNG_KEPT = new Set(
  'IHDR PLTE IDAT IEND tRNS cHRM gAMA iCCP sBIT sRGB cICP mDCV cLLI bKGD hIST pHYs sPLT acTL fcTL fdAT'.split(
    ' ',
  ),
);
/** Chunks of a WebP that draw it (RFC 9649 §2.7). */
const WEBP_KEPT = new Set(['VP8 ', 'VP8L', 'VP8X', 'ALPH', 'ANIM', 'ANMF', 'ICCP']);
/** In the flags of `VP8X`: there is Exif, there is XMP. */
const WEBP_DETAILS = 0b0000_1100;

export type PictureType = 'image/jpeg' | 'image/png' | 'image/webp';

/** What the first bytes say, whatever the name does. */
export function pictureType(bytes: Bytes): PictureType | null {
  if (bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff) return 'image/jpeg';
  if (text(bytes, 1, 3) === 'PNG' && bytes[0] === 0x89) return 'image/png';
  if (text(bytes, 0, 4) === 'RIFF' && text(bytes, 8, 4) === 'WEBP') return 'image/webp';
  return null;
}

/**
 * Whether a JPEG holds more than its pixels and colours: segments APP1–APP13, APP15 and COM (ITU-T T.81 §B.2.4) but for ICC, a
 * small picture of itself (JFXX), anything behind its end (a phone's moving pictures, and their places).
 */
export function jpegHasDetails(bytes: Bytes): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 2;
  while (at + 4 <= bytes.length && bytes[at] === 0xff) {
    const marker = view.getUint8(at + 1);
    if (marker === 0xda) return endOf(bytes, at) !== bytes.length;
    const colours = marker === 0xe2 && text(bytes, at + 4, 11) === 'ICC_PROFILE';
    const plain = (marker === 0xe0 && text(bytes, at + 4, 4) !== 'JFXX') || marker === 0xee || colours;
    if ((marker === 0xfe || (marker >= 0xe0 && marker <= 0xef)) && !plain) return true;
    at += 2 + view.getUint16(at + 2);
  }
  // Not as JPEGs are: what is in it cannot be told.
  return true;
}

/** Behind the first end-of-image marker: in what is coded no other byte after 0xff but 0 and the restarts occurs. */
function endOf(bytes: Bytes, from: number): number {
  for (let at = bytes.indexOf(0xff, from); at >= 0; at = bytes.indexOf(0xff, at + 1))
    if (bytes[at + 1] === 0xd9) return at + 2;
  return -1;
}

/** Whether a PNG (APNG: `acTL`) or a WebP (flag of `VP8X`) moves: drawn on a canvas it would be its first picture only. */
export function isAnimated(bytes: Bytes): boolean {
  const type = pictureType(bytes);
  if (type === 'image/webp') return text(bytes, 12, 4) === 'VP8X' && ((bytes[20] ?? 0) & 0b10) !== 0;
  if (type !== 'image/png') return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 8; at + 12 <= bytes.length; at += 12 + view.getUint32(at)) {
    const chunk = text(bytes, at + 4, 4);
    if (chunk === 'acTL' || chunk === 'IDAT') return chunk === 'acTL';
  }
  return false;
}

/** The same PNG with what draws it and nothing else, no bytes after its end either. */
export function pngWithoutDetails(bytes: Bytes): Bytes {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts = [bytes.subarray(0, 8)];
  for (let at = 8; at + 12 <= bytes.length;) {
    const type = text(bytes, at + 4, 4);
    const end = at + 12 + view.getUint32(at);
    if (PNG_KEPT.has(type)) parts.push(bytes.subarray(at, end));
    if (type === 'IEND') break;
    at = end;
  }
  return joined(parts, bytes);
}

export function webpWithoutDetails(bytes: Bytes): Bytes {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = Math.min(bytes.length, 8 + view.getUint32(4, true));
  const parts = [bytes.subarray(0, 12)];
  for (let at = 12; at + 8 <= end;) {
    const next = at + 8 + view.getUint32(at + 4, true) + (view.getUint32(at + 4, true) % 2);
    if (WEBP_KEPT.has(text(bytes, at, 4))) parts.push(bytes.subarray(at, next));
    at = next;
  }
  const made = joined(parts, bytes);
  if (made === bytes) return bytes;
  new DataView(made.buffer).setUint32(4, made.length - 8, true);
  if (text(made, 12, 4) === 'VP8X') made[20] = (made[20] ?? 0) & ~WEBP_DETAILS;
  return made;
}

/**
 * `picture` without its details; the same object where there are none, or where it is no such picture. `encode` draws a JPEG
 * anew, since the way up it is held is one of its details; the others keep every pixel and only lose what is not drawn.
 */
export async function withoutDetails(picture: Blob, encode: (picture: Blob) => Promise<Blob>): Promise<Blob> {
  const bytes = new Uint8Array(await picture.arrayBuffer());
  const type = pictureType(bytes);
  if (type === 'image/jpeg') return jpegHasDetails(bytes) ? encode(picture) : picture;
  if (type === null) return picture;
  const clean = type === 'image/png' ? pngWithoutDetails(bytes) : webpWithoutDetails(bytes);
  return clean === bytes ? picture : new Blob([clean], { type });
}

/** Whether `picture` holds details that would be removed. */
export async function hasDetails(picture: Blob): Promise<boolean> {
  return (await withoutDetails(picture, () => Promise.resolve(new Blob()))) !== picture;
}

function joined(parts: Bytes[], whole: Bytes): Bytes {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  if (length === whole.length) return whole;
  const made = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    made.set(part, at);
    at += part.length;
  }
  return made;
}

function text(bytes: Bytes, from: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(from, from + length));
}
