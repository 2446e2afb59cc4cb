// Z02: names, the folder's news, and what becomes of captures; without a page.
import { describe, expect, it, vi } from 'vitest';
import type { CaptureNews, PickedFile, Platform, Upload } from '$lib/platform';
import { POLICY } from '$lib/platform/demo/world';
import type { CaptureKind } from '$lib/proto';
import { Uploads } from '$lib/files/uploads.svelte';
import { CaptureInbox } from './inbox.svelte';
import { snapshotName } from './name';

const picked = (name: string, size = 10): PickedFile => ({ handle: name, name, size });

function tray() {
  const started: { name: string; capture?: CaptureKind; finish: (id: string) => void; log: string[] }[] = [];
  const posted: unknown[][] = [];
  const state = { ended: false };
  const upload = ({ name }: PickedFile, _: unknown, capture?: CaptureKind): Upload => {
    const log: string[] = [];
    let finish: (id: string) => void = () => {};
    const done = new Promise<string>((resolve) => (finish = resolve));
    started.push({ name, finish, log, ...(capture ? { capture } : {}) });
    const note = (what: string) => () => void log.push(what);
    return { done, pause: note('pause'), resume: note('resume'), cancel: note('cancel') };
  };
  const uploads = new Uploads({
    handle: () => ({
      upload,
      adopt: (file: File) => Promise.resolve({ handle: file, name: file.name, size: file.size }),
      read: () => Promise.resolve(new Blob(['no picture'])),
      direct: null,
    }),
    policy: () => ({ ...POLICY, stored_max_bytes: 100 }),
    sentBefore: () => 0,
    post: (...message) => {
      posted.push(message);
      return Promise.resolve();
    },
    ended: () => state.ended,
    now: () => 0,
  });
  const running = (count: number) => vi.waitFor(() => expect(started).toHaveLength(count));
  return { uploads, started, posted, state, running };
}

describe('a capture', () => {
  it('is named by the time it was taken', () => {
    expect(snapshotName(new Date(2026, 10, 2, 4, 3, 5))).toBe('Snapshot 2026-11-02 04.03.05.png');
  });

  it('goes with its mark, in a message of its own', async () => {
    const { uploads, started, posted, running } = tray();
    uploads.addCapture(picked('a.mkv'), { kind: 'recording', isPrivate: true });
    uploads.addCapture(picked('b.mkv'), { kind: 'snapshot', isPrivate: false, caption: 'Look' });
    await running(2);
    expect(started.map(({ name, capture }) => [name, capture])).toEqual([
      ['a.mkv', 'recording'],
      ['b.mkv', 'snapshot'],
    ]);
    started.forEach(({ finish, name }) => finish(`id-${name}`));
    await vi.waitFor(() => expect(posted).toHaveLength(2));
    expect(posted).toEqual([
      [['id-a.mkv'], true, ''],
      [['id-b.mkv'], false, 'Look'],
    ]);
    expect([uploads.entries.length, uploads.files.length]).toEqual([0, 0]);
    expect(uploads.taken.get('id-a.mkv')?.file.name).toBe('a.mkv');
  });

  it('never goes past the portal, and is no part of what the person shares', () => {
    const { uploads } = tray();
    const entry = uploads.addCapture(picked('large.mkv', 101), { kind: 'recording', isPrivate: true });
    expect(entry.state).toBe('refused');
    uploads.addCapture(picked('a.mkv'), { kind: 'recording', isPrivate: true });
    expect([uploads.shareable, uploads.files.length, uploads.captures.length]).toEqual([0, 0, 2]);
  });

  it('goes on when the session ends, and joins its Files without a message', async () => {
    const { uploads, started, posted, state, running } = tray();
    uploads.add([picked('plain.txt')]);
    uploads.addCapture(picked('a.mkv'), { kind: 'recording', isPrivate: true });
    await running(2);
    state.ended = true;
    uploads.cancelFiles();
    expect(started.map(({ log }) => log)).toEqual([['cancel'], []]);
    started[1]?.finish('late');
    await vi.waitFor(() => expect(uploads.joined).toHaveLength(1));
    expect(uploads.joined[0]).toMatchObject({ attachment: 'late', kind: 'recording' });
    expect([posted, uploads.entries.length]).toEqual([[], 0]);
  });

  it('that was on its way when the app was closed goes on as one', async () => {
    const { uploads, started, running } = tray();
    uploads.restore([
      { file: picked('a.mkv'), sent: 0, capture: 'recording' },
      { file: picked('plain.txt'), sent: 0 },
    ]);
    await running(2);
    expect(started.map(({ capture }) => capture)).toEqual(['recording', undefined]);
    expect(uploads.entries.map(({ isPrivate, alone }) => [isPrivate, alone])).toEqual([
      [true, true],
      [false, false],
    ]);
  });
});

