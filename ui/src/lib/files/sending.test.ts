// What is around the tray: folders, the clipboard, pictures' details, several messages, rooms that live on.
import { describe, expect, it, vi } from 'vitest';
import type { Intent } from '$lib/proto';
import { OpenRooms } from '$lib/session/openRooms.svelte';
import type { Room } from '$lib/session/room.svelte';
import { share } from '$lib/session/share';
import { clean, DetailsError, detailsOf } from './clean';
import { jpegHasDetails, pictureType, pngWithoutDetails, webpWithoutDetails } from './details';
import { droppedFiles, pastedFiles, walkAll } from './folders';
import { UploadEntry } from './uploadEntry.svelte';

const bytes = (...parts: (string | number[])[]) =>
  new Uint8Array(
    parts.flatMap((part) => (typeof part === 'string' ? [...part].map((char) => char.charCodeAt(0)) : part)),
  );

// N18
describe('what is dropped', () => {
  const fileEntry = (name: string) =>
    ({
      isFile: true,
      name,
      file: (done: (file: File) => void) => done(new File(['x'], name)),
    }) as unknown as FileSystemEntry;
  const folderEntry = (name: string, children: FileSystemEntry[], page = 2) =>
    ({
      isFile: false,
      name,
      createReader: () => {
        const rest = [...children];
        return { readEntries: (done: (some: FileSystemEntry[]) => void) => done(rest.splice(0, page)) };
      },
    }) as unknown as FileSystemEntry;
  const lost = {
    isFile: true,
    name: 'lost.txt',
    file: (_: unknown, failed: (error: unknown) => void) => failed(new Error('gone')),
  } as unknown as FileSystemEntry;

  it('is walked through, folder by folder, page by page', async () => {
    const inner = folderEntry('2026', [fileEntry('c.log')]);
    const { files, unread } = await walkAll([
      folderEntry('Printer', [fileEntry('a.txt'), inner, fileEntry('b.txt')]),
      fileEntry('d.txt'),
      lost,
    ]);
    expect(files.map(({ name, folder }) => [folder, name])).toEqual([
      ['Printer', 'a.txt'],
      ['Printer/2026', 'c.log'],
      ['Printer', 'b.txt'],
      [undefined, 'd.txt'],
    ]);
    expect(unread).toEqual(['lost.txt']);
  });

  it('is taken as files where the browser knows no folders', async () => {
    const files = [new File(['x'], 'a.txt')] as unknown as FileList;
    const { files: picked } = await droppedFiles({ items: [] as unknown as DataTransferItemList, files });
    expect(picked.map(({ name }) => name)).toEqual(['a.txt']);
  });
});

// N18
it.each([
  ['a picture', ['Files'], '', 1],
  ['a picture of a page', ['text/html', 'Files'], '', 1],
  ['text of an office program, with its picture', ['text/plain', 'text/html', 'Files'], 'Total', 0],
  ['a file of a file manager that names it', ['text/plain', 'Files'], 'a.png', 1],
])('pasting %s', (_name, types, text, taken) => {
  const files = [new File(['x'], 'image.png')] as unknown as FileList;
  expect(pastedFiles({ files, types, getData: () => text })).toHaveLength(taken);
});

const chunk = (type: string, data: number[] = []) => [
  ...[0, 0, 0, data.length],
  ...bytes(type),
  ...data,
  ...[1, 2, 3, 4],
];
const PNG = [0x89, ...bytes('PNG\r\n'), 0x1a, 0x0a];
const image = [...chunk('IHDR', [1]), ...chunk('IDAT', [9, 9])];
const riff = (type: string, data: number[]) => [
  ...bytes(type),
  ...[data.length, 0, 0, 0],
  ...data,
  ...(data.length % 2 ? [0] : []),
];
const segment = (marker: number, data: number[]) => [0xff, marker, 0, data.length + 2, ...data];
const scan = [0xff, 0xda, 0, 2, 1, 2, 3, 0xff, 0xd9];

