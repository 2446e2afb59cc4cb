// N20: what is not removed from a file is not sent behind the person's back either.
import { describe, expect, it } from 'vitest';
import { clean, DetailsError, detailsOf } from './clean';
import { isAnimated } from './details';
import { kindByBytes, kindByName } from './kinds';

type Part = string | number[];
const bytes = (...parts: Part[]) =>
  new Uint8Array(
    parts.flatMap((part) => (typeof part === 'string' ? [...part].map((char) => char.charCodeAt(0)) : part)),
  );
const number = (value: number, length: number) =>
  Array.from({ length }, (_, at) => Math.floor(value / 256 ** (length - 1 - at)) % 256);
/** A box of an ISO base media file. */
const box = (type: string, ...parts: Part[]) => {
  const content = [...bytes(...parts)];
  return [...number(content.length + 8, 4), ...bytes(type), ...content];
};
/** The same with its size in eight bytes, as recordings of hours have it. */
const longBox = (type: string, ...parts: Part[]) => {
  const content = [...bytes(...parts)];
  return [...number(1, 4), ...bytes(type), ...number(content.length + 16, 8), ...content];
};
const heic = (brand: string, ...items: Part[]) =>
  bytes(box('ftyp', brand, [0, 0, 0, 0]), box('meta', [0, 0, 0, 0], box('iinf', ...items)), box('mdat', [1]));
const item = (...parts: Part[]) => box('infe', [2, 0, 0, 0, 0, 1, 0, 0], ...parts);
/** A TIFF with one directory of `tags`, big-endian. */
const tiff = (...tags: number[]) =>
  bytes(
    'MM',
    [0, 42, 0, 0, 0, 8],
    number(tags.length, 2),
    tags.flatMap((tag) => [...number(tag, 2), ...Array<number>(10).fill(0)]),
    number(0, 4),
  );
const littleTiff = bytes('II', [
  42,
  0,
  8,
  0,
  0,
  0,
  1,
  0,
  0x25,
  0x88,
  ...Array<number>(10).fill(0),
  0,
  0,
  0,
  0,
]);
const video = (...index: Part[]) =>
  bytes(box('ftyp', 'isom'), box('mdat', Array<number>(99).fill(7)), box('moov', ...index));

const handle = {
  adopt: () => Promise.reject(new Error('nothing is made anew')),
  read: ({ handle: file }: { handle: File | string }) => Promise.resolve(file as File),
};
const pick = (content: Uint8Array<ArrayBuffer>, name: string) => {
  const file = new File([content], name);
  return { handle: file, name, size: file.size };
};

describe('details that cannot be removed', () => {
  it.each([
    ['a photo of a phone', heic('heic', item('hvc1'), item('Exif')), 'photo.heic', 'stay'],
    ['XMP', heic('mif1', item('av01'), item('mime', 'application/rdf+xml')), 'photo.heif', 'stay'],
    ['an AVIF of a phone', heic('avif', item('Exif')), 'photo.avif', 'stay'],
    ['a HEIC under another name', heic('heic', item('Exif')), 'photo.jpg', 'stay'],
    ['a HEIC without any', heic('heic', item('hvc1')), 'photo.heic', 'none'],
    ['a HEIC of nothing', bytes(box('ftyp', 'heic')), 'photo.heic', 'stay'],
    ['a TIFF with its place', tiff(256, 257, 34853), 'scan.tif', 'stay'],
    ['a TIFF with Exif, little-endian', littleTiff, 'scan.tiff', 'stay'],
    ['a TIFF with XMP', tiff(700), 'scan.tif', 'stay'],
    ['a TIFF without any', tiff(256, 257, 273), 'scan.tif', 'none'],
    ['a TIFF that goes in circles', bytes('MM', [0, 42, 0, 0, 0, 8, 0, 0, 0, 0, 0, 8]), 'scan.tif', 'stay'],
    ['a TIFF that is cut', tiff(256).subarray(0, 12), 'scan.tif', 'stay'],
    ['a BigTIFF', bytes('II', [43, 0, 8, 0, 0, 0]), 'scan.tif', 'stay'],
  ] as const)('%s', async (_name, content, name, found) => {
    const file = pick(content, name);
    expect(await detailsOf(file, handle)).toBe(found);
    if (found === 'none') expect(await clean(file, handle)).toBe(file);
    else await expect(clean(file, handle)).rejects.toBeInstanceOf(DetailsError);
  });
});

