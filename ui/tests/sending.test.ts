// Files on their way out, as a person sees it, on the in-memory host.
import { fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
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
  const platform = await createPlatform({ delay: 1, flags: new Set(flags), desktop: false });
  render(App, { platform });
  await byId('composer-input');
}

const file = (name: string, content = 'x') => new File([content], name);
const own = () => screen.getAllByTestId('message').slice(-1)[0]?.textContent ?? '';

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

describe('the tray', () => {
  // Z03 Z04 A10: a caption, and Share.
  it('shares files with a caption as one message', async () => {
    await open('session-only');
    await user.upload(await byId('file-input'), [file('a.txt'), file('b.pdf')]);
    expect((await byId('upload-limits')).textContent).toBe(
      'Up to 250.0 MB each by the portal, larger ones directly. Any type.',
    );
    expect((await byId('upload-kept')).textContent).toContain('deleted when the session ends');
    const input = (await byId('composer-input')) as HTMLTextAreaElement;
    await waitFor(() => expect(input.placeholder).toBe('Add a caption'), WAIT);
    await user.type(input, 'Two files');
    await user.click(await byId('share'));
    await waitFor(() => expect(own()).toMatch(/Two files.*a\.txt.*b\.pdf/s), WAIT);
    expect(screen.queryByTestId('upload-tray')).toBeNull();
  });

  // N05 N06: told beforehand; each refused file with its own reason, the others go.
  it('refuses each for its reason and sends the rest', async () => {
    await open('few', 'tiny', 'no-direct');
    await user.upload(await byId('file-input'), [
      file('empty.txt', ''),
      file('macro.docm'),
      file('large.log', 'x'.repeat(1024 * 1024 + 1)),
      file('fine.pdf'),
    ]);
    const tray = await byId('upload-tray');
    expect(tray.textContent).toContain('3 files are not sent');
    expect(tray.textContent).toContain('This file is empty.');
    expect(tray.textContent).toContain('Files of this type are not allowed here. Allowed: pdf');
    expect(tray.textContent).toContain('1.0 MB is the limit here');
    expect(screen.getByText(/3 of 4 files are not sent/)).toBeTruthy();
    await user.click(await byId('share'));
    await waitFor(() => expect(own()).toContain('fine.pdf'), WAIT);
    await user.click(await screen.findByRole('button', { name: 'Remove what is not sent' }, WAIT));
    expect(screen.queryByTestId('upload-tray')).toBeNull();
  });

  it('is put in order and emptied by keyboard, and the focus stays in it', async () => {
    await open('upload');
    await user.upload(await byId('file-input'), [file('a.txt'), file('b.txt'), file('c.txt')]);
    const names = () => screen.getAllByTestId('upload-remove').map((one) => one.getAttribute('aria-label'));
    const last = (await screen.findAllByTestId('upload-more', {}, WAIT))[2] as HTMLElement;
    last.focus();
    await fireEvent.keyDown(last, { key: 'ArrowUp', altKey: true });
    expect(names()).toEqual(['a.txt', 'c.txt', 'b.txt'].map((name) => `Cancel sending ${name}`));
    await waitFor(
      () => expect(document.activeElement?.getAttribute('aria-label')).toBe('More for c.txt'),
      WAIT,
    );
    await user.click(screen.getByRole('button', { name: 'Cancel sending c.txt' }));
    await waitFor(() => expect(document.activeElement?.getAttribute('aria-label')).toContain('b.txt'), WAIT);
    await user.click(screen.getByRole('button', { name: 'Cancel all' }));
    await waitFor(() => expect(document.activeElement).toBe(screen.getByTestId('composer-input')), WAIT);
  });

  it('is put in order by pointer; Escape leaves it as it was', async () => {
    await open('upload');
    await user.upload(await byId('file-input'), [file('a.txt'), file('b.txt'), file('c.txt')]);
    const names = () =>
      screen.getAllByTestId('upload-remove').map((one) => one.getAttribute('aria-label')?.slice(-5, -4));
    const tray = await byId('upload-tray');
    const rows = () => within(tray).getAllByRole('listitem');
    const drag = async (row: number, to: number, pointerType: string, on = '[data-grip]') => {
      rows().forEach((one, at) => {
        one.getBoundingClientRect = () => new DOMRect(0, at * 60, 300, 60);
      });
      const from = rows()[row]?.querySelector(on) as Element;
      const at = (clientY: number) => ({ clientX: 10, clientY, pointerType, button: 0, bubbles: true });
      await fireEvent(from, new PointerEvent('pointerdown', at(row * 60 + 30)));
      await fireEvent(from, new PointerEvent('pointermove', at(to * 60 + 30)));
      return () => fireEvent(from, new PointerEvent('pointerup', at(to * 60 + 30)));
    };
    await (
      await drag(2, 0, 'mouse', '.name')
    )();
    expect(names()).toEqual(['c', 'a', 'b']);
    await (
      await drag(0, 1, 'touch')
    )();
    expect(names()).toEqual(['a', 'c', 'b']);
    await (
      await drag(0, 2, 'touch', '.name')
    )();
    expect(names()).toEqual(['a', 'c', 'b']);
    const release = await drag(0, 2, 'pen');
    expect(rows()[2]?.className).toContain('over');
    await user.keyboard('{Escape}');
    await release();
    expect(names()).toEqual(['a', 'c', 'b']);
  });

  it('pauses and goes on', async () => {
    await open('upload');
    await user.upload(await byId('file-input'), [file('a.txt'), file('b.txt')]);
    await user.click(await screen.findByRole('button', { name: 'Pause all' }, WAIT));
    expect((await byId('upload-tray')).textContent).toContain('Paused');
    await user.click(screen.getByRole('button', { name: 'Go on with a.txt' }));
    expect(screen.getByRole('button', { name: 'Pause a.txt' })).toBeTruthy();
    expect(screen.getByRole('button', { name: 'Go on with all' })).toBeTruthy();
  });

  // Z19
  it('folds three hundred files', async () => {
    await open('tray300', 'upload');
    const tray = await byId('upload-tray');
    expect(tray.textContent).toContain('300 files');
    expect(within(tray).getAllByRole('listitem')).toHaveLength(6);
    await user.click(await byId('upload-all'));
    expect(within(tray).getAllByRole('listitem')).toHaveLength(300);
  });

  // N03
  it('is there again when one comes back from another page, its uploads gone on', async () => {
    await open('upload');
    await user.upload(await byId('file-input'), file('a.txt'));
    await byId('upload-tray');
    router.navigate('/');
    await byId('new-session');
    expect((await byId('row-tray')).textContent).toMatch(/^Sending files · \d+ %$/);
    router.navigate(`/s/${SESSION.main}`);
    expect((await byId('upload-tray')).textContent).toContain('a.txt');
    expect(await screen.findByRole('button', { name: 'Pause a.txt' }, WAIT)).toBeTruthy();
  });
});