describe("a picture's details", () => {
  it('are cut out of a PNG, and what stands behind its end', () => {
    const dirty = bytes(PNG, image, chunk('eXIf', [1]), chunk('tEXt', [2]), chunk('IEND'), 'more');
    expect(pngWithoutDetails(dirty)).toEqual(bytes(PNG, image, chunk('IEND')));
    const plain = bytes(PNG, image, chunk('IEND'));
    expect(pngWithoutDetails(plain)).toBe(plain);
  });

  it('are cut out of a WebP, whose head no longer speaks of them', () => {
    const head = (flags: number) => riff('VP8X', [flags, 0, 0, 0, 1, 0, 0, 1, 0, 0]);
    const file = (...parts: number[][]) => {
      const body = parts.flat();
      return bytes('RIFF', [body.length + 4, 0, 0, 0], 'WEBP', body);
    };
    const dirty = file(head(0b1100 | 0b10), riff('VP8 ', [5, 6, 7]), riff('EXIF', [1]), riff('XMP ', [2, 2]));
    expect(webpWithoutDetails(dirty)).toEqual(file(head(0b10), riff('VP8 ', [5, 6, 7])));
    const plain = file(riff('VP8L', [1, 2]));
    expect(webpWithoutDetails(plain)).toBe(plain);
  });

  it.each([
    [
      'JFIF, ICC and Adobe only',
      [segment(0xe0, [...bytes('JFIF')]), segment(0xe2, [...bytes('ICC_PROFILE')]), segment(0xee, [1])],
      false,
    ],
    ['a small picture of itself (JFXX)', [segment(0xe0, [...bytes('JFXX')])], true],
    ['XMP', [segment(0xe1, [...bytes('http://ns.adobe.com/xap/1.0/')])], true],
    ['Exif', [segment(0xe0, [1]), segment(0xe1, [...bytes('Exif')])], true],
    ['a second picture (MPF)', [segment(0xe2, [...bytes('MPF')])], true],
    ['IPTC', [segment(0xed, [1])], true],
    ['a comment', [segment(0xfe, [1])], true],
  ])('in a JPEG with %s: %s', (_name, segments, found) => {
    expect(jpegHasDetails(bytes([0xff, 0xd8], ...segments, segment(0xdb, [1]), scan))).toBe(found);
  });

  it.each([
    ['something behind its end', [...scan, 0, 0], true],
    ['a second picture behind its end', [...scan, 0xff, 0xd8, 0xff, 0xd9], true],
    ['restarts and stuffed bytes', [0xff, 0xda, 0, 2, 0xff, 0, 0xff, 0xd0, 7, 0xff, 0xd9], false],
    ['no end', [0xff, 0xda, 0, 2, 1], true],
  ])('in a JPEG with %s: %s', (_name, rest, found) => {
    expect(jpegHasDetails(bytes([0xff, 0xd8], segment(0xdb, [1]), rest))).toBe(found);
  });

  it('are supposed where a JPEG cannot be read', () => {
    expect(jpegHasDetails(bytes([0xff, 0xd8, 0xff, 0xe0, 0, 0]))).toBe(true);
  });

  it.each([
    ['JPEG', bytes([0xff, 0xd8, 0xff, 0xe0]), 'image/jpeg'],
    ['PNG', bytes(PNG), 'image/png'],
    ['WebP', bytes('RIFF', [0, 0, 0, 0], 'WEBP'), 'image/webp'],
    ['SVG', bytes('<svg xmlns='), null],
    ['nothing', bytes(), null],
  ])('%s is known by its first bytes', (_name, found, type) => expect(pictureType(found)).toBe(type));

  const handle = {
    adopt: (file: File) => Promise.resolve({ handle: file, name: file.name, size: file.size }),
    read: ({ handle: file }: { handle: File | string }) => Promise.resolve(file as File),
  };
  const photo = bytes([0xff, 0xd8], segment(0xe1, [...bytes('Exif')]), scan);
  const pick = (content: BlobPart, name: string, size?: number) => {
    const file = new File([content], name, { type: 'image/jpeg' });
    return { handle: file, name, size: size ?? file.size, folder: 'Photos' };
  };

  it('do not leave the device', async () => {
    const made = await clean(pick(photo, 'me.jpg'), handle, () => Promise.resolve(new Blob(['clean'])));
    expect(made).toMatchObject({ name: 'me.jpg', size: 5, folder: 'Photos' });
    expect(await detailsOf(pick(photo, 'me.jpg'), handle)).toBe('removed');
  });

  it.each([
    ['has none', bytes([0xff, 0xd8], segment(0xe0, [1]), scan), 'plain.jpg'],
    ['is SVG', '<svg/>', 'drawing.svg'],
    ['is no picture', 'text', 'me.pdf'],
    ['only says that it is one', 'text', 'text.jpg'],
  ])('are not looked for in what %s', async (_name, content, name) => {
    const file = pick(content, name);
    expect(await clean(file, handle, () => Promise.reject(new Error('never')))).toBe(file);
    expect(await detailsOf(file, handle)).toBe('none');
  });

  it('are looked for in a photo of any name', async () => {
    const made = await clean(pick(photo, 'photo'), handle, () => Promise.resolve(new Blob(['clean'])));
    expect(made.size).toBe(5);
  });

  it.each([
    ['cannot be drawn', pick(photo, 'me.jpg')],
    ['is too large to be read', pick(photo, 'me.jpg', 65 * 1024 * 1024)],
  ])('stop what %s, rather than going along', async (_name, file) => {
    const broken = () => Promise.reject(new Error('broken'));
    await expect(clean(file, handle, broken)).rejects.toBeInstanceOf(DetailsError);
  });
});