describe('the place of a video', () => {
  it.each([
    ['of an Android phone', video(box('udta', box('\u00a9xyz', '+48.1+011.5/'))), 'place'],
    ['of 3GPP', video(box('udta', box('loci', [0, 0, 0, 0]))), 'place'],
    ['of an iPhone', video(box('meta', box('keys', 'com.apple.quicktime.location.ISO6709'))), 'place'],
    ['of a camera that is worn', video(box('trak', box('stsd', 'gpmd'))), 'place'],
    [
      'behind more than four gigabytes could be',
      bytes(box('ftyp', 'qt  '), longBox('mdat', [1, 2]), box('moov', box('\u00a9xyz'))),
      'place',
    ],
    [
      'of a QuickTime film without a head',
      bytes(box('wide'), box('mdat', [1]), box('moov', box('\u00a9xyz'))),
      'place',
    ],
    ['that has none', video(box('mvhd', [0])), 'none'],
    [
      'that is only said in its pictures',
      bytes(box('ftyp', 'isom'), box('mdat', '\u00a9xyz'), box('moov')),
      'none',
    ],
    ['that is cut', bytes(box('ftyp', 'isom'), [0, 0, 0, 3]), 'none'],
  ] as const)('%s', async (_name, content, found) => {
    const file = pick(content, 'film.mp4');
    expect(await detailsOf(file, handle)).toBe(found);
    expect(await clean(file, handle)).toBe(file);
  });

  it('may be there where the desktop holds a video too large to be read', async () => {
    const large = { handle: 'name', name: 'film.MOV', size: 65 * 1024 * 1024 };
    expect(await detailsOf(large, handle)).toBe('perhaps');
    expect(await clean(large, handle)).toBe(large);
  });
});

it.each([
  ['photo.JPG', 'drawn'],
  ['photo.jfif', 'drawn'],
  ['moving.apng', 'drawn'],
  ['IMG_0001.HEIC', 'heif'],
  ['photo.avif', 'heif'],
  ['DSC1.NEF', 'tiff'],
  ['film.mov', 'video'],
  ['film.mp4.exe', null],
  ['heic', null],
])('%s is by its name of the kind %s', (name, kind) => expect(kindByName(name)).toBe(kind));

it.each([
  [bytes('%PDF-1.7'), null],
  [bytes(), null],
  [bytes(box('ftyp', 'qt  ')), 'video'],
  [bytes([0xff, 0xd8, 0xff, 0xe1]), 'drawn'],
])('bytes %s are of the kind %s', (head, kind) => expect(kindByBytes(head)).toBe(kind));

const chunk = (type: string, data: number[] = []) => [
  ...number(data.length, 4),
  ...bytes(type),
  ...data,
  1,
  2,
  3,
  4,
];
const PNG = [0x89, ...bytes('PNG\r\n'), 0x1a, 0x0a];
const webp = (flags: number) =>
  bytes('RIFF', [22, 0, 0, 0], 'WEBPVP8X', [10, 0, 0, 0, flags, 0, 0, 0, 0, 0, 0, 0, 0, 0]);

it.each([
  ['an APNG', bytes(PNG, chunk('IHDR', [1]), chunk('acTL', [1]), chunk('IDAT')), true],
  ['a PNG', bytes(PNG, chunk('IHDR', [1]), chunk('IDAT'), chunk('acTL')), false],
  ['a WebP that moves', webp(0b10), true],
  ['a WebP', webp(0b1000), false],
  ['a simple WebP', bytes('RIFF', [4, 0, 0, 0], 'WEBPVP8 ', [2, 0, 0, 0, 2, 2]), false],
  ['a JPEG', bytes([0xff, 0xd8, 0xff, 0xda]), false],
])('%s moves: %s', (_name, content, moves) => expect(isAnimated(content)).toBe(moves));
