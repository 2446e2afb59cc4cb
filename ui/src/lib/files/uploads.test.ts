import { describe, expect, it, vi } from 'vitest';
import type { PickedFile, Upload } from '$lib/platform';
import type { AttachmentPolicy } from '$lib/proto';
import { POLICY } from '$lib/platform/demo/world';
import { thumbnailBox } from './thumbnail';
import { batches } from './batches';
import { Meter } from './rate';
import { limitsText, refusal } from './refuse';
import { MAX_ATTACHMENTS, MAX_RUNNING, Uploads } from './uploads.svelte';

const picked = (name: string, size = 10): PickedFile => ({ handle: name, name, size });

/** With a chunk of text that says who made it: 13 of its bytes. */
const PNG = new Uint8Array(
  [...'\u0089PNG\r\n\u001a\n', ...'\0\0\0\u0001tEXtA1234', ...'\0\0\0\0IEND1234'].map((char) =>
    char.charCodeAt(0),
  ),
);

interface Started {
  name: string;
  progress: (sent: number) => void;
  finish: (id: string) => void;
  fail: (error: unknown) => void;
  log: string[];
}

/** A host whose uploads end when the test says so. */
function host(policy: Partial<AttachmentPolicy> = {}, sentBefore = 0) {
  const started: Started[] = [];
  const posted: [string[], boolean][] = [];
  const state = { now: 0, open: true, refusePost: null as unknown };
  const upload = (
    { name, size }: PickedFile,
    onProgress: (p: { sent: number; total: number }) => void,
  ): Upload => {
    const log: string[] = [];
    const entry: Started = { name, log, finish: () => {}, fail: () => {}, progress: () => {} };
    const done = new Promise<string>((resolve, reject) => {
      entry.finish = resolve;
      entry.fail = reject;
    });
    entry.progress = (sent) => onProgress({ sent, total: size });
    started.push(entry);
    return {
      done,
      pause: () => void log.push('pause'),
      resume: () => void log.push('resume'),
      cancel: () => void log.push('cancel'),
    };
  };
  const handle = {
    upload,
    adopt: (file: File) => Promise.resolve({ handle: file, name: file.name, size: file.size }),
    read: ({ name }: PickedFile) => Promise.resolve(new Blob([name === 'me.png' ? PNG : 'no picture'])),
    direct: null,
  };
  const uploads = new Uploads({
    handle: () => (state.open ? handle : null),
    policy: () => ({ ...POLICY, stored_max_bytes: 100, ...policy }),
    sentBefore: () => sentBefore,
    post: (attachments, isPrivate) => {
      if (state.refusePost) return Promise.reject(state.refusePost as Error);
      posted.push([attachments, isPrivate]);
      return Promise.resolve();
    },
    now: () => state.now,
  });
  const running = (count: number) => vi.waitFor(() => expect(started).toHaveLength(count));
  const names = () => uploads.entries.map(({ file }) => file.name);
  const states = () => uploads.entries.map((entry) => entry.state);
  return { started, posted, state, uploads, running, names, states };
}