describe('the captures folder', () => {
  function watched() {
    let tell: (news: CaptureNews) => void = () => {};
    const stopped = vi.fn();
    const begun = vi.fn();
    const folder = {
      watch: (callback: (news: CaptureNews) => void) => {
        begun();
        tell = callback;
        return stopped;
      },
    };
    const inbox = new CaptureInbox({ captures: { folder } } as unknown as Platform);
    const found = (name: string) => tell({ type: 'file', kind: 'snapshot', file: picked(name) });
    return { inbox, found, tell: (news: CaptureNews) => tell(news), begun, stopped };
  }
  const names = ({ uploads }: ReturnType<typeof tray>) => uploads.captures.map(({ file }) => file.name);

  it('is watched from the first session to the end of the last', () => {
    const { inbox, begun, stopped } = watched();
    const [one, two] = [
      { ...tray(), id: '1' },
      { ...tray(), id: '2' },
    ];
    inbox.show(one, false)();
    inbox.show(two, false)();
    expect([begun.mock.calls.length, inbox.watching]).toEqual([1, true]);
    inbox.show(one, true);
    expect(stopped).not.toHaveBeenCalled();
    inbox.show(two, true);
    expect([stopped.mock.calls.length, inbox.watching]).toEqual([1, false]);
  });

  it('brings what it has to the session that is shown', () => {
    const { inbox, found } = watched();
    const [one, two] = [
      { ...tray(), id: '1' },
      { ...tray(), id: '2' },
    ];
    const leave = inbox.show(one, false);
    found('a.mkv');
    inbox.show(two, false);
    leave();
    found('b.mkv');
    expect([names(one), names(two)]).toEqual([['a.mkv'], ['b.mkv']]);
    expect(one.uploads.captures[0]?.isPrivate).toBe(true);
  });

  it('asks where there is none, and takes the newest version of a file', () => {
    const { inbox, found } = watched();
    const one = { ...tray(), id: '1' };
    inbox.show(one, false)();
    found('a.mkv');
    found('b.mkv');
    found('a.mkv');
    expect(inbox.waiting.map(({ file }) => file.name)).toEqual(['b.mkv', 'a.mkv']);
    inbox.take(one);
    expect([names(one), inbox.waiting.length]).toEqual([['b.mkv', 'a.mkv'], 0]);
    inbox.show(one, false);
    found('b.mkv');
    expect(names(one)).toEqual(['a.mkv', 'b.mkv']);
  });

  it('tells what is wrong with it', () => {
    const { inbox, tell } = watched();
    inbox.show({ ...tray(), id: '1' }, false);
    tell({ type: 'folder', there: false });
    expect(inbox.problem).toContain('not there any more');
    tell({ type: 'folder', there: true });
    expect(inbox.problem).toBe('');
    tell({ type: 'too_large', name: 'a\u202e.mkv' });
    expect(inbox.problem).toContain('too large');
    expect(inbox.problem).not.toContain('\u202e');
  });
});
