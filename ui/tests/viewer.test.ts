// Documents in the viewer as a person uses it: the demo's files, read by the real module.
import { render, screen, waitFor, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import axe from 'axe-core';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import App from '$app/App.svelte';
import { router } from '$app/router.svelte';
import { createPlatform } from '$lib/platform/demo';
import { drafts } from '$lib/platform/demo/session';
import { SESSION } from '$lib/platform/demo/world';
import { blobSource, type DocumentSource } from '$lib/preview/source';
import { ThreadlessWorker } from './previewWorker';

const WAIT = { timeout: 8000 };
const user = userEvent.setup();
const byId = (id: string) => screen.findByTestId(id, {}, WAIT);
const gone = (id: string) => waitFor(() => expect(screen.queryByTestId(id)).toBeNull(), WAIT);

async function open(path: string, source?: () => Promise<DocumentSource>) {
  router.navigate(path);
  document.documentElement.lang = 'en';
  const platform = await createPlatform({ delay: 1, flags: new Set(['documents']), desktop: false });
  const { filesOf } = platform;
  if (source) platform.filesOf = (session) => ({ ...filesOf(session), openDocument: source });
  render(App, { platform });
}

const inFiles = async (name: string) => within(await row(name)).getByTestId('files-view');
const row = async (name: string) => {
  const rows = await screen.findAllByTestId('files-attachment', {}, WAIT);
  return rows.find(({ textContent }) => textContent?.includes(name)) as HTMLElement;
};
const inRoom = async (name: string) => {
  const cards = await screen.findAllByTestId('file-open', {}, WAIT);
  return cards.find(({ textContent }) => textContent?.includes(name)) as HTMLElement;
};

beforeAll(async () => {
  vi.stubGlobal('Worker', ThreadlessWorker);
  vi.stubGlobal(
    'ResizeObserver',
    class {
      observe() {}
      unobserve() {}
      disconnect() {}
    },
  );
  Element.prototype.scrollTo = () => {};
  // A window of this size: jsdom lays nothing out, and only what is seen is drawn.
  for (const [name, value] of [
    ['clientWidth', 800],
    ['clientHeight', 600],
  ] as const)
    Object.defineProperty(HTMLElement.prototype, name, { configurable: true, get: () => value });
  const parts = import.meta.glob([
    '../src/pages/*.svelte',
    '../src/app/*.svelte',
    '../src/lib/preview/DocumentView.svelte',
  ]);
  await Promise.all(Object.values(parts).map((load) => load()));
}, 120_000);
afterEach(() => {
  router.navigate('/');
  localStorage.clear();
  drafts.clear();
  ThreadlessWorker.alive.clear();
});
afterAll(() => void vi.unstubAllGlobals());

const FILES = `/files/${SESSION.sealed}`;
const ROOM = `/s/${SESSION.main}`;

describe.each([
  ['Files', FILES, inFiles],
  ['the room', ROOM, inRoom],
] as const)('documents of %s', (_name, path, find) => {
  it('open as a table, and give the focus back', async () => {
    await open(path);
    const button = await find('printers.csv');
    await user.click(button);
    const sheet = await byId('sheet');
    await waitFor(() => expect(sheet.textContent).toContain('Printer'), WAIT);
    expect(screen.getByTestId('preview').dataset['kind']).toBe('sheets');
    expect(screen.getByTestId('viewer').textContent).toContain('printers.csv');
    sheet.focus();
    await user.keyboard('{ArrowDown}{ArrowRight}{ArrowRight}');
    expect(screen.getByTestId('cell-name').textContent).toBe('C2');
    await waitFor(() => expect(screen.getByTestId('cell-value').textContent).toBe('0'), WAIT);
    await user.keyboard('{Escape}');
    await gone('viewer');
    await waitFor(() => expect(document.activeElement).toBe(button), WAIT);
    expect(ThreadlessWorker.alive.size).toBe(0);
  });

  it('open as a text, and are searched', async () => {
    await open(path);
    const button = await find('protocol.txt');
    await user.click(button);
    const lines = await byId('lines');
    await waitFor(() => expect(lines.textContent).toContain('This is what the file says.'), WAIT);
    await user.keyboard('{Control>}f{/Control}');
    await user.type(await byId('preview-search'), 'WHAT the file');
    await waitFor(() => expect(screen.getByTestId('preview-hits').textContent).toBe('1 of 40'), WAIT);
    await user.keyboard('{Enter}');
    expect(screen.getByTestId('preview-hits').textContent).toBe('2 of 40');
    // The first Esc closes the search, the second the viewer.
    await user.keyboard('{Escape}');
    await gone('preview-search');
    expect(screen.getByTestId('viewer')).toBeTruthy();
    await user.keyboard('{Escape}');
    await gone('viewer');
    await waitFor(() => expect(document.activeElement).toBe(button), WAIT);
  });
});

describe('the viewer', () => {
  it.each([
    ['a table', 'printers.csv', 'sheet'],
    ['a text', 'protocol.txt', 'lines'],
  ])('with %s has names, roles and structure', async (_name, name, shown) => {
    await open(FILES);
    await user.click(await inFiles(name));
    const content = await byId(shown);
    await waitFor(() => expect(content.textContent?.length).toBeGreaterThan(20), WAIT);
    const { violations, passes } = await axe.run(document, {
      rules: { 'color-contrast': { enabled: false } },
    });
    expect(passes.length).toBeGreaterThan(10);
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual(
      [],
    );
  });

  it.each<[string, () => Promise<DocumentSource>, RegExp]>([
    ['is damaged', () => Promise.resolve(blobSource(new Blob(['PK\x03\x04\x14\0\0\0\x08\0']))), /is damaged/],
    [
      'is no document',
      () => Promise.resolve(blobSource(new Blob(['MZ\x90\0\x03\0\0\0']))),
      /no preview for this kind/,
    ],
    [
      'cannot be fetched',
      () => Promise.resolve({ size: 9, read: () => Promise.reject(new Error()) }),
      /could not be read/,
    ],
  ])('says that a file %s, and offers to download it', async (_name, source, sentence) => {
    await open(FILES, source);
    await user.click(await inFiles('printers.csv'));
    expect((await byId('preview-failed')).textContent).toMatch(sentence);
    await user.click(screen.getByTestId('preview-download'));
    expect(ThreadlessWorker.alive.size).toBe(0);
    const { violations } = await axe.run(document, { rules: { 'color-contrast': { enabled: false } } });
    expect(violations.map(({ id }) => id)).toEqual([]);
    await user.keyboard('{Escape}');
    await gone('viewer');
  });

  it('goes from document to document with what stands above it', async () => {
    await open(FILES);
    await user.click(await inFiles('printers.csv'));
    await byId('sheet');
    await user.click(screen.getByTestId('viewer-next'));
    await byId('lines');
    expect(screen.queryByTestId('sheet')).toBeNull();
    expect(screen.getByTestId('viewer').textContent).toContain('protocol.txt');
    // The document that was left has ended.
    await waitFor(() => expect(ThreadlessWorker.alive.size).toBeLessThanOrEqual(1), WAIT);
  });
});