describe('the upload tray', () => {
  it('shows progress and gives finished files to the message', async () => {
    const { started, uploads, running, names } = host();
    uploads.add([picked('a.txt'), picked('b.txt')]);
    await running(2);
    for (const one of started) one.progress(4);
    expect(uploads.entries.map(({ percent }) => percent)).toEqual([40, 40]);
    expect([uploads.sentBytes, uploads.totalBytes, uploads.percent]).toEqual([8, 20, 40]);
    started[0]?.finish('id-a');
    await vi.waitFor(() => expect(uploads.active).toBe(1));
    expect(uploads.take().map(({ attachment }) => attachment)).toEqual(['id-a']);
    expect(names()).toEqual(['b.txt']);
  });

  // Z19: any number, and never more than three of them at a time.
  it('takes any number of files and sends three at a time', async () => {
    const { started, uploads, running, states } = host();
    uploads.add(Array.from({ length: 300 }, (_, at) => picked(`${at}.txt`)));
    await running(MAX_RUNNING);
    expect(states().filter((state) => state === 'queued')).toHaveLength(297);
    started[1]?.finish('id-1');
    await running(MAX_RUNNING + 1);
    expect(started.at(-1)?.name).toBe('3.txt');
  });

  // N05 N06 Z18: what is refused says why before anything is sent, and the others go.
  it('refuses each file for its own reason and starts the others', async () => {
    const { started, uploads, running, states } = host({ allowed_types: ['iso', 'txt'], max_files: 3 }, 1);
    const refused = uploads.add([
      picked('large.iso', 101),
      picked('fits.iso', 100),
      picked('empty.txt', 0),
      picked('macro.docm'),
      picked('second.txt'),
      picked('third.txt'),
    ]);
    await running(2);
    expect(started.map(({ name }) => name)).toEqual(['fits.iso', 'second.txt']);
    expect(refused).toBe(4);
    expect(states().filter((state) => state === 'refused')).toHaveLength(4);
    expect(uploads.entries.filter(({ state }) => state === 'refused').map(({ error }) => error)).toEqual([
      expect.stringContaining('100 B'),
      expect.stringContaining('empty'),
      expect.stringContaining('iso and txt'),
      expect.stringContaining('3 files'),
    ]);
  });

  // Z19 S24: none of them silently, and none of them for ever.
  it('refuses what is one too many, and sends it when another one is removed', async () => {
    const { started, uploads, running, states } = host({ max_files: 3 }, 1);
    expect(uploads.add(['a', 'b', 'c', 'd'].map((name) => picked(name)))).toBe(2);
    uploads.problem = '2 of 4 files are not sent';
    await running(2);
    expect(uploads.entries[3]?.error).toContain('Only 3 files');
    const [first, second] = uploads.entries;
    if (!first || !second) throw new Error('four were added');
    uploads.remove(first);
    await running(3);
    expect([started.at(-1)?.name, states()]).toEqual(['c', ['uploading', 'uploading', 'refused']]);
    expect(uploads.problem).not.toBe('');
    uploads.replace(second, picked('huge', 101));
    await running(4);
    expect([started.at(-1)?.name, states()]).toEqual(['d', ['refused', 'uploading', 'uploading']]);
  });

  it('does not send by itself what it refused before', async () => {
    const { started, uploads, running, states } = host({ max_files: 1, send: 'quick' });
    uploads.add([picked('a'), picked('b')]);
    await running(1);
    const [first] = uploads.entries;
    if (first) uploads.remove(first);
    expect([states(), started.length]).toEqual([['refused'], 1]);
  });

  it('keeps a failed file and sends it again', async () => {
    const { started, uploads, running } = host();
    uploads.add([picked('a.txt')]);
    await running(1);
    started[0]?.fail({ code: 'storage_full', message: '' });
    await vi.waitFor(() => expect(uploads.failed).toBe(1));
    expect(uploads.entries[0]?.error).toContain('no room left');
    uploads.retryAll();
    await running(2);
    started[1]?.finish('id-a');
    await vi.waitFor(() => expect(uploads.done).toBe(1));
  });

  it('ends what is removed and says nothing more about it', async () => {
    const { started, uploads, running } = host();
    uploads.add([picked('a.txt')]);
    await running(1);
    const [entry] = uploads.entries;
    if (entry) uploads.remove(entry);
    expect(started[0]?.log).toEqual(['cancel']);
    started[0]?.fail(new Error('cancelled'));
    await Promise.resolve();
    expect(uploads.entries).toEqual([]);
  });

  it('pauses one, lets the next begin, and goes on with it when there is room', async () => {
    const { started, uploads, running, states } = host();
    uploads.add(['a', 'b', 'c', 'd'].map((name) => picked(name)));
    await running(3);
    const [first] = uploads.entries;
    if (first) uploads.pause(first);
    await running(4);
    expect(states()).toEqual(['paused', 'uploading', 'uploading', 'uploading']);
    if (first) uploads.resume(first);
    expect(states()[0]).toBe('queued');
    started[1]?.finish('id-b');
    await vi.waitFor(() => expect(states()[0]).toBe('uploading'));
    expect(started[0]?.log).toEqual(['pause', 'resume']);
    expect(started).toHaveLength(4);
  });

  it('pauses and resumes all', async () => {
    const { started, uploads, running } = host();
    uploads.add(Array.from({ length: 5 }, (_, at) => picked(`${at}`)));
    await running(3);
    uploads.pauseAll();
    expect([uploads.paused, uploads.active]).toEqual([5, 0]);
    uploads.resumeAll();
    expect(uploads.active).toBe(5);
    expect(started.slice(0, 3).map(({ log }) => log)).toEqual(Array(3).fill(['pause', 'resume']));
  });

  it('puts another file in the place of one, and keeps the order that was chosen', async () => {
    const { started, uploads, running, names } = host();
    uploads.add(['a', 'b', 'c'].map((name) => picked(name)));
    await running(3);
    const [a, b, c] = uploads.entries;
    if (!a || !b || !c) throw new Error('three were added');
    uploads.move(c, 0);
    expect(names()).toEqual(['c', 'a', 'b']);
    uploads.move(a, 99);
    uploads.replace(b, picked('better'));
    await running(4);
    expect(names()).toEqual(['c', 'better', 'a']);
    expect(started[1]?.log).toEqual(['cancel']);
    // What the first one still answers is not heard.
    started[1]?.finish('id-old');
    started[3]?.finish('id-new');
    await vi.waitFor(() => expect(b.attachment).toBe('id-new'));
    uploads.replace(b, picked('huge', 101));
    expect([b.state, started[3]?.log]).toEqual(['refused', ['cancel']]);
  });

  // N04: with quick sending a file is a message of its own the moment it is uploaded.
  it('posts by itself what goes quickly, private where it was to be', async () => {
    const { started, uploads, running, posted, state } = host({ send: 'quick' });
    uploads.isPrivate = true;
    uploads.add([picked('a'), picked('b')]);
    await running(2);
    started[1]?.finish('id-b');
    await vi.waitFor(() => expect(posted).toEqual([[['id-b'], true]]));
    state.refusePost = { code: 'session_ended', message: '' };
    started[0]?.finish('id-a');
    await vi.waitFor(() => expect(uploads.failed).toBe(1));
    state.refusePost = null;
    uploads.retryAll();
    await vi.waitFor(() => expect(uploads.entries).toEqual([]));
    expect(posted).toEqual([
      [['id-b'], true],
      [['id-a'], true],
    ]);
    expect(started).toHaveLength(2);
  });

  // A06: what the attachment window sends is one message, in the window's order.
  it('posts together what was chosen together, when the last of it is there', async () => {
    const { started, uploads, running, posted, states } = host();
    uploads.add([picked('a'), picked('b'), picked('c')], { together: true });
    await running(3);
    expect(uploads.shareable).toBe(0);
    started[2]?.finish('id-c');
    started[0]?.finish('id-a');
    started[1]?.fail({ code: 'unavailable', message: '' });
    await vi.waitFor(() => expect(states()).toEqual(['done', 'failed', 'done']));
    expect(posted).toEqual([]);
    uploads.retryAll();
    await running(4);
    started[3]?.finish('id-b');
    await vi.waitFor(() => expect(posted).toEqual([[['id-a', 'id-b', 'id-c'], false]]));
    await vi.waitFor(() => expect(uploads.entries).toEqual([]));
  });

  it('posts what is left when the one that failed is removed, and keeps all of it when the message fails', async () => {
    const { started, uploads, running, posted, state, states } = host();
    uploads.add([picked('a'), picked('b'), picked('c')], { together: true });
    await running(3);
    started[0]?.finish('id-a');
    started[1]?.finish('id-b');
    started[2]?.fail({ code: 'unavailable', message: '' });
    await vi.waitFor(() => expect(states()).toEqual(['done', 'done', 'failed']));
    state.refusePost = { code: 'unavailable', message: '' };
    const last = uploads.entries[2];
    if (last) uploads.remove(last);
    await vi.waitFor(() => expect(states()).toEqual(['failed', 'failed']));
    state.refusePost = null;
    const [first] = uploads.entries;
    if (first) uploads.retry(first);
    await vi.waitFor(() => expect(posted).toEqual([[['id-a', 'id-b'], false]]));
    expect(started).toHaveLength(3);
  });

  it('names what one message cannot take in the messages after it', async () => {
    const { started, uploads, posted } = host();
    uploads.add(
      Array.from({ length: MAX_ATTACHMENTS + 1 }, (_, at) => picked(`${at}`)),
      { together: true },
    );
    for (let at = 0; at <= MAX_ATTACHMENTS; at += 1) {
      await vi.waitFor(() => expect(started.length).toBeGreaterThan(at));
      started[at]?.finish(`id-${at}`);
    }
    await vi.waitFor(() => expect(posted.map(([ids]) => ids.length)).toEqual([MAX_ATTACHMENTS, 1]));
  });

  it('sends a picture without its details, unless they are kept on purpose', async () => {
    const { started, uploads, running } = host();
    uploads.add([picked('me.png', PNG.length)]);
    await running(1);
    const [entry] = uploads.entries;
    if (!entry) throw new Error('one was added');
    expect([entry.size, uploads.totalBytes]).toEqual([PNG.length - 13, PNG.length - 13]);
    uploads.setKeepDetails(entry, true);
    await running(2);
    expect(started[0]?.log).toEqual(['cancel']);
    expect(entry.size).toBe(PNG.length);
    uploads.replace(entry, picked('me.png', 101));
    uploads.setKeepDetails(entry, true);
    expect([entry.state, started.length]).toEqual(['refused', 2]);
  });

  it('waits for its session to be open, and tells when nothing is on its way', async () => {
    const { started, uploads, running, state } = host();
    const idle = vi.fn();
    uploads.onIdle = idle;
    state.open = false;
    uploads.add([picked('a')]);
    expect(started).toHaveLength(0);
    state.open = true;
    uploads.pump();
    await running(1);
    expect(idle).not.toHaveBeenCalled();
    started[0]?.finish('id');
    await vi.waitFor(() => expect(idle).toHaveBeenCalled());
  });

  it('names what would be lost with the page, and what was lost until it is chosen again', async () => {
    const { uploads, running } = host();
    uploads.lost = [
      { name: 'a', size: 10 },
      { name: 'b', size: 9 },
    ];
    uploads.add([picked('a'), picked('b'), picked('huge', 101)]);
    await running(2);
    expect(uploads.lost).toEqual([{ name: 'b', size: 9 }]);
    expect(uploads.unsent.map(({ name, size }) => `${name} ${size}`)).toEqual(['b 9', 'a 10', 'b 10']);
    uploads.cancelAll();
    expect(uploads.unsent).toEqual([]);
  });

  it('shows once what was on its way when the app was closed', async () => {
    const { uploads, running } = host();
    const before = [{ file: picked('a'), sent: 6 }];
    uploads.restore(before);
    uploads.restore(before);
    await running(1);
    expect(uploads.entries.map(({ percent }) => percent)).toEqual([60]);
  });
});

