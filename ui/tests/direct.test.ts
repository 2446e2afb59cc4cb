// Files that go directly, as a person sees it, on the in-memory host.
import { render, screen, waitFor, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { announcer } from '$app/announce.svelte';
import App from '$app/App.svelte';
import { router } from '$app/router.svelte';
import { createPlatform } from '$lib/platform/demo';
import { drafts } from '$lib/platform/demo/session';
import { SESSION } from '$lib/platform/demo/world';
import type { Intent } from '$lib/proto';

const WAIT = { timeout: 12_000 };
const user = userEvent.setup();

/** A room with what `flags` add, what was asked of the log, and what of the host's direct part. */
async function room(...flags: string[]) {
  router.navigate(`/s/${SESSION.main}`);
  const desktop = flags.includes('desktop');
  const platform = await createPlatform({ delay: 1, flags: new Set(flags), desktop });
  const asked: Intent[] = [];
  const calls: string[] = [];
  const openSession = platform.openSession.bind(platform);
  platform.openSession = async (id, onUpdates) => {
    const handle = await openSession(id, onUpdates);
    const intent = handle.intent.bind(handle);
    handle.intent = (one) => (asked.push(one), intent(one));
    const { direct } = handle;
    if (!direct) return handle;
    for (const name of ['pause', 'resume', 'cancel'] as const) {
      const call = direct[name].bind(direct);
      direct[name] = (file, peer) => (calls.push(`${name} ${peer}`), call(file, peer));
    }
    const place = direct.place.bind(direct);
    direct.place = (file) => (calls.push(`place ${file.name}`), place(file));
    return handle;
  };
  render(App, { platform });
  await screen.findAllByTestId('message', {}, WAIT);
  return { asked, calls };
}

const timeline = () => within(screen.getByTestId('timeline'));
const card = (name: string) => within(timeline().getByRole('group', { name: new RegExp(`📎 ${name}`) }));
const row = (name: string) => card(name).getAllByTestId('direct-transfer')[0] as HTMLElement;
const answers = (asked: Intent[]) => asked.filter(({ type }) => type === 'answer');

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

describe('a direct file that is offered', () => {
  // A02 A11: accepted with a place, and there with what it was proven to be.
  it('is accepted, comes and says what it is', async () => {
    const { asked, calls } = await room('direct');
    const one = () => card('front-office-backup.vhdx');
    expect(one().getByText(/straight from the computer of Mia Chen/)).toBeTruthy();
    expect(one().queryByTestId('direct-transfer')).toBeNull();
    expect(one().queryByTestId('file-save')).toBeNull();
    await user.click(one().getByTestId('file-accept'));
    expect(calls).toEqual(['place front-office-backup.vhdx']);
    await waitFor(() => expect(answers(asked)).toMatchObject([{ accept: true }]), WAIT);
    await waitFor(() => expect(row('front-office-backup.vhdx').dataset.state).toBe('moving'), WAIT);
    expect(row('front-office-backup.vhdx').dataset.lane).toBe('webrtc');
    const bar = within(row('front-office-backup.vhdx')).getByRole('progressbar');
    expect(bar.getAttribute('aria-label')).toBe('Receiving front-office-backup.vhdx');
    await waitFor(() => expect(row('front-office-backup.vhdx').dataset.state).toBe('done'), WAIT);
    await user.click(one().getByTestId('direct-check'));
    expect(one().getByTestId('direct-digest').textContent).toContain('af1349b9f5f9a1a6…');
  });

  it('is not accepted without a place for it', async () => {
    const { asked } = await room('direct', 'no-place');
    await user.click(card('Printer drivers').getByTestId('file-accept'));
    await waitFor(() => expect(announcer.text).toContain('no place was chosen'), WAIT);
    expect(answers(asked)).toEqual([]);
    expect(card('Printer drivers').getByTestId('file-accept')).toBeTruthy();
  });

  it('says beforehand what cannot be received here, and why', async () => {
    const { asked, calls } = await room('direct', 'limit');
    const large = card('front-office-backup.vhdx');
    expect(large.getByTestId('direct-obstacle').textContent).toContain('can hold only 2.0 GB');
    expect(large.queryByTestId('file-accept')).toBeNull();
    expect(large.getByTestId('file-decline')).toBeTruthy();
    // Of all that are offered only what fits is accepted.
    await user.click(screen.getByTestId('accept-all'));
    await waitFor(() => expect(answers(asked)).toMatchObject([{ attachments: { length: 1 } }]), WAIT);
    expect(calls).toEqual(['place Printer drivers']);
  });

  it('cannot be accepted where the host has no direct part', async () => {
    await room('direct', 'no-direct');
    expect(screen.queryByTestId('file-accept')).toBeNull();
    expect(screen.queryByTestId('accept-all')).toBeNull();
    expect(screen.getAllByTestId('direct-obstacle')[0]?.textContent).toContain('desktop app');
  });
});

describe('a transfer', () => {
  // P03: both sides pause, go on and cancel; what has moved is asked about first.
  it('is paused and goes on, and the keyboard stays on the button', async () => {
    const { calls } = await room('direct-out');
    const pause = within(row('site-video.mp4')).getByTestId('direct-pause');
    expect(pause.getAttribute('aria-label')).toBe('Pause site-video.mp4');
    pause.focus();
    await user.keyboard('{Enter}');
    await waitFor(() => expect(row('site-video.mp4').dataset.state).toBe('paused'), WAIT);
    const resume = within(row('site-video.mp4')).getByTestId('direct-resume');
    expect(document.activeElement).toBe(resume);
    expect(row('site-video.mp4').textContent).toContain('Paused by you');
    await user.keyboard('{Enter}');
    await waitFor(() => expect(row('site-video.mp4').dataset.state).toBe('moving'), WAIT);
    expect(calls).toEqual(['pause Mia Chen', 'resume Mia Chen']);
  });

  it('is cancelled after a question where something has moved, and at once where nothing has', async () => {
    const { calls } = await room('direct-in');
    await user.click(within(row('scan-archive.tar')).getByTestId('direct-cancel'));
    await waitFor(() => expect(row('scan-archive.tar').dataset.state).toBe('cancelled'), WAIT);
    await user.click(within(row('site-video.mp4')).getByTestId('direct-cancel'));
    await screen.findByRole('dialog', { name: 'Cancel the transfer of site-video.mp4?' }, WAIT);
    expect(calls).toEqual(['cancel Mia Chen']);
    expect(screen.getByRole('dialog').textContent).toContain('Mia Chen has to send it again');
    await user.click(screen.getByTestId('direct-cancel-confirm'));
    await waitFor(() => expect(row('site-video.mp4').dataset.state).toBe('cancelled'), WAIT);
    expect(calls).toHaveLength(2);
  });

  it('shows the code that both sides read to each other', async () => {
    await room('direct-in');
    const one = within(row('site-video.mp4'));
    expect(one.queryByTestId('direct-code')).toBeNull();
    await user.click(one.getByRole('button', { name: 'Check code of site-video.mp4 with Mia Chen' }));
    expect(one.getByTestId('direct-code').dataset.code).toBe('K7M4QX');
    expect(one.getByTestId('direct-code').textContent).toContain('K 7 M 4 Q X');
    expect(row('site-video.mp4').textContent).toContain('Read it to Mia Chen');
  });

  it('asks for a place, and for the file again, where it stands for want of them', async () => {
    const { calls } = await room('direct-in');
    await user.click(within(row('camera-6.mkv')).getByTestId('direct-save'));
    await waitFor(() => expect(row('camera-6.mkv').dataset.state).toBe('moving'), WAIT);
    expect(calls).toEqual(['place camera-6.mkv']);
    expect(within(row('camera-7.mkv')).queryByTestId('direct-source')).toBeNull();
    expect(row('camera-7.mkv').textContent).toContain('Mia Chen has to choose the file again');
  });

  it('says so when another file is chosen in the place of its source', async () => {
    await room('direct-out');
    await user.click(within(row('camera-7.mkv')).getByTestId('direct-source'));
    const input = (await screen.findByTestId('file-input-one', {}, WAIT)) as HTMLInputElement;
    await user.upload(input, new File(['x'], 'another.mkv'));
    await waitFor(() => expect(row('camera-7.mkv').textContent).toContain('Attach it again'), WAIT);
    expect(row('camera-7.mkv').dataset.state).toBe('stalled');
  });
});

describe('sending directly', () => {
  // Z20: chosen in the tray, and told for each person.
  it('sends one file directly by choice, and one because of its size', async () => {
    await room('tiny');
    const large = new File(['x'.repeat(1024 * 1024 + 1)], 'image.iso');
    await user.upload(await screen.findByTestId('file-input', {}, WAIT), [new File(['x'], 'a.txt'), large]);
    expect((await screen.findByTestId('direct-forced', {}, WAIT)).dataset.why).toBe('size');
    const toggle = await screen.findByRole('checkbox', { name: /Send directly.*a\.txt/ }, WAIT);
    await user.click(toggle);
    await waitFor(() => expect(screen.getByTestId('upload-tray').textContent).toContain('2 files'), WAIT);
    await user.click(screen.getByTestId('share'));
    await waitFor(() => expect(row('a.txt').dataset.state).toBe('offered'), WAIT);
    expect(row('a.txt').textContent).toContain('Mia Chen');
    await waitFor(() => expect(row('image.iso').dataset.state).toBe('done'), WAIT);
    expect(card('image.iso').queryByTestId('file-save')).toBeNull();
  });

  it('offers no folder where the organisation does not allow it', async () => {
    await room('direct-off');
    await user.click(screen.getByTestId('more-options'));
    await screen.findByTestId('share-file', {}, WAIT);
    expect(screen.queryByTestId('attach-folder')).toBeNull();
  });
});

it('lets an admin decide about direct files, consent and the portal as a way', async () => {
  router.navigate('/admin/policies');
  render(App, { platform: await createPlatform({ delay: 1, flags: new Set(), desktop: false }) });
  const direct = (await screen.findByTestId('policy-direct', {}, WAIT)) as HTMLSelectElement;
  const field = (id: string) => screen.queryByTestId(id) as HTMLSelectElement | null;
  expect([direct.value, field('policy-consent-direct')?.value, field('policy-relay')?.value]).toEqual([
    'allowed',
    'ask',
    'allowed',
  ]);
  await user.selectOptions(field('policy-relay') as HTMLSelectElement, 'off');
  await screen.findByText(/waits until one of you is in another network/, {}, WAIT);
  await user.selectOptions(direct, 'off');
  await waitFor(() => expect(field('policy-relay')).toBeNull(), WAIT);
});
