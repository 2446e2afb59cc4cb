// Files as a person receives, looks at and takes them back, on the in-memory host.
import { fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { announcer } from '$app/announce.svelte';
import App from '$app/App.svelte';
import { router } from '$app/router.svelte';
import { createPlatform } from '$lib/platform/demo';
import { drafts } from '$lib/platform/demo/session';
import { SESSION } from '$lib/platform/demo/world';
import type { Intent } from '$lib/proto';

const WAIT = { timeout: 8000 };
const user = userEvent.setup();

/** A room with what `flags` add, and what it asked of its host. */
async function room(...flags: string[]) {
  router.navigate(`/s/${SESSION.main}`);
  const desktop = flags.includes('desktop');
  const platform = await createPlatform({ delay: 1, flags: new Set(flags), desktop });
  const asked: Intent[] = [];
  const urls: string[] = [];
  const zips: string[][] = [];
  const openSession = platform.openSession.bind(platform);
  platform.openSession = async (id, onUpdates) => {
    const handle = await openSession(id, onUpdates);
    const [intent, url, zip] = [handle.intent, handle.attachmentUrl, handle.saveAll];
    handle.intent = (one) => (asked.push(one), intent.call(handle, one));
    handle.attachmentUrl = (file, variant) => (
      urls.push(`${file.name} ${variant}`),
      url.call(handle, file, variant)
    );
    handle.saveAll = (files) => (zips.push(files.map(({ name }) => name)), zip.call(handle, files));
    return handle;
  };
  render(App, { platform });
  await screen.findAllByTestId('message', {}, WAIT);
  if (flags.includes('panel'))
    await user.click(screen.getByRole('button', { name: 'People, files and details' }));
  return { asked, urls, zips };
}

const timeline = () => within(screen.getByTestId('timeline'));
/** The card or picture of a file in the conversation. */
const card = (name: string) => timeline().getByRole('group', { name: new RegExp(`📎 ${name}`) });
const rows = () => screen.getAllByTestId('activity-row');
const changes = (asked: Intent[]) =>
  asked.filter(({ type }) => ['answer', 'confirm', 'revoke'].includes(type));

beforeAll(async () => {
  const parts = import.meta.glob(['../src/pages/Room.svelte', '../src/app/*.svelte']);
  await Promise.all(Object.values(parts).map((load) => load()));
}, 120_000);
beforeEach(() => {
  vi.spyOn(HTMLMediaElement.prototype, 'canPlayType').mockImplementation((type) =>
    /webm|wav/.test(type) ? 'maybe' : '',
  );
  vi.spyOn(HTMLMediaElement.prototype, 'pause').mockImplementation(() => {});
});
afterEach(() => {
  router.navigate('/');
  localStorage.clear();
  drafts.clear();
});

describe('consent', () => {
  // A11: no byte before one has accepted. A02 A04: then it is there, pictures inline.
  it('asks for nothing before it is accepted, and shows an accepted picture', async () => {
    const { asked, urls } = await room('consent');
    await waitFor(() => expect(urls).toContain('accepted.png thumbnail'), WAIT);
    expect(urls.filter((url) => url.startsWith('drum-unit'))).toEqual([]);
    const offer = within(card('drum-unit.jpg'));
    expect(offer.getByText('Picture (JPG) from Mia Chen')).toBeTruthy();
    expect(offer.queryByTestId('image-thumb')).toBeNull();
    await user.click(offer.getByRole('button', { name: 'Accept drum-unit.jpg' }));
    expect(changes(asked)).toMatchObject([{ type: 'answer', accept: true }]);
    await waitFor(() => expect(within(card('drum-unit.jpg')).getByTestId('image-thumb')).toBeTruthy(), WAIT);
    expect(urls).toContain('drum-unit.jpg thumbnail');
    expect(announcer.text).toContain('drum-unit.jpg accepted');
    // What was pressed is gone; the keyboard is still at the file.
    expect(document.activeElement).toBe(card('drum-unit.jpg'));
  });

  // A03: red X; one may think again while it is offered.
  it('declines, and can be accepted again', async () => {
    const { asked } = await room('consent');
    const one = () => within(card('Fix-printer-4211.exe'));
    expect(one().getByText(/can run programs/)).toBeTruthy();
    await user.click(one().getByRole('button', { name: 'Decline Fix-printer-4211.exe' }));
    await waitFor(() => expect(one().getByText('You declined it')).toBeTruthy(), WAIT);
    expect(one().queryByRole('button', { name: /^Decline/ })).toBeNull();
    expect(one().queryByRole('button', { name: /^Download/ })).toBeNull();
    await user.click(one().getByRole('button', { name: 'Accept Fix-printer-4211.exe' }));
    await waitFor(() => expect(one().getByRole('button', { name: /^Download/ })).toBeTruthy(), WAIT);
    expect(changes(asked)).toMatchObject([{ accept: false }, { accept: true }]);
  });

  it('answers several at once, and tells the sender what was received', async () => {
    const { asked } = await room('consent');
    await user.click(screen.getByTestId('accept-all'));
    expect(changes(asked)).toMatchObject([{ type: 'answer', accept: true, attachments: { length: 2 } }]);
    await waitFor(() => expect(screen.queryByTestId('accept-all')).toBeNull(), WAIT);
    // A document opens in place; it is saved by its menu.
    await within(card('quote.xlsm')).findByTestId('file-open', {}, WAIT);
    await user.click(within(card('quote.xlsm')).getByTestId('file-menu'));
    await screen.findByTestId('file-menu-list', {}, WAIT);
    await user.click(screen.getByTestId('file-menu-save'));
    await waitFor(
      () => expect(changes(asked)).toMatchObject([{ type: 'answer' }, { type: 'confirm' }]),
      WAIT,
    );
    await within(card('quote.xlsm')).findByTestId('file-received', {}, WAIT);
  });

  // A10 A12 A13: up arrow, paper-clip, received; each person by name.
  it('tells the sender how it stands for each', async () => {
    await room('states');
    const steps = (name: string) => within(card(name)).getByTestId('file-recipients').dataset.steps;
    expect(steps('driver-setup.msi')).toBe('pending');
    expect(steps('steps.pdf')).toBe('accepted received declined');
    await user.click(within(card('steps.pdf')).getByTestId('file-recipients'));
    const list = await screen.findByTestId('file-recipient-list', {}, WAIT);
    expect(
      [...list.querySelectorAll('li')].map((row) => row.textContent?.replace(/\s+/g, ' ').trim()),
    ).toEqual(['Mia Chen Received', 'Jonas Weber Declined', 'Priya Nair Accepted']);
  });

  // Every place that shows a file says why it is there no longer, and leads nowhere.
  it.each([
    ['keeps files', [], 'Deleted: its time was over'],
    ['keeps files for 30 days', ['days'], 'Deleted: kept for 30 days only'],
    ['keeps none', ['session-only'], 'Deleted at the end of the session'],
  ])('says why files are gone where an organisation %s', async (_name, flags, expired) => {
    const { urls } = await room('withdrawn', 'panel', ...flags);
    const why = [
      'Taken back by the sender',
      'Deleted: nobody wanted it',
      expired,
      'Deleted at the end of the session',
      'You took it back',
      'Deleted: nobody wanted it',
      expired,
      'Deleted at the end of the session',
    ];
    const gone = screen.getAllByTestId('file-withdrawn');
    expect(gone.map((one) => one.textContent?.trim())).toEqual(why);
    const listed = rows().slice(0, why.length);
    const stated = listed.map((row) => within(row).getByTestId('activity-state').textContent);
    expect(stated.reverse()).toEqual(why);
    for (const one of gone.map((text) => text.closest<HTMLElement>('[data-file]') as HTMLElement)) {
      expect(one.querySelectorAll('a, img, video, audio')).toHaveLength(0);
      expect([...one.querySelectorAll('button')].map(({ dataset }) => dataset.testid)).toEqual(['file-menu']);
    }
    expect(urls.filter((url) => /old|my-old/.test(url))).toEqual([]);
    await user.click(within(card('my-old.png')).getByTestId('file-menu'));
    await screen.findByTestId('file-menu-list', {}, WAIT);
    const items = screen.getAllByRole('menuitem', { hidden: true }).map((item) => item.textContent?.trim());
    expect(items).toEqual(['Copy link to message']);
  });
});

describe('taking back', () => {
  it('asks first, for one file and for all', async () => {
    const { asked } = await room('states', 'panel');
    await user.click(within(card('driver.zip')).getByTestId('file-menu'));
    await user.click(await screen.findByTestId('file-revoke', {}, WAIT));
    await screen.findByRole('dialog', { name: 'Take back driver.zip?' }, WAIT);
    expect(changes(asked)).toEqual([]);
    await user.click(screen.getByTestId('revoke-confirm'));
    await waitFor(() => expect(card('driver.zip').textContent).toContain('You took it back'), WAIT);
    // The page takes clicks again once the question is gone.
    await waitFor(() => expect(document.body.style.pointerEvents).not.toBe('none'), WAIT);
    await user.click(screen.getByTestId('revoke-all'));
    await screen.findByRole('dialog', { name: 'Take back everything you sent?' }, WAIT);
    await user.click(screen.getByTestId('revoke-confirm'));
    await waitFor(() => expect(screen.queryByTestId('revoke-all')).toBeNull(), WAIT);
    expect(changes(asked).every(({ type }) => type === 'revoke')).toBe(true);
    expect(card('steps.pdf').textContent).toContain('You took it back');
    expect(announcer.text).toContain('files taken back');
  });

  it('loads what is older before it takes back everything', async () => {
    const { asked } = await room('long', 'states', 'panel');
    await user.click(
      await screen.findByTestId('activity-older', {}, WAIT).then(() => screen.getByTestId('revoke-all')),
    );
    await waitFor(() => expect(asked).toContainEqual({ type: 'reach', seq: 1 }), WAIT);
    expect(changes(asked)).toEqual([]);
  });
});

describe('the menu of a file', () => {
  it('opens by button, right-click, the keyboard and a finger that rests', async () => {
    await room('states', 'desktop');
    const names = () =>
      screen.getAllByRole('menuitem', { hidden: true }).map((item) => item.textContent?.trim());
    const one = card('steps.pdf');
    await user.click(within(one).getByTestId('file-menu'));
    await screen.findByTestId('file-menu-list', {}, WAIT);
    expect(names()).toEqual(['View', 'Save', 'Save as…', 'Copy link to message', 'Take back']);
    await user.keyboard('{Escape}');
    await waitFor(() => expect(document.activeElement).toBe(within(one).getByTestId('file-menu')), WAIT);
    fireEvent.contextMenu(one, { button: 2, clientX: 5, clientY: 5 });
    await screen.findByTestId('file-menu-list', {}, WAIT);
    await user.keyboard('{Escape}');
    await waitFor(() => expect(screen.queryByTestId('file-menu-list')).toBeNull(), WAIT);
    for (const init of [{ key: 'ContextMenu' }, { key: 'F10', shiftKey: true }]) {
      within(one).getByTestId('file-open').focus();
      fireEvent.keyDown(within(one).getByTestId('file-open'), init);
      await screen.findByTestId('file-menu-list', {}, WAIT);
      await user.keyboard('{Escape}');
      await waitFor(() => expect(screen.queryByTestId('file-menu-list')).toBeNull(), WAIT);
    }
    const finger = { pointerType: 'touch', isPrimary: true };
    fireEvent.pointerDown(within(one).getByTestId('file-open'), finger);
    await screen.findByTestId('file-menu-list', {}, WAIT);
    fireEvent.pointerUp(within(one).getByTestId('file-open'), finger);
    await user.keyboard('{Escape}');
    await waitFor(() => expect(screen.queryByTestId('file-menu-list')).toBeNull(), WAIT);
    // Once it is saved, it can be shown where it lies.
    await user.click(within(one).getByTestId('file-menu'));
    await screen.findByTestId('file-menu-list', {}, WAIT);
    await user.click(screen.getByTestId('file-menu-save'));
    await within(one).findByText('Saved to /home/ada/Downloads/steps.pdf', {}, WAIT);
    await user.click(within(one).getByTestId('file-menu'));
    await screen.findByTestId('file-folder', {}, WAIT);
  });

  it('shows six files of many, and all when asked', async () => {
    await room('many');
    const files = () =>
      screen.getByTestId('show-all-files').parentElement?.querySelectorAll('[data-file]').length;
    expect(files()).toBe(6);
    const all = screen.getByTestId('show-all-files');
    expect(all.textContent).toBe('Show all 40 files');
    await user.click(all);
    await waitFor(() => expect(card('protocol-40.log')).toBeTruthy(), WAIT);
  });
});

describe('the viewer', () => {
  it('goes through the pictures, zooms and gives the focus back', async () => {
    const { urls } = await room('many');
    const [first] = screen.getAllByTestId('image-thumb');
    await user.click(first as HTMLElement);
    await screen.findByTestId('viewer', {}, WAIT);
    await waitFor(() => expect(screen.getByTestId('viewer-place').textContent).toBe('1 of 42'), WAIT);
    expect(urls).toContain('blank-page.png full');
    // The documents between the pictures are gone through too.
    await user.keyboard('{ArrowRight}{ArrowRight}{ArrowRight}{ArrowLeft}');
    expect(screen.getByTestId('viewer-place').textContent).toBe('3 of 42');
    expect(announcer.text).toContain('page-1.png, 3 of 42');
    await screen.findByTestId('zoom-in', {}, WAIT);
    await user.keyboard('+');
    expect(screen.getByTestId('zoom-level').textContent).toBe('125 %');
    await user.keyboard('+-');
    expect(screen.getByTestId('zoom-level').textContent).toBe('125 %');
    await user.keyboard('0');
    expect(screen.getByTestId('zoom-level').textContent).toBe('100 %');
    await user.keyboard('{Escape}');
    await waitFor(() => expect(screen.queryByTestId('viewer')).toBeNull(), WAIT);
    expect(document.activeElement).toBe(first);
  });
});

describe('videos and audio', () => {
  it('load nothing before somebody plays them, and say what cannot be played', async () => {
    const { urls } = await room('media');
    expect(urls.filter((url) => url.endsWith('media'))).toEqual([]);
    await user.click(within(card('noise-of-the-printer.wav')).getByTestId('media-play'));
    const audio = await within(card('noise-of-the-printer.wav')).findByTestId('audio', {}, WAIT);
    expect(audio.getAttribute('preload')).toBe('metadata');
    expect(urls.filter((url) => url.endsWith('media'))).toEqual(['noise-of-the-printer.wav media']);
    // A codec that the browser turns out to lack.
    fireEvent.error(audio);
    const problem = await within(card('noise-of-the-printer.wav')).findByTestId('media-problem', {}, WAIT);
    expect(problem.textContent).toContain("can't be played here");
    expect(within(problem).getByRole('button', { name: 'Download' })).toBeTruthy();
    await user.click(within(card('from-my-phone.mov')).getByTestId('media-play'));
    await within(card('from-my-phone.mov')).findByTestId('media-problem', {}, WAIT);
  });
});

describe('activity', () => {
  // A05: every file, sent and received, with what became of it.
  it('lists, filters and searches, and leads to the message', async () => {
    const { zips } = await room('states', 'consent', 'panel');
    expect(rows()).toHaveLength(12);
    expect(
      rows()
        .map((row) => row.dataset.direction)
        .slice(0, 5),
    ).toEqual([...Array(4).fill('sent'), 'received']);
    await user.click(screen.getByTestId('activity-received'));
    expect(rows()).toHaveLength(7);
    expect(within(rows()[2] as HTMLElement).getByTestId('activity-state').textContent).toBe(
      'waiting for your answer',
    );
    // What was not accepted is in no zip.
    await user.click(screen.getByTestId('save-all'));
    expect(zips).toEqual([['accepted.png', 'invoice\u202efdp.exe', 'blank-page.png']]);
    await user.click(screen.getByTestId('activity-all'));
    await user.type(screen.getByTestId('activity-search'), 'STEPS');
    expect(rows()).toHaveLength(1);
    await user.click(within(rows()[0] as HTMLElement).getByRole('button', { name: /^Show steps.pdf/ }));
    await waitFor(() => expect(document.activeElement?.contains(card('steps.pdf'))).toBe(true), WAIT);
  });

  it('copies the whole digest', async () => {
    const written = vi.spyOn(navigator.clipboard, 'writeText').mockResolvedValue();
    await room('states', 'panel');
    await user.click(within(rows()[0] as HTMLElement).getByTestId('copy-hash'));
    expect(written.mock.calls[0]?.[0]).toMatch(/^[0-9a-f]{64}$/);
  });

  it('says that older messages are missing, and loads them', async () => {
    const { asked } = await room('long', 'panel');
    await user.click(await screen.findByTestId('activity-older', {}, WAIT));
    expect(asked.some((intent) => intent.type === 'reach' && intent.seq < 2_900)).toBe(true);
  });
});