// Z19
it('names more files than one message takes in several, in order', () => {
  expect(batches([1, 2, 3, 4, 5], 2)).toEqual([[1, 2], [3, 4], [5]]);
  expect(batches([], 2)).toEqual([[]]);
  expect(batches(Array(301).fill(0), MAX_ATTACHMENTS).map(({ length }) => length)).toEqual([
    100, 100, 100, 1,
  ]);
});

// N05 N06
it.each([
  ['a.pdf', 0, {}, 0, 'empty'],
  ['a.pdf', 1025, {}, 0, '1.0 KB'],
  ['a.pdf', 1024, {}, 1_000_000, null],
  ['a.PDF', 1, { allowed_types: ['pdf'] }, 0, null],
  ['a.pdf.exe', 1, { allowed_types: ['pdf'] }, 0, 'pdf'],
  ['README', 1, { allowed_types: ['pdf'] }, 0, 'pdf'],
  ['a.pdf', 1, { max_files: 2 }, 1, null],
  ['a.pdf', 1, { max_files: 2 }, 2, '2 files'],
])('%s of %d bytes under %j after %d: %s', (name, size, limits, before, said) => {
  const why = refusal(picked(name, size), { stored_max_bytes: 1024, ...limits }, before);
  if (said === null) expect(why).toBeNull();
  else expect(why).toContain(said);
});

