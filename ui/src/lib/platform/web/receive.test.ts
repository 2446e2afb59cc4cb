import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Attachment } from '$lib/proto';
import { CHECKED_MAX_BYTES, saveAll, saveAttachment, ZIP_MAX_FILES } from './receive';

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
    ['other bytes', 'ONE\ntwo\n', 200, 'checksum_mismatch'],
    ['too much', `${content}more`, 200, 'checksum_mismatch'],
    ['too little', 'one', 200, 'unavailable'],
    ['a refusal', '{"code":"forbidden","message":"no"}', 403, 'forbidden'],
    ['nothing any more', '', 404, 'not_found'],
  ])('saves nothing of %s', async (_name, body, status, code) => {
    answers(body, status);
    await expect(saveAttachment(session, file())).rejects.toMatchObject({ code });
    expect(saved).toEqual([]);
  });

  it.each([
    ['a large file', file({ size: CHECKED_MAX_BYTES + 1 }), true],
    ['any file of an insecure origin', file(), false],
  ])('leaves %s to the browser, unverified', async (_name, attachment, secure) => {
    const fetch = answers('');
    if (!secure) vi.stubGlobal('crypto', {});
    expect(await saveAttachment(session, attachment)).toEqual({ saved: true, verified: false });
    expect(fetch).not.toHaveBeenCalled();
    expect(saved).toEqual([{ href: `${base}/${attachment.id}?download=1`, name: 'report.pdf' }]);
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
