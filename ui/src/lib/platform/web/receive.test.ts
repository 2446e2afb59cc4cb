import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Attachment } from '$lib/proto';
import { FakeDisk } from './fakeDisk';
import { MEMORY_LAST_MAX_BYTES, MEMORY_MAX_BYTES, saveAll, saveAttachment, ZIP_MAX_FILES } from './receive';
import { sweepStashes } from './stash';

const session = '04'.repeat(16);
const content = 'one\ntwo\n';
const file = (more: Partial<Attachment> = {}): Attachment => ({
  id: '0a'.repeat(16),
  name: 'report.pdf',
  size: content.length,
  media_type: 'text/html',
  sha256: createHash('sha256').update(content).digest('hex'),
  ...more,
});
const base = `/api/v1/sessions/${session}/attachments`;

/** What was handed to the browser's downloads. */
let saved: { href: string; name: string }[];
let blobs: Blob[];

beforeEach(() => {
  saved = [];
  blobs = [];
  vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function (this: HTMLAnchorElement) {
    saved.push({ href: this.getAttribute('href') ?? '', name: this.download });
  });
  vi.mocked(URL.createObjectURL).mockImplementation((blob) => {
    blobs.push(blob as Blob);
    return 'blob:test';
  });
});
afterEach(() => vi.unstubAllGlobals());

const answers = (body: BodyInit, status = 200) => {
  const fetch = vi.fn(() => Promise.resolve(new Response(body, { status })));
  vi.stubGlobal('fetch', fetch);
  return fetch;
};

describe('saving in the browser', () => {
  it('checks the digest and saves what it has checked', async () => {
    const fetch = answers(content);
    const seen: number[] = [];
    const outcome = await saveAttachment(session, file(), ({ sent }) => seen.push(sent));
    expect(outcome).toEqual({ saved: true, verified: true });
    expect(fetch).toHaveBeenCalledWith(`${base}/${file().id}?download=1`, expect.anything());
    expect(saved).toEqual([{ href: 'blob:test', name: 'report.pdf' }]);
    // A file that says it is a page is none of this origin.
    expect(blobs.map(({ type, size }) => [type, size])).toEqual([
      ['application/octet-stream', content.length],
    ]);
    expect(seen.at(-1)).toBe(content.length);
  });

  it.each([
    ['other bytes', 'ONE\ntwo\n', 200, /did not arrive as it was sent/],
    ['too much', `${content}more`, 200, /did not arrive as it was sent/],
    ['too little', 'one', 200, { code: 'unavailable' }],
    ['a refusal', '{"code":"forbidden","message":"no"}', 403, { code: 'forbidden' }],
    ['nothing any more', '', 404, { code: 'not_found' }],
  ])('saves nothing of %s', async (_name, body, status, why) => {
    answers(body, status);
    const outcome = expect(saveAttachment(session, file())).rejects;
    if (why instanceof RegExp) await outcome.toThrow(why);
    else await outcome.toMatchObject(why);
    expect(saved).toEqual([]);
  });

  it('holds what is too large for memory nowhere unseen, but where there is no other way', async () => {
    const fetch = answers('');
    const large = file({ size: MEMORY_LAST_MAX_BYTES + 1 });
    expect(await saveAttachment(session, large)).toEqual({ saved: true, verified: false });
    expect(fetch).not.toHaveBeenCalled();
    expect(saved).toEqual([{ href: `${base}/${large.id}?download=1`, name: 'report.pdf' }]);
    await expect(saveAttachment(session, file({ size: MEMORY_LAST_MAX_BYTES }))).rejects.toMatchObject({
      code: 'unavailable',
    });
  });

  describe('a large file', () => {
    const bytes = Buffer.alloc(MEMORY_MAX_BYTES + 1, 'deskside');
    const large = file({ size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') });
    let disk: FakeDisk;
    beforeEach(() => {
      disk = new FakeDisk();
      disk.install();
    });

    it('comes by the disk, is checked, and stays there until it is read', async () => {
      answers(bytes);
      expect(await saveAttachment(session, large)).toEqual({ saved: true, verified: true });
      expect(saved).toEqual([{ href: 'blob:test', name: 'report.pdf' }]);
      expect(blobs.map(({ type, size }) => [type, size])).toEqual([
        ['application/octet-stream', bytes.length],
      ]);
      expect(disk.names).toHaveLength(1);
      // What this page holds is not swept.
      await sweepStashes();
      expect(disk.names).toHaveLength(1);
    });

    it('is removed where it is another one', async () => {
      const other = Buffer.from(bytes);
      other[MEMORY_MAX_BYTES] = 0;
      answers(other);
      await expect(saveAttachment(session, large)).rejects.toThrow(/nothing of it was saved/);
      expect([saved, disk.names]).toEqual([[], []]);
    });

    it('is not begun where there is no room, and says so', async () => {
      const fetch = answers(bytes);
      disk.quota = bytes.length;
      await expect(saveAttachment(session, large)).rejects.toThrow(/no room in this browser for 16\.0 MB/);
      expect(fetch).not.toHaveBeenCalled();
      expect(disk.names).toEqual([]);
    });

    it('is removed where the room ends on its way', async () => {
      answers(bytes);
      disk.full = true;
      await expect(saveAttachment(session, large)).rejects.toThrow(/no room in this browser/);
      expect([saved, disk.names]).toEqual([[], []]);
    });

    it('is removed when somebody stops it', async () => {
      const stop = new AbortController();
      vi.stubGlobal(
        'fetch',
        vi.fn((_url: string, { signal }: RequestInit) => {
          const body = new ReadableStream({
            start: (controller) => {
              controller.enqueue(new Uint8Array(8));
              signal?.addEventListener('abort', () => controller.error(signal.reason));
            },
          });
          return Promise.resolve(new Response(body));
        }),
      );
      const saving = saveAttachment(session, large, () => stop.abort(), stop.signal);
      await expect(saving).rejects.toMatchObject({ name: 'AbortError' });
      expect([saved, disk.names]).toEqual([[], []]);
    });

    it('of an earlier page is removed at the start, but not one that another tab is saving', async () => {
      disk.leave('left-behind');
      disk.leave('of-another-tab');
      disk.locks.add('deskside.incoming.of-another-tab');
      await sweepStashes();
      expect(disk.names).toEqual(['of-another-tab']);
    });
  });

  it('saves many as zips whose addresses are not too long', async () => {
    const many = Array.from({ length: ZIP_MAX_FILES + 1 }, (_, at) =>
      file({ id: `${at}`.padStart(32, '0') }),
    );
    expect(await saveAll(session, many)).toEqual({ saved: true });
    expect(saved).toHaveLength(2);
    expect(saved[0]?.href.startsWith(`${base}.zip?ids=${many[0]?.id},${many[1]?.id},`)).toBe(true);
    expect(Math.max(...saved.map(({ href }) => href.length))).toBeLessThan(8192);
    expect(saved[1]?.href).toBe(`${base}.zip?ids=${many.at(-1)?.id}`);
    expect(await saveAll(session, [])).toEqual({ saved: false });
  });
});
