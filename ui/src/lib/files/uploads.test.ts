import { afterEach, describe, expect, it, vi } from 'vitest';
import type { PickedFile, SessionHandle, Upload } from '$lib/platform';
import { thumbnailBox } from './thumbnail';
import { MAX_ATTACHMENTS, Uploads } from './uploads.svelte';

const picked = (name: string, size = 10): PickedFile => ({ handle: name, name, size });

/** A host whose uploads end when the test says so. */
function host() {
  const started: {
    name: string;
    finish: (id: string) => void;
    fail: (error: unknown) => void;
    cancelled: boolean;
  }[] = [];
  const upload = ({ name }: PickedFile, onProgress: (p: { sent: number; total: number }) => void): Upload => {
    const entry = { name, finish: (_: string) => {}, fail: (_: unknown) => {}, cancelled: false };
    const done = new Promise<string>((resolve, reject) => {
      entry.finish = resolve;
      entry.fail = reject;
    });
    onProgress({ sent: 4, total: 10 });
    started.push(entry);
    return { done, pause: () => {}, resume: () => {}, cancel: () => void (entry.cancelled = true) };
  };
  return { started, uploads: new Uploads(() => ({ upload }) as unknown as SessionHandle) };
}

afterEach(() => vi.restoreAllMocks());

describe('the upload tray', () => {
  it('shows progress and gives finished files to the message', async () => {
    const { started, uploads } = host();
    uploads.add([picked('a.txt'), picked('b.txt')], 100);
    expect(uploads.entries.map(({ percent }) => percent)).toEqual([40, 40]);
    started[0]?.finish('id-a');
    await vi.waitFor(() => expect(uploads.running).toBe(1));
    expect(uploads.take()).toEqual(['id-a']);
    expect(uploads.entries.map(({ file }) => file.name)).toEqual(['b.txt']);
  });

  // N05 Z18: the limit is told before anything is sent.
  it('starts nothing that is too large', () => {
    const { started, uploads } = host();
    uploads.add([picked('large.iso', 101), picked('fits.iso', 100)], 100);
    expect(started.map(({ name }) => name)).toEqual(['fits.iso']);
    expect(uploads.entries[0]?.error).toContain('larger than this organisation allows');
  });

  it('keeps a failed file and sends it again', async () => {
    const { started, uploads } = host();
    uploads.add([picked('a.txt')], 100);
    started[0]?.fail({ code: 'storage_full', message: '' });
    await vi.waitFor(() => expect(uploads.failed).toBe(1));
    const [entry] = uploads.entries;
    expect(entry?.error).toContain('no room left');
    if (entry) uploads.retry(entry);
    started[1]?.finish('id-a');
    await vi.waitFor(() => expect(uploads.take()).toEqual(['id-a']));
  });

  it('cancels what is removed and says nothing more about it', async () => {
    const { started, uploads } = host();
    uploads.add([picked('a.txt')], 100);
    const [entry] = uploads.entries;
    if (entry) uploads.remove(entry);
    expect(started[0]?.cancelled).toBe(true);
    started[0]?.fail(new Error('cancelled'));
    await Promise.resolve();
    expect(uploads.entries).toEqual([]);
  });

  it('takes as many as one message may name', () => {
    const { uploads } = host();
    const many = Array.from({ length: MAX_ATTACHMENTS + 1 }, (_, at) => picked(`${at}.txt`));
    expect(uploads.add(many, 100)).toContain('100 files fit into one message');
    expect(uploads.entries).toHaveLength(MAX_ATTACHMENTS);
  });
});

it('keeps the shape of a picture within its place', () => {
  expect(thumbnailBox({ width: 640, height: 400 })).toEqual({ width: 320, height: 200 });
  expect(thumbnailBox({ width: 100, height: 80 })).toEqual({ width: 100, height: 80 });
  expect(thumbnailBox({ width: 4000, height: 10 })).toEqual({ width: 320, height: 44 });
});