// N03: a page that is closed takes its files with it; whoever comes back is told which.
it('asks before files are lost, and tells which were', async () => {
  await open('lost', 'upload');
  const lost = await byId('lost-files');
  expect(lost.textContent).toContain('5 files were not sent');
  expect(lost.textContent).toContain('screenshot.png (177.7 KB)');
  const leave = () => !window.dispatchEvent(new Event('beforeunload', { cancelable: true }));
  expect(leave()).toBe(false);
  await user.upload(await byId('file-input'), new File([new Uint8Array(44_000)], 'broken link.log'));
  expect((await byId('lost-files')).textContent).toContain('4 files were not sent');
  expect(leave()).toBe(true);
  await user.click(await byId('lost-forget'));
  expect(screen.queryByTestId('lost-files')).toBeNull();
});

// N04
it('sends each file the moment it is uploaded where the organisation wants that', async () => {
  await open('quick');
  await user.upload(await byId('file-input'), file('quick.txt'));
  await waitFor(() => expect(own()).toContain('quick.txt'), WAIT);
  expect(screen.queryByTestId('share')).toBeNull();
});

// N10: absent, not disabled; and what is pasted all the same is answered.
it('has no paper-clip before a customer wrote, and says why', async () => {
  await open('customer', 'no-files');
  expect(screen.queryByTestId('attach')).toBeNull();
  expect(screen.queryByTestId('more-options')).toBeNull();
  const files = [file('a.png')];
  await fireEvent.paste(await byId('composer-input'), {
    clipboardData: { files, types: ['Files'], getData: () => '' },
  });
  expect((await screen.findByRole('alert', {}, WAIT)).textContent).toContain('Write a message first.');
});

// N18
it('takes what is dropped, and shows where', async () => {
  await open();
  const main = document.querySelector('main') as HTMLElement;
  const dataTransfer = { types: ['Files'], files: [file('dropped.log')], items: [] };
  await fireEvent.dragEnter(main, { dataTransfer });
  expect((await byId('drop-target')).textContent).toContain('Up to 250.0 MB each');
  await fireEvent.drop(main, { dataTransfer });
  expect((await byId('upload-tray')).textContent).toContain('dropped.log');
  expect(screen.queryByTestId('drop-target')).toBeNull();
});

// A06 A07 A08: More options → Attachment → Browse, Change, Delete, Send.
it('sends from the window what was chosen, changed and not deleted there', async () => {
  await open();
  const choose = async (button: HTMLElement, ...files: File[]) => {
    await user.click(button);
    const input = (await byId('file-input-one')) as HTMLInputElement;
    Object.defineProperty(input, 'files', { value: files });
    await fireEvent.change(input);
  };
  (await byId('more-options')).focus();
  await user.keyboard('{Enter}');
  await user.click(await byId('attachment-window'));
  const send = (await byId('attachment-send')) as HTMLButtonElement;
  expect(send.disabled).toBe(true);
  await choose(await byId('attachment-browse'), file('one.txt'));
  await choose(await byId('attachment-browse'), file('two.txt'));
  await choose(await byId('attachment-browse'), file('three.txt'), file('four.txt'));
  await choose(screen.getByRole('button', { name: 'Change one.txt' }), file('better.txt'));
  await user.click(screen.getByRole('button', { name: 'Delete two.txt' }));
  await user.click(send);
  await waitFor(() => expect(own()).toMatch(/better\.txt.*three\.txt.*four\.txt/s), WAIT);
  const all = screen.getAllByTestId('message').map(({ textContent }) => textContent ?? '');
  expect(all.some((text) => /one\.txt|two\.txt/.test(text))).toBe(false);
});
