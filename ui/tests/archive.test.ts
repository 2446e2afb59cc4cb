// Files as one looks something up in them, on the in-memory host (rows Z14–Z16, pains P11–P17).
import { fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { announcer } from '$app/announce.svelte';
import App from '$app/App.svelte';
import { router } from '$app/router.svelte';
import type { Archive, CallParams, Operation } from '$lib/platform';
import { createPlatform } from '$lib/platform/demo';
import { SESSION } from '$lib/platform/demo/world';

const WAIT = { timeout: 20_000 };
const user = userEvent.setup();
const byId = (id: string) => screen.findByTestId(id, {}, WAIT);
const rows = () => screen.findAllByTestId('files-row', {}, WAIT);

/** A page, what it asked for, and what it saved. */
async function open(path: string, ...flags: string[]) {
  router.navigate(path);
  const desktop = flags.includes('desktop');
  const platform = await createPlatform({ delay: 1, flags: new Set(flags), desktop });
  const asked: [Operation, CallParams | undefined][] = [];
  const saved: Archive[] = [];
  const { call, saveArchive } = platform;
  platform.call = (operation, params) => (asked.push([operation, params]), call(operation, params));
  platform.saveArchive = (archive) => (saved.push(archive), saveArchive(archive));
  const filesOf = platform.filesOf.bind(platform);
  const attachmentUrl = () => Promise.resolve({ url: 'blob:test', release: () => {} });
  platform.filesOf = (session) => ({ ...filesOf(session), attachmentUrl });
  render(App, { platform });
  await screen.findByRole('heading', { level: 1 }, WAIT);
  const queries = (operation: Operation) =>
    asked.filter(([name]) => name === operation).map(([, params]) => params?.query ?? {});
  return { queries, saved, asked };
}

beforeAll(async () => {
  const parts = import.meta.glob(['../src/pages/Files*.svelte', '../src/app/*.svelte']);
  await Promise.all(Object.values(parts).map((load) => load()));
}, 120_000);
afterEach(() => router.navigate('/'));

describe('the list', () => {
  it('is searched as one types, once for what was typed, and says it in its address', async () => {
    const { queries } = await open('/files');
    await rows();
    const field = (await byId('files-search')) as HTMLInputElement;
    expect(document.activeElement).toBe(field);
    await user.type(field, 'scanner');
    await waitFor(() => expect(location.search).toBe('?q=scanner'), WAIT);
    await waitFor(async () => expect((await rows())[0]?.textContent).toContain('Scanner not found'), WAIT);
    expect(queries('list_files').map(({ q }) => q)).toEqual([undefined, 'scanner']);
    await user.keyboard('{Escape}');
    await waitFor(() => expect(location.search).toBe(''), WAIT);
  });

  it('keeps its filters in the address, for back, forward and reload', async () => {
    await open('/files?q=outlook&has=recordings&sort=oldest');
    expect(((await byId('files-search')) as HTMLInputElement).value).toBe('outlook');
    expect((await byId('filter-has-recordings')).getAttribute('aria-pressed')).toBe('true');
    expect(((await byId('files-sort')) as HTMLSelectElement).value).toBe('oldest');
    await rows();
    await user.click(await byId('filter-has-report'));
    expect(location.search).toBe('?q=outlook&has=recordings%2Creport&sort=oldest');
    history.replaceState({}, '', '/files?has=hold');
    dispatchEvent(new PopStateEvent('popstate'));
    await waitFor(
      () => expect(screen.getByTestId('filter-has-hold').getAttribute('aria-pressed')).toBe('true'),
      WAIT,
    );
    expect((screen.getByTestId('files-search') as HTMLInputElement).value).toBe('');
    await user.click(await byId('filter-clear'));
    expect(location.search).toBe('');
  });

  it('asks for a customer by part of the name', async () => {
    const { queries } = await open('/files');
    await rows();
    await user.click(await byId('filter-customer'));
    await user.type(await screen.findByLabelText('Name, or part of it', {}, WAIT), 'bao{Enter}');
    await waitFor(() => expect(location.search).toBe('?customer=bao'), WAIT);
    await waitFor(() => expect(queries('list_files').at(-1)).toMatchObject({ customer: 'bao' }), WAIT);
    expect((await byId('filter-customer')).textContent).toContain('bao');
  });

  it('is gone through by keyboard, and gives several sessions as one zip', async () => {
    const { saved } = await open('/files');
    const [first, second] = (await rows()) as [HTMLElement, HTMLElement];
    await user.keyboard('{ArrowDown}');
    expect(document.activeElement).toBe(first);
    await user.keyboard('x{ArrowDown}x');
    expect(document.activeElement).toBe(second);
    expect((await byId('files-selection')).textContent).toContain('2 sessions selected');
    await user.keyboard('{ArrowUp}{ArrowUp}');
    expect(document.activeElement).toBe(screen.getByTestId('files-search'));
    await user.click(await byId('files-zip'));
    const sessions = [first, second].map(({ dataset }) => dataset['session']).join(',');
    expect(saved).toMatchObject([{ operation: 'get_sessions_zip', query: { sessions } }]);
    await waitFor(() => expect(screen.queryByTestId('files-selection')).toBeNull(), WAIT);
  });

  it('goes on with older sessions', async () => {
    await open('/files');
    expect(await rows()).toHaveLength(50);
    await user.click(screen.getByRole('button', { name: 'Show older sessions' }));
    await waitFor(async () => expect(await rows()).toHaveLength(100), WAIT);
  });

  it('shows what was found in messages and documents, each leading to its place', async () => {
    await open('/files?q=credential');
    const [hit] = await screen.findAllByTestId('files-hit', {}, WAIT);
    expect(hit?.querySelector('mark')?.textContent).toBe('Credential');
    expect(hit?.getAttribute('href')).toBe(`/files/${SESSION.sealed}?find=credential#m10`);
    await user.click(hit as HTMLElement);
    const message = await waitFor(() => {
      const found = document.querySelector<HTMLElement>('[data-seq="10"]');
      expect(document.activeElement).toBe(found);
      return found;
    }, WAIT);
    expect(message?.textContent).toContain('Credential Manager');
    // Its quote in the answer is found as the message is.
    expect((await byId('find-said')).textContent).toBe('1 of 1');
  });

  it.each([
    ['no-such-words', '', 'Nothing found'],
    ['', 'empty', 'No ended sessions yet'],
    ['', 'error', 'The portal does not answer'],
  ])('says what to do where there is nothing (%s %s)', async (words, flag, said) => {
    await open(`/files${words ? `?q=${words}` : ''}`, flag);
    expect(await screen.findByText(said, {}, WAIT)).toBeTruthy();
  });
});

describe('a session', () => {
  const page = `/files/${SESSION.sealed}`;

  it('is read in place, as it was', async () => {
    await open(page);
    const text = within(await byId('transcript-text'));
    const messages = await text.findAllByTestId('transcript-message', {}, WAIT);
    expect(messages).toHaveLength(11);
    expect(text.getByText('Credential Manager').tagName).toBe('STRONG');
    expect(text.getByText(/^edited/)).toBeTruthy();
    expect(text.getByText('Private note')).toBeTruthy();
    expect(text.getByText('Tomás Oliveira deleted a message')).toBeTruthy();
    expect(text.getAllByText('Taken back by the sender').length).toBeGreaterThan(0);
    expect(text.getByTitle('Ada Berger and Jonas Weber').textContent).toContain('👍 2');
    await user.click(text.getByTestId('transcript-quote'));
    expect(location.hash).toBe('#m10');
    await waitFor(() => expect(document.activeElement).toBe(document.querySelector('[data-seq="10"]')), WAIT);
  });

  it('is searched, from place to place', async () => {
    await open(page);
    await (await byId('transcript-text')).querySelector('article');
    await user.type(await byId('find-field'), 'SIGN-IN');
    await waitFor(() => expect(screen.getByTestId('find-said').textContent).toBe('1 of 1'), WAIT);
    await user.clear(screen.getByTestId('find-field'));
    await user.type(screen.getByTestId('find-field'), 'is it');
    await waitFor(() => expect(screen.getByTestId('find-said').textContent).toBe('1 of 2'), WAIT);
    // What is found takes the focus from nobody who types.
    await waitFor(() => expect(document.querySelector('.flashed')).not.toBeNull(), WAIT);
    expect(document.activeElement).toBe(screen.getByTestId('find-field'));
    await user.click(screen.getByRole('button', { name: 'Next' }));
    expect(screen.getByTestId('find-said').textContent).toBe('2 of 2');
    await user.click(screen.getByRole('button', { name: 'Next' }));
    expect(screen.getByTestId('find-said').textContent).toBe('1 of 2');
  });

  it('is downloaded in any form, and as a whole', async () => {
    const { saved } = await open(page, 'desktop');
    for (const form of ['txt', 'html', 'json', 'zip']) {
      await user.click(await byId('session-download'));
      await user.click(await byId(`download-${form}`));
      await waitFor(() => expect(document.body.style.pointerEvents).not.toBe('none'), WAIT);
    }
    expect(saved.map(({ operation, query, name }) => [operation, query?.['format'], name])).toEqual([
      ['get_transcript', 'txt', 'Outlook asks for the password transcript.txt'],
      ['get_transcript', 'html', 'Outlook asks for the password transcript.html'],
      ['get_transcript', 'json', 'Outlook asks for the password transcript.json'],
      ['get_session_zip', undefined, 'Outlook asks for the password.zip'],
    ]);
    await waitFor(() => expect(announcer.text).toContain('Saved to /home/ada/Downloads'), WAIT);
  });

  it('goes to paper with everything that was said', async () => {
    const printed = vi.spyOn(window, 'print').mockImplementation(() => {});
    await open(page);
    await user.click(await byId('session-print'));
    await waitFor(() => expect(printed).toHaveBeenCalledOnce(), WAIT);
    const paper = document.querySelector('.print-area');
    for (const words of [
      'Northwind Support',
      'Credential Manager',
      'Removed the saved password',
      'blank-page.png',
    ])
      expect(paper?.textContent).toContain(words);
    expect(paper?.querySelector('button, input')).toBeNull();
    dispatchEvent(new Event('afterprint'));
    expect(document.querySelector('.print-area')).toBeNull();
  });

  it('has a report that those who took part write', async () => {
    await open(page, 'technician');
    const report = within(await byId('report'));
    expect(report.getByText('Solved')).toBeTruthy();
    await user.click(report.getByTestId('report-edit'));
    await user.click(report.getByTestId('outcome-follow_up'));
    await user.type(report.getByTestId('report-notes'), ' Call on Tuesday.');
    await user.click(report.getByTestId('report-save'));
    await report.findByText('Follow up', {}, WAIT);
    expect(report.getByText(/Call on Tuesday/)).toBeTruthy();
  });

  it('is held and released by admins, with a reason', async () => {
    await open(page);
    await user.click(await byId('hold'));
    await user.click(await byId('hold-confirm'));
    expect(screen.getByText('Say why.')).toBeTruthy();
    await user.type(screen.getByTestId('hold-reason'), 'Case 7');
    await user.click(screen.getByTestId('hold-confirm'));
    expect((await byId('held')).textContent).toContain('Case 7');
    expect(screen.queryByTestId('files-delete')).toBeNull();
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull(), WAIT);
    await user.click(screen.getByTestId('hold-release'));
    await user.click(await byId('hold-confirm'));
    await waitFor(() => expect(screen.queryByTestId('held')).toBeNull(), WAIT);
    expect(screen.getByTestId('files-delete')).toBeTruthy();
  });

  // A05: each file, with what became of it for each person; hashes and the place in the chain.
  it('tells what became of each file, and what proves it', async () => {
    await open(page);
    const unfold = async (id: string) => {
      const panel = (await byId(id)) as HTMLDetailsElement;
      panel.open = true;
      fireEvent(panel, new Event('toggle'));
      return within(panel);
    };
    const activity = await unfold('file-activity');
    expect(await activity.findByText(/^received by Ada Berger$/i, {}, WAIT)).toBeTruthy();
    expect(activity.getByText(/^declined by Ada Berger$/i)).toBeTruthy();
    expect(activity.getByText(/added after the end/)).toBeTruthy();
    const vault = await unfold('vault');
    expect(await vault.findByText(/number 1204 in the chain/, {}, WAIT)).toBeTruthy();
    expect(vault.getAllByRole('button', { name: /^Copy the whole SHA-256/ }).length).toBeGreaterThan(4);
  });

  it('plays a recording when it is asked to', async () => {
    vi.spyOn(HTMLMediaElement.prototype, 'canPlayType').mockReturnValue('maybe');
    await open(page);
    const recordings = within(await byId('recordings'));
    expect(recordings.queryByTestId('video')).toBeNull();
    await user.click(recordings.getByTestId('recording-play'));
    expect((await recordings.findByTestId('video', {}, WAIT)).getAttribute('preload')).toBe('metadata');
  });

  it('has room for a hundred thousand messages', { timeout: 60_000 }, async () => {
    const { queries } = await open(`${page}#m54321`, 'huge');
    await waitFor(() => expect(document.activeElement?.textContent).toContain('#54321'), WAIT);
    // Without a layout every piece is near; each was asked for by its place.
    expect(queries('read_transcript')).toContainEqual({ after: 54_300, limit: 100 });
  });
});

