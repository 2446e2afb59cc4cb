// What a file says besides its content, by kind: whether that can be removed here, and how to find it where it cannot.
import { pictureType } from './details';

type Bytes = Uint8Array<ArrayBuffer>;

/** `drawn`: its details can be removed; `heif`, `tiff`: they can be found only; `video`: so can the place. */
export type Kind = 'drawn' | 'heif' | 'tiff' | 'video';

/** Bytes that tell the kind of a file. */
export const HEAD_BYTES = 16;
/** Bytes of a video's index that are read; the largest ones of phones have a few. */
const INDEX_MAX_BYTES = 64 * 1024 * 1024;
/** Boxes looked at before the index of a video must have come. */
const BOXES_MAX = 64;
/** Directories of a TIFF that are walked through. */
const IFDS_MAX = 64;

const BY_NAME: [Kind, RegExp][] = [
  ['drawn', /\.(jpe?g|jpe|jfif|a?png|webp)$/i],
  ['heif', /\.(hei[cf]s?|hif|avifs?)$/i],
  // Raw pictures of cameras are TIFF.
  ['tiff', /\.(tiff?|dng|nef|nrw|cr2|arw|pef|srw)$/i],
  ['video', /\.(mp4|m4v|mov|qt|3gp|3g2|insv)$/i],
];
/** Brands of pictures in ISO base media files (ISO 23008-12 §10, AVIF §8). */
const PICTURE_BRANDS = /^(hei[cxms]|hev[cxms]|mif[12]|msf1|avi[fs])$/;
/** What a QuickTime or MP4 index has where a place is kept: its own atom, 3GPP's, Apple's key, GoPro's and Google's tracks. */
const PLACES = ['\u00a9xyz', 'loci', 'location.ISO6709', 'gpmd', 'camm'];
/** TIFF tags: make, model, artist, XMP, IPTC, Exif, GPS (TIFF 6.0, Exif 3.0 §4.6). */
const TIFF_DETAILS = new Set([271, 272, 315, 700, 33723, 34665, 34853]);

export const kindByName = (name: string): Kind | null =>
  BY_NAME.find(([, ending]) => ending.test(name))?.[0] ?? null;

/** `head`: the first `HEAD_BYTES` bytes, or more. */
export function kindByBytes(head: Bytes): Kind | null {
  if (pictureType(head)) return 'drawn';
  const start = latin(head, 0, 4);
  if (start === 'II*\0' || start === 'MM\0*' || start === 'II+\0' || start === 'MM\0+') return 'tiff';
  const box = latin(head, 4, 4);
  if (box === 'ftyp') return PICTURE_BRANDS.test(latin(head, 8, 4)) ? 'heif' : 'video';
  return ['moov', 'mdat', 'wide'].includes(box) ? 'video' : null;
}

/** Whether `picture`, of a kind that cannot be drawn anew here, says more than its pixels. */
export async function keepsDetails(picture: Blob): Promise<boolean> {
  const kind = kindByBytes(new Uint8Array(await picture.slice(0, HEAD_BYTES).arrayBuffer()));
  if (kind === 'heif') return heifHasDetails(picture);
  return kind === 'tiff' && tiffHasDetails(new Uint8Array(await picture.arrayBuffer()));
}

/** Exif and XMP are items that the `meta` box names (ISO 23008-12 §A). */
async function heifHasDetails(picture: Blob): Promise<boolean> {
  const meta = await topBox(picture, 'meta');
  // Without one there is no picture either: what is in it cannot be told.
  return meta === null || has(meta, 'Exif') || has(meta, 'rdf+xml');
}

export function tiffHasDetails(bytes: Bytes): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = bytes[0] === 0x49;
  try {
    // BigTIFF is written by microscopes and scanners; it is not read here.
    if (view.getUint16(2, little) !== 42) return true;
    let at = view.getUint32(4, little);
    for (let left = IFDS_MAX; at !== 0; left -= 1) {
      if (left === 0) return true;
      const count = view.getUint16(at, little);
      for (let entry = 0; entry < count; entry += 1)
        if (TIFF_DETAILS.has(view.getUint16(at + 2 + entry * 12, little))) return true;
      at = view.getUint32(at + 2 + count * 12, little);
    }
    return false;
  } catch {
    // Not as TIFFs are.
    return true;
  }
}

/** Whether a video says where it was recorded; only its index is read. What has none that can be found says nothing. */
export async function videoHasPlace(video: Blob): Promise<boolean> {
  const index = await topBox(video, 'moov');
  return index !== null && PLACES.some((place) => has(index, place));
}

/** The content of the outermost box `type`; a box has its size and type before it (ISO 14496-12 §4.2). */
async function topBox(file: Blob, type: string): Promise<Bytes | null> {
  for (let [at, left] = [0, BOXES_MAX]; left > 0 && at + 8 <= file.size; left -= 1) {
    const head = new Uint8Array(await file.slice(at, at + 16).arrayBuffer());
    const view = new DataView(head.buffer);
    const [short, long] = [view.getUint32(0), head.length === 16 ? Number(view.getBigUint64(8)) : 0];
    const size = short === 1 ? long : short === 0 ? file.size - at : short;
    if (size < 8) return null;
    if (latin(head, 4, 4) === type)
      return new Uint8Array(await file.slice(at, at + Math.min(size, INDEX_MAX_BYTES)).arrayBuffer());
    at += size;
  }
  return null;
}

function has(bytes: Bytes, text: string): boolean {
  const wanted = [...text].map((char) => char.charCodeAt(0));
  const [first = 0] = wanted;
  for (let at = bytes.indexOf(first); at >= 0; at = bytes.indexOf(first, at + 1))
    if (wanted.every((byte, index) => bytes[at + index] === byte)) return true;
  return false;
}

const latin = (bytes: Bytes, from: number, length: number) =>
  String.fromCharCode(...bytes.subarray(from, from + length));