// Z19
describe('sharing', () => {
  const entries = Array.from({ length: 201 }, (_, at) => {
    const entry = new UploadEntry(at, { handle: '', name: `${at}`, size: 1 }, null, false);
    entry.attachment = `id-${at}`;
    return entry;
  });
  const message = { type: 'post', text: 'Look', mentions: ['p'], private: true, reply_to: 4 } as const;
  const post = { ...message, mentions: ['p'] };

  it('gives the words to the first message and stays private in all', async () => {
    const sent: Intent[] = [];
    const intent = (one: Intent) => (sent.push(one), Promise.resolve());
    expect(await share(intent, post, entries)).toEqual({ messages: 3, rest: [] });
    expect(
      sent.map((one) => one.type === 'post' && [one.text, one.reply_to, one.attachments.length]),
    ).toEqual([
      ['Look', 4, 100],
      ['', undefined, 100],
      ['', undefined, 1],
    ]);
    expect(sent.every((one) => one.type === 'post' && one.private)).toBe(true);
  });

  it('keeps what did not go out', async () => {
    const intent = vi.fn(() => Promise.resolve());
    intent.mockImplementationOnce(() => Promise.resolve()).mockRejectedValueOnce(new Error('gone'));
    const shared = await share(intent, post, entries);
    expect([shared.messages, shared.rest.length]).toEqual([1, 101]);
    expect(shared.error).toBeInstanceOf(Error);
  });
});

// N03: uploads go on in a session that is left.
describe('rooms', () => {
  const fake = (active: number, count: number) => {
    const uploads = {
      active,
      entries: Array(count).fill(0) as unknown[],
      onIdle: () => {},
      cancelAll: vi.fn(),
    };
    const transfers = { busy: false, onIdle: () => {} };
    return { id: 's', shown: true, uploads, transfers, close: vi.fn() };
  };
  const enter = (rooms: OpenRooms, room: object) => rooms.enter('s', () => room as Room);

  it('close when they are left and nothing is on its way', () => {
    const [rooms, first, second] = [new OpenRooms(), fake(0, 0), fake(0, 0)];
    rooms.leave(enter(rooms, first));
    expect(first.close).toHaveBeenCalledOnce();
    expect(enter(rooms, second)).toBe(second);
  });

  // Z20: in a browser a transfer ends with its page.
  it('live on until nothing goes directly any more', () => {
    const rooms = new OpenRooms();
    const room = fake(0, 0);
    room.transfers.busy = true;
    enter(rooms, room);
    rooms.leave(room as unknown as Room);
    expect(room.close).not.toHaveBeenCalled();
    expect(rooms.holding).toBe(true);
    room.transfers.busy = false;
    room.transfers.onIdle();
    expect(room.close).toHaveBeenCalledTimes(1);
  });

  it('live on until their files are there, and keep their tray', () => {
    const [rooms, room] = [new OpenRooms(), fake(2, 3)];
    rooms.leave(enter(rooms, room));
    expect(room.close).not.toHaveBeenCalled();
    room.uploads.active = 0;
    room.uploads.onIdle();
    expect(room.close).toHaveBeenCalledOnce();
    expect(enter(rooms, fake(0, 0))).toBe(room);
  });

  it('stay open when one comes back before their files are there', () => {
    const [rooms, room] = [new OpenRooms(), fake(1, 1)];
    rooms.leave(enter(rooms, room));
    expect(enter(rooms, fake(0, 0))).toBe(room);
    room.uploads.active = 0;
    room.uploads.onIdle();
    expect(room.close).not.toHaveBeenCalled();
  });

  it('all end with the sign-in', () => {
    const [rooms, room] = [new OpenRooms(), fake(1, 1)];
    rooms.leave(enter(rooms, room));
    rooms.closeAll();
    expect([room.uploads.cancelAll.mock.calls.length, room.close.mock.calls.length]).toEqual([1, 1]);
  });
});
