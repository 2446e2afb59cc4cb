// Which way the files of the tray go (Z20).
import { describe, expect, it, vi } from 'vitest';
import type { DirectAccess, PickedFile } from '$lib/platform';
import { POLICY } from '$lib/platform/demo/world';
import type { AttachmentPolicy } from '$lib/proto';
import { folderFrom } from '../folders';
import { refusal } from '../refuse';
import { Uploads } from '../uploads.svelte';

const picked = (name: string, size = 10): PickedFile => ({ handle: name, name, size });
const folder = (size = 500): PickedFile => ({ handle: 'f', name: 'Drivers', size, tree: { files: 3 } });

/** `direct`: whether the host can; what is sent either way is noted. */
function tray(policy: Partial<AttachmentPolicy> = {}, can = true) {
  const log: string[] = [];
  const send = ({ name }: PickedFile) => ({
    done: Promise.resolve(`direct-${name}`),
    cancel: () => void log.push(`withdraw ${name}`),
  });
  const direct = { ready: () => Promise.resolve(), send } as unknown as DirectAccess;
  const handle = {
    upload: ({ name }: PickedFile) => ({
      done: Promise.resolve(`stored-${name}`),
      pause: () => {},
      resume: () => {},
      cancel: () => void log.push(`cancel ${name}`),
    }),
    adopt: () => Promise.reject(new Error('none')),
    read: () => Promise.resolve(new Blob()),
    direct: can ? direct : null,
  };
  const uploads = new Uploads({
    handle: () => handle,
    policy: () => ({ ...POLICY, stored_max_bytes: 100, ...policy }),
    sentBefore: () => 0,
    post: () => Promise.resolve(),
    now: () => 0,
  });
  const ids = () => uploads.entries.map(({ attachment, state }) => attachment ?? state);
  return { uploads, ids, log };
}

describe('the way a file goes', () => {
  it('sends what the portal does not take directly, and the rest by the portal', async () => {
    const { uploads, ids } = tray();
    expect(uploads.add([picked('small'), picked('large', 101), picked('fits', 100), folder(20)])).toBe(0);
    await vi.waitFor(() => expect(uploads.active).toBe(0));
    expect(ids()).toEqual(['stored-small', 'direct-large', 'stored-fits', 'direct-Drivers']);
    expect(uploads.entries.map((entry) => uploads.forced(entry))).toEqual([null, 'size', null, 'folder']);
    expect(uploads.switchable.map(({ file }) => file.name)).toEqual(['small', 'fits']);
  });

  it('goes the other way when the person wants it, and takes back what was there', async () => {
    const { uploads, ids, log } = tray();
    uploads.add([picked('a'), picked('b'), picked('large', 101)]);
    await vi.waitFor(() => expect(uploads.active).toBe(0));
    uploads.setDirect(uploads.entries, true);
    await vi.waitFor(() => expect(uploads.active).toBe(0));
    expect(ids()).toEqual(['direct-a', 'direct-b', 'direct-large']);
    expect(log).toEqual(['cancel a', 'cancel b']);
    uploads.setDirect(uploads.entries, false);
    await vi.waitFor(() => expect(uploads.active).toBe(0));
    // What is too large has no other way.
    expect(ids()).toEqual(['stored-a', 'stored-b', 'direct-large']);
    expect(log.slice(2)).toEqual(['withdraw a', 'withdraw b']);
  });

  it.each([
    ['off', { direct: 'off' as const }, true],
    ['cannot', {}, false],
  ])('%s: what only goes directly is refused with the reason', async (which, policy, can) => {
    const { uploads, ids } = tray(policy, can);
    expect(uploads.add([picked('small'), picked('large', 101), folder()])).toBe(2);
    await vi.waitFor(() => expect(uploads.active).toBe(0));
    expect(uploads.directly).toBe(which);
    expect(ids()).toEqual(['stored-small', 'refused', 'refused']);
    const [, large, drivers] = uploads.entries.map(({ error }) => error);
    expect(large).toContain('100 B is the limit here');
    expect(large?.includes('does not allow sending larger ones directly')).toBe(which === 'off');
    expect(drivers).toContain('Send a zip');
    expect(uploads.switchable).toEqual([]);
  });

  it('withdraws what is removed before a message names it', async () => {
    const { uploads, log } = tray();
    uploads.add([picked('large', 101)]);
    await vi.waitFor(() => expect(uploads.done).toBe(1));
    const [entry] = uploads.entries;
    if (entry) uploads.remove(entry);
    expect(log).toEqual(['withdraw large']);
  });

  it('looks at a replaced file anew', async () => {
    const { uploads, ids } = tray();
    uploads.add([picked('a')]);
    await vi.waitFor(() => expect(uploads.done).toBe(1));
    const [entry] = uploads.entries;
    if (entry) uploads.replace(entry, picked('large', 101));
    await vi.waitFor(() => expect(ids()).toEqual(['direct-large']));
  });
});

it('refuses what is empty, and does not judge a folder by its name', () => {
  const limits = { stored_max_bytes: 100, allowed_types: ['pdf'] };
  expect(refusal(folder(0), limits, 0, 'can')).toContain('nothing in this folder');
  expect(refusal(folder(), limits, 0, 'can')).toBeNull();
  expect(refusal(picked('a.exe', 101), limits, 0, 'can')).toContain('not allowed');
});

it('makes one thing of the files of a folder', () => {
  const at = (path: string, size: number) =>
    Object.defineProperty(new File(['x'.repeat(size)], path.split('/').at(-1) ?? ''), 'webkitRelativePath', {
      value: path,
    });
  const files = [at('Drivers/a.inf', 3), at('Drivers/x64/b.sys', 4)];
  expect(folderFrom(files)).toMatchObject({
    name: 'Drivers',
    size: 7,
    tree: { files: 2, contents: [{ path: 'a.inf' }, { path: 'x64/b.sys' }] },
  });
  expect(folderFrom([])).toBeNull();
});