describe('the overview', () => {
  it('is for those who manage', async () => {
    await open('/files', 'technician');
    await rows();
    expect(screen.queryByRole('link', { name: 'Overview' })).toBeNull();
  });

  it('draws what can be read as a table, and is gone through by arrow keys', async () => {
    const { queries } = await open('/files/overview');
    const chart = within(await byId('chart-sessions'));
    const points = chart.getAllByRole('img');
    expect(points).toHaveLength(30);
    points[0]?.focus();
    await user.keyboard('{ArrowRight}{ArrowRight}');
    expect(document.activeElement).toBe(points[2]);
    expect(points[2]?.getAttribute('aria-label')).toMatch(/: Sessions: \d+$/);
    await user.keyboard('{End}');
    expect(document.activeElement).toBe(points[29]);
    expect(chart.getAllByRole('row', { hidden: true })).toHaveLength(31);
    await user.click(await byId('range-7'));
    expect(location.search).toBe('?days=7');
    await waitFor(
      () => expect(within(screen.getByTestId('chart-sessions')).getAllByRole('img')).toHaveLength(7),
      WAIT,
    );
    const [month, week] = queries('get_statistics');
    expect(Number(week?.['from'])).toBeGreaterThan(Number(month?.['from']));
  });

  it('says that nothing goes by itself where that is so', async () => {
    await open('/files/overview', 'forever');
    expect(await screen.findByText(/Nothing is deleted by itself/, {}, WAIT)).toBeTruthy();
  });
});
