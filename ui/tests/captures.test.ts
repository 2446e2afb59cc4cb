// Z02: snapshots and the captures folder as a technician sees them, on the in-memory host.
import { fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import axe from 'axe-core';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import App from '$app/App.svelte';
import { router } from '$app/router.svelte';
import { createPlatform } from '$lib/platform/demo';
import { drafts } from '$lib/platform/demo/session';
import { SESSION } from '$lib/platform/demo/world';

const WAIT = { timeout: 8000 };
const user = userEvent.setup();
const byId = (id: string) => screen.findByTestId(id, {}, WAIT);

async function open(...flags: string[]) {
  router.navigate(`/s/${SESSION.main}`);
  const desktop = flags.includes('desktop');
  render(App, { platform: await createPlatform({ delay: 1, flags: new Set(flags), desktop }) });
  await byId('composer-input');
}

/** Of one part of the page: the whole of a room is looked at in axe.test.ts. */
async function violations(of: HTMLElement): Promise<string[]> {
  const found = await axe.run(of, { rules: { 'color-contrast': { enabled: false } } });
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}

const messages = () => screen.getAllByTestId('message').map(({ textContent }) => textContent);
const showPanel = async () => user.click(await screen.findByRole('button', { name: /details/i }, WAIT));
const captures = () => within(screen.getByTestId('captures')).queryAllByTestId('capture');

beforeAll(async () => {
  const parts = import.meta.glob([
    '../src/pages/*.svelte',
    '../src/app/*.svelte',
    '../src/lib/files/*.svelte',
  ]);
  await Promise.all(Object.values(parts).map((load) => load()));
}, 120_000);
afterEach(() => {
  router.navigate('/');
  drafts.clear();
});

describe('a snapshot', () => {
  it('is chosen by key, reviewed, and goes into the room with its caption', async () => {
    await open('desktop');
    await fireEvent.keyDown(document.body, { key: 'S', ctrlKey: true, shiftKey: true });
    const windows = await screen.findAllByTestId('screen-window', {}, WAIT);
    expect(screen.getAllByTestId('screen-screen').map(({ textContent }) => textContent)[0]).toContain(
      'Screen 1',
    );
    expect(await violations(screen.getByRole('dialog'))).toEqual([]);
    await user.click(windows[0] as HTMLElement);
    await user.type(await byId('snapshot-caption'), 'Wrong driver');
    expect(await violations(screen.getByRole('dialog'))).toEqual([]);
    await user.click(await byId('snapshot-room'));
    await waitFor(() => expect(messages().at(-1)).toContain('Wrong driver'), WAIT);
    const picture = within(screen.getAllByTestId('message').at(-1) as HTMLElement).getByTestId('image-thumb');
    expect(picture.getAttribute('aria-label')).toMatch(/Snapshot \d{4}-\d\d-\d\d/);
    expect(screen.queryByTestId('snapshot-review')).toBeNull();
  });

  it('goes only to Files, is listed, and is taken back', async () => {
    await open('desktop');
    await showPanel();
    await user.click(await byId('snapshot'));
    await user.click((await screen.findAllByTestId('screen-window', {}, WAIT))[0] as HTMLElement);
    await user.click(await byId('snapshot-files'));
    await waitFor(() => expect(captures().map(({ dataset }) => dataset.state)).toEqual(['posted']), WAIT);
    expect(captures()[0]?.textContent).toContain('Only in Files');
    expect(screen.queryByTestId('upload-tray')).toBeNull();
    expect(await violations(await byId('captures'))).toEqual([]);
    await user.click(await byId('capture-undo'));
    await waitFor(() => expect(captures()).toEqual([]), WAIT);
  });

  it('that was private is shown in the room, once', async () => {
    await open('desktop');
    await showPanel();
    await user.click(await byId('snapshot'));
    await user.click((await screen.findAllByTestId('screen-window', {}, WAIT))[0] as HTMLElement);
    await user.click(await byId('snapshot-files'));
    await user.click(await byId('capture-show'));
    await waitFor(() => {
      expect(captures()).toHaveLength(1);
      expect(captures()[0]?.textContent).toContain('In the room');
    }, WAIT);
  });

  it('says why there is nothing to choose from', async () => {
    await open('desktop', 'no-screen');
    await user.click(await byId('snapshot'));
    expect(await screen.findByText(/shows no screen to the app/, {}, WAIT)).toBeTruthy();
  });

  it("is the browser's own choice in the browser", async () => {
    await open();
    await user.click(await byId('snapshot'));
    expect(await byId('snapshot-review')).toBeTruthy();
  });

  it('is for technicians', async () => {
    await open('customer', 'desktop', 'captures');
    await fireEvent.keyDown(document.body, { key: 'S', ctrlKey: true, shiftKey: true });
    expect(screen.queryByTestId('snapshot')).toBeNull();
    expect(screen.queryByRole('dialog')).toBeNull();
    expect(screen.queryByTestId('captures')).toBeNull();
  });
});

describe('the captures folder', () => {
  it('brings what another tool saves to Files, with undo for each', async () => {
    await open('desktop', 'captures');
    await showPanel();
    await waitFor(() => expect(captures()).toHaveLength(2), WAIT);
    await waitFor(
      () => expect(captures().map(({ dataset }) => dataset.state)).toEqual(['posted', 'posted']),
      WAIT,
    );
    const [first] = screen.getAllByTestId('capture-undo');
    await user.click(first as HTMLElement);
    await waitFor(() => expect(captures()).toHaveLength(1), WAIT);
  });

  it('is chosen in the settings, and turned off', async () => {
    router.navigate('/settings');
    render(App, { platform: await createPlatform({ delay: 1, flags: new Set(), desktop: true }) });
    expect((await byId('captures-state')).textContent).toBe('Off: no folder is chosen.');
    await user.click(await byId('captures-choose'));
    expect((await byId('captures-path')).textContent).toBe('/home/ada/Pictures/Screenshots');
    expect(await violations(await byId('captures-setting'))).toEqual([]);
    await user.click(await byId('captures-forget'));
    await waitFor(() => expect(screen.queryByTestId('captures-path')).toBeNull(), WAIT);
  });
});