it('says the limits beforehand', () => {
  expect(limitsText({ stored_max_bytes: 1024 ** 3 })).toBe('Up to 1.0 GB each. Any type.');
  const types = Array.from({ length: 30 }, (_, at) => `t${at}`);
  expect(limitsText({ stored_max_bytes: 1, max_files: 5, allowed_types: types })).toContain('18 more');
  const five = { stored_max_bytes: 1, max_files: 5 };
  expect([0, 3, 4, 7].map((before) => limitsText(five, before))).toEqual([
    'Up to 1 B each. At most 5 files from each person in a session. Any type.',
    'Up to 1 B each. At most 5 files from each person in a session. Up to 2 more can be added. Any type.',
    'Up to 1 B each. At most 5 files from each person in a session. 1 more can be added. Any type.',
    'Up to 1 B each. At most 5 files from each person in a session. No more can be added. Any type.',
  ]);
});

describe('a rate', () => {
  it.each([
    ['nothing yet', [], 0, null, null],
    [
      'too early',
      [
        [0, 0],
        [500, 500],
      ],
      500,
      null,
      null,
    ],
    [
      'steady',
      [
        [0, 0],
        [2_000, 4_000],
      ],
      2_000,
      2_000,
      3_000,
    ],
    [
      'standing still',
      [
        [0, 0],
        [1_000, 8_000],
      ],
      100_000,
      0,
      null,
    ],
    [
      'the last seconds count',
      [
        [0, 0],
        [10_000, 1_000],
        [18_000, 9_000],
      ],
      18_000,
      1_000,
      6_000,
    ],
    [
      'anew after going back',
      [
        [0, 9_000],
        [1_000, 0],
        [3_000, 2_000],
      ],
      3_000,
      1_000,
      6_000,
    ],
  ] as const)('%s', (_name, samples, now, rate, left) => {
    const meter = new Meter();
    for (const [at, sent] of samples) meter.add(at, sent);
    expect(meter.rate(now)).toBe(rate);
    expect(meter.left(now, 6_000)).toBe(left);
  });
});

it('keeps the shape of a picture within its place', () => {
  expect(thumbnailBox({ width: 640, height: 400 })).toEqual({ width: 320, height: 200 });
  expect(thumbnailBox({ width: 100, height: 80 })).toEqual({ width: 100, height: 80 });
  expect(thumbnailBox({ width: 4000, height: 10 })).toEqual({ width: 320, height: 44 });
});
