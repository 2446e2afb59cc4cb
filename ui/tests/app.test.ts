// Pages as a person uses them, on the in-memory host.
import { fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import App from '$app/App.svelte';
import { router } from '$app/router.svelte';
import { createPlatform } from '$lib/platform/demo';
import { drafts } from '$lib/platform/demo/session';
import { SESSION } from '$lib/platform/demo/world';

const WAIT = { timeout: 8000 };
const user = userEvent.setup();

async function open(path: string, ...flags: string[]) {
  router.navigate(path);
  const platform = await createPlatform({
    delay: 1,
    flags: new Set(flags),
    desktop: flags.includes('desktop'),
  });
  return render(App, { platform });
}

const byId = (id: string) => screen.findByTestId(id, {}, WAIT);

beforeAll(async () => {
  // Compiled before the clock of the first test runs.
  const parts = import.meta.glob(['../src/pages/*.svelte', '../src/app/*.svelte']);
  await Promise.all(Object.values(parts).map((load) => load()));
}, 120_000);

afterEach(() => {
  router.navigate('/');
  localStorage.clear();
  drafts.clear();
});

describe('signing in', () => {
  it('asks for both fields before it asks the portal', async () => {
    await open('/', 'signed-out');
    await user.click(await byId('sign-in-submit'));
    expect(screen.getByText('Type your e-mail address.')).toBeTruthy();
    expect((await byId('sign-in-email')).getAttribute('aria-invalid')).toBe('true');
  });

  it('says what is wrong and keeps what was typed', async () => {
    await open('/', 'signed-out');
    await user.type(await byId('sign-in-email'), 'ada@northwind.example');
    await user.type(await byId('sign-in-password'), 'wrong');
    await user.click(await byId('sign-in-submit'));
    expect((await screen.findByRole('alert', {}, WAIT)).textContent).toContain(
      'The e-mail address or the password is wrong.',
    );
    expect(((await byId('sign-in-email')) as HTMLInputElement).value).toBe('ada@northwind.example');
  });

  it('checks the portal address on the desktop and opens the sessions', async () => {
    await open('/', 'signed-out', 'no-portal', 'desktop');
    await user.type(await byId('portal-address'), 'support.northwind.example');
    await user.type(await byId('sign-in-email'), 'ada@northwind.example');
    await user.type(await byId('sign-in-password'), 'right');
    await user.click(await byId('sign-in-submit'));
    expect(await screen.findByRole('heading', { name: 'Sessions' }, WAIT)).toBeTruthy();
  });
});

describe('home', () => {
  it('has waiting customers on top', async () => {
    await open('/');
    const rows = await screen.findAllByTestId('session-row', {}, WAIT);
    expect(rows[0]?.textContent).toMatch(/Jonas Weber.*Waiting for 3 minutes/s);
  });

  it('says how much is unread, in the list and in the title', async () => {
    await open('/');
    expect((await byId('unread')).textContent).toContain('3 unread messages');
    await waitFor(() => expect(document.title).toBe('(3) Sessions · Deskside'));
  });

  it('opens a room with code and link at once', async () => {
    await open('/');
    await user.click(await byId('new-session'));
    const code = await byId('join-code');
    expect(code.textContent).toBe('K7M-4QX-9TB');
    expect(code.getAttribute('aria-label')).toBe('Session code K 7 M, 4 Q X, 9 T B');
    expect(((await byId('join-link')) as HTMLInputElement).value).toMatch(/\/join\/\w+$/);
  });

  it('asks to sign in again when the sign-in has run out', async () => {
    await open('/', 'expired');
    expect(await byId('sign-in-submit')).toBeTruthy();
  });

  it('says what happened when the portal does not answer, and asks again', async () => {
    await open('/', 'error');
    expect((await screen.findByRole('alert', {}, WAIT)).textContent).toContain(
      'The portal cannot be reached.',
    );
    expect(screen.getByRole('button', { name: 'Try again' })).toBeTruthy();
  });
});

describe('joining', () => {
  it('groups the code while it is typed and says whom it leads to', async () => {
    await open('/join');
    const field = (await byId('join-code-input')) as HTMLInputElement;
    await user.type(field, 'k7m4qx9tb');
    expect(field.value).toBe('K7M-4QX-9TB');
    expect(await screen.findByRole('heading', { name: 'Join Northwind Support' }, WAIT)).toBeTruthy();
  });

  it('takes a pasted link and asks only for the name', async () => {
    await open('/join');
    await user.click(await byId('join-code-input'));
    await user.paste('https://support.northwind.example/join/Qw8fJ2nZ0dT5uYx1Lb3kRg');
    await waitFor(() => expect(screen.queryByTestId('join-code-input')).toBeNull());
    await user.type(await byId('join-name'), 'Mia');
    await user.click(await byId('join-submit'));
    await byId('timeline');
    expect(location.pathname).toBe(`/s/${SESSION.main}`);
  });

  it('puts the reason beside the field when the code leads nowhere', async () => {
    await open('/join');
    await user.type(await byId('join-code-input'), 'ZZZZZZZZZ');
    expect(await screen.findByText(/That code does not work/, {}, WAIT)).toBeTruthy();
  });

  it('waits in the lobby after a code', async () => {
    await open('/join');
    await user.type(await byId('join-code-input'), 'K7M4QX9TB');
    await user.type(await byId('join-name'), 'Mia');
    await user.click(await byId('join-submit'));
    expect((await byId('waiting-banner')).textContent).toContain("You're in the waiting room");
  });
});

describe('the room', () => {
  const room = (...flags: string[]) => open(`/s/${SESSION.main}`, ...flags);
  const last = () => screen.getAllByTestId('message').at(-1);

  it('echoes a message at once and marks it sent', async () => {
    await room();
    await user.type(await byId('composer-input'), 'Hello there{Enter}');
    await waitFor(() => expect(last()?.textContent).toContain('Hello there'));
    expect(last()?.dataset.delivery).toBe('pending');
    await waitFor(() => expect(last()?.dataset.delivery).toBe('sent'), WAIT);
    expect(((await byId('composer-input')) as HTMLTextAreaElement).value).toBe('');
  });

  it('breaks the line with Shift+Enter and sends nothing empty', async () => {
    await room();
    const field = (await byId('composer-input')) as HTMLTextAreaElement;
    const before = screen.getAllByTestId('message').length;
    await user.type(field, 'a{Shift>}{Enter}{/Shift}b');
    expect(field.value).toBe('a\nb');
    await user.clear(field);
    await user.type(field, '   {Enter}');
    expect(screen.getAllByTestId('message').length).toBe(before);
  });

  it('keeps a draft over closing and opening', async () => {
    const first = await room();
    await user.type(await byId('composer-input'), 'half a thought');
    first.unmount();
    await room();
    const field = (await byId('composer-input')) as HTMLTextAreaElement;
    await waitFor(() => expect(field.value).toBe('half a thought'), WAIT);
  });

  // N03 N16: the file goes in the background and stands in the thread with name and size.
  it('uploads while one writes and sends once the file is there', async () => {
    await room();
    await user.upload(await byId('file-input'), new File([new Uint8Array(1536)], 'notes.pdf'));
    expect((await byId('upload-tray')).textContent).toContain('notes.pdf');
    await user.type(await byId('composer-input'), 'Here it is{Enter}');
    expect(screen.getByText('This message goes out as soon as its files are there.')).toBeTruthy();
    await waitFor(() => expect(last()?.textContent).toContain('Here it is'), WAIT);
    expect(within(last() as HTMLElement).getByRole('group', { name: '📎 notes.pdf (1.5 KB)' })).toBeTruthy();
    expect(screen.queryByTestId('upload-tray')).toBeNull();
  });

  // N05: told before the upload starts.
  it('refuses an empty file and keeps a failed one for another try', async () => {
    await room();
    await user.upload(await byId('file-input'), [new File([], 'empty.txt'), new File(['x'], 'broken.txt')]);
    const tray = await byId('upload-tray');
    await waitFor(() => expect(tray.textContent).toContain('The portal cannot be reached.'), WAIT);
    expect(tray.textContent).toContain('This file is empty.');
    expect(within(tray).getByRole('button', { name: 'Try broken.txt again' })).toBeTruthy();
    await user.type(await byId('composer-input'), 'With file{Enter}');
    expect(screen.getByText(/A file could not be sent/)).toBeTruthy();
  });

  it('tells the truth when offline and offers to retry or discard what failed', async () => {
    await room('offline', 'failed');
    const badge = await byId('connection');
    await waitFor(() => expect(badge.dataset.state).toBe('offline'), WAIT);
    expect((await byId('offline-banner')).textContent).toContain(
      "You're offline. 1 message will go out when you're back.",
    );
    const failed = screen
      .getAllByTestId('message')
      .find(({ dataset }) => dataset.delivery === 'failed') as HTMLElement;
    expect(failed.textContent).toContain('Not sent. That message is too long.');
    await user.click(within(failed).getByRole('button', { name: 'Discard' }));
    await waitFor(() => expect(failed.isConnected).toBe(false));
  });

  it('says when the browser keeps nothing that is unsent', async () => {
    router.navigate(`/s/${SESSION.main}`);
    const platform = await createPlatform({ delay: 1, flags: new Set(), desktop: false });
    const openSession = platform.openSession.bind(platform);
    platform.openSession = async (id, onUpdates) => {
      const handle = await openSession(id, onUpdates);
      handle.onDurable = (callback) => (callback(false), () => {});
      return handle;
    };
    render(App, { platform });
    expect((await byId('durable-banner')).textContent).toContain('does not keep unsent messages');
  });

  it('lets a waiting customer in', async () => {
    await open(`/s/${SESSION.waiting}`);
    await user.click(await byId('admit'));
    await waitFor(() => expect(screen.queryByTestId('waiting-banner')).toBeNull(), WAIT);
  });

  it('ends for everyone and says when the transcript is backed up', async () => {
    await room();
    await user.click(await byId('end-session'));
    await user.click(await byId('end-confirm'));
    expect((await byId('sealed')).textContent).toContain('Transcript backed up');
    expect(screen.queryByTestId('composer-input')).toBeNull();
    expect((await byId('open-in-files')).getAttribute('href')).toBe(`/files/${SESSION.main}`);
  });

  it('takes a closing report along, and loses nothing of it', async () => {
    await room('no-report');
    await user.click(await byId('end-session'));
    await user.type(await byId('report-notes'), 'A new drum is ordered.');
    await user.click(await byId('end-confirm'));
    expect((await screen.findByRole('alert', {}, WAIT)).textContent).toContain('Choose an outcome');
    await user.click(await byId('outcome-solved'));
    await user.click(await byId('end-confirm'));
    // It was refused: the session goes on, and the words are still there.
    await byId('end-without');
    expect(((await byId('report-notes')) as HTMLTextAreaElement).value).toBe('A new drum is ordered.');
    await user.click(await byId('end-without'));
    expect((await byId('sealed')).textContent).toContain('Transcript backed up');
  });

  it.each([
    ['copy', 1],
    ['', 0],
  ])('gives the customer a copy where the organisation does (%s)', async (flag, count) => {
    await open(`/s/${SESSION.sealed}`, 'customer', flag);
    await byId('after');
    expect(screen.queryAllByTestId('customer-copy')).toHaveLength(count);
  });

  it('thanks the customer and says what happens with the files', async () => {
    await open(`/s/${SESSION.sealed}`, 'customer');
    expect((await byId('after')).textContent).toContain('are kept by Northwind Support');
  });

  it.each([
    ['session-only', 'The files are deleted now that the session is over.'],
    ['days', 'The files are deleted after 30 days.'],
  ])('tells the customer the truth about files (%s)', async (flag, said) => {
    await open(`/s/${SESSION.sealed}`, 'customer', flag);
    expect((await byId('after')).textContent).toContain(said);
  });

  it('keeps what never went out, to copy', async () => {
    await open(`/s/${SESSION.sealed}`, 'customer', 'failed');
    expect((await byId('after')).textContent).toContain('The whole log of last night');
    expect(screen.getByRole('button', { name: 'Copy text' })).toBeTruthy();
  });

  // Z02's neighbour Z17: nothing for customers but their own session.
  it('gives a customer neither ending, removing nor codes', async () => {
    await room('customer');
    await byId('timeline');
    for (const id of ['end-session', 'join-code', 'admit']) expect(screen.queryByTestId(id)).toBeNull();
    expect(screen.queryByRole('button', { name: /^Remove/ })).toBeNull();
  });
});

describe('files', () => {
  // Z15 Z16: what can be done with a file in its session, but for answering it.
  it('views, saves and names the files of a session', async () => {
    const written = vi.spyOn(navigator.clipboard, 'writeText').mockResolvedValue();
    await open(`/files/${SESSION.sealed}`, 'desktop');
    const rows = await screen.findAllByTestId('files-attachment', {}, WAIT);
    const [picture, program] = ['blank-page.png', 'invoice'].map((name) =>
      rows.find(({ textContent }) => textContent?.includes(name)),
    ) as [HTMLElement, HTMLElement];
    expect(program.textContent).toContain('can run programs');
    expect(within(program).queryByTestId('files-view')).toBeNull();
    await user.click(within(picture).getByTestId('files-menu'));
    await screen.findByTestId('file-menu-list', {}, WAIT);
    const items = () => screen.getAllByRole('menuitem', { hidden: true });
    expect(items().map(({ textContent }) => textContent?.trim())).toEqual([
      'View',
      'Save',
      'Save as…',
      'Copy link to this session',
    ]);
    await user.click(screen.getByTestId('file-view'));
    expect((await byId('viewer')).textContent).toContain('blank-page.png');
    await user.keyboard('{ArrowRight}');
    expect(screen.getByTestId('viewer-place').textContent).toBe('2 of 6');
    await user.keyboard('{Escape}');
    await waitFor(() => expect(screen.queryByTestId('viewer')).toBeNull(), WAIT);
    await user.click(within(picture).getByTestId('files-save'));
    await within(picture).findByText('Saved to /home/ada/Downloads/blank-page.png', {}, WAIT);
    fireEvent.contextMenu(picture, { button: 2, clientX: 5, clientY: 5 });
    await byId('file-folder');
    await user.click(screen.getByTestId('file-link'));
    await waitFor(
      () => expect(written).toHaveBeenCalledWith(`https://support.northwind.example/files/${SESSION.sealed}`),
      WAIT,
    );
  });

  it('says that a transcript is still being written', async () => {
    await open(`/files/${SESSION.sealed}`, 'sealing');
    expect(await screen.findByText(/still being written/, {}, WAIT)).toBeTruthy();
  });
});

describe('policies', () => {
  it('are saved at once and can be undone', async () => {
    await open('/admin/policies');
    const lobby = (await screen.findByRole('switch', { name: /code wait/ }, WAIT)) as HTMLInputElement;
    expect(lobby.checked).toBe(true);
    await user.click(lobby);
    await user.click(await screen.findByRole('button', { name: 'Undo' }, WAIT));
    await waitFor(
      () =>
        expect((screen.getByRole('switch', { name: /code wait/ }) as HTMLInputElement).checked).toBe(true),
      WAIT,
    );
  });

  // Z09 Z12: who may change what was said, and for how long.
  it('say who may edit and delete, and until when', async () => {
    await open('/admin/policies');
    const who = (await screen.findByTestId('edit-by', {}, WAIT)) as HTMLSelectElement;
    expect(who.value).toBe('everyone');
    await user.selectOptions(screen.getByTestId('edit-within'), 'For 15 minutes after sending');
    await user.selectOptions(who, 'Nobody');
    await waitFor(() => expect(screen.queryByTestId('edit-within')).toBeNull(), WAIT);
    await user.click(screen.getByRole('switch', { name: /delete any message/ }));
    await user.click(await screen.findByRole('button', { name: 'Undo' }, WAIT));
    await waitFor(
      () =>
        expect((screen.getByRole('switch', { name: /delete any message/ }) as HTMLInputElement).checked).toBe(
          false,
        ),
      WAIT,
    );
  });

  // Z09 Z12: whether what an edit or a deletion replaces is kept.
  it('say whether earlier texts are kept', async () => {
    await open('/admin/policies');
    const kept = async (): Promise<HTMLInputElement> =>
      screen.findByRole('switch', { name: /earlier text/, description: /changes made while it is on/ }, WAIT);
    expect((await kept()).checked).toBe(false);
    await user.click(await kept());
    await screen.findByRole('button', { name: 'Undo' }, WAIT);
    router.navigate('/');
    await byId('new-session');
    router.navigate('/admin/policies');
    expect((await kept()).checked).toBe(true);
    expect(((await byId('edit-by')) as HTMLSelectElement).value).toBe('everyone');
  });

  // The table of policies: every choice is saved at once, a limit is taken away by emptying it.
  it('hold the whole attachment policy and the quotas', async () => {
    await open('/admin/policies');
    await user.selectOptions(await byId('policy-send'), 'As soon as they are uploaded');
    await user.selectOptions(await byId('policy-consent-stored'), 'Ask for each file');
    await user.selectOptions(await byId('policy-customers'), 'Never');
    await user.type(await byId('types-input'), '.PDF, png{Enter}');
    await user.type(await byId('policy-max-files'), '20');
    await user.type(await byId('quota-session_bytes'), '2{Tab}');
    router.navigate('/');
    await byId('new-session');
    router.navigate('/admin/policies');
    expect(((await byId('policy-send')) as HTMLSelectElement).value).toBe('quick');
    expect(((await byId('policy-consent-stored')) as HTMLSelectElement).value).toBe('ask');
    expect(((await byId('policy-customers')) as HTMLSelectElement).value).toBe('never');
    expect(within(screen.getByTestId('types-list')).getAllByRole('listitem')).toHaveLength(2);
    expect((screen.getByTestId('policy-max-files') as HTMLInputElement).value).toBe('20');
    expect((screen.getByTestId('quota-session_bytes') as HTMLInputElement).value).toBe('2');
    await user.clear(screen.getByTestId('policy-max-files'));
    await user.type(screen.getByTestId('policy-max-files'), 'many{Tab}');
    expect(screen.getByText(/Type a number from 1 to/)).toBeTruthy();
  });

  // S10: what bots may fetch from the organisation's own network.
  it('open hosts of the own network to bots, one by one', async () => {
    await open('/admin/policies');
    await user.type(await byId('hosts-input'), 'files.intern:8443, 10.1.2.3{Enter}');
    const hosts = () => within(screen.getByTestId('hosts-list')).queryAllByRole('listitem');
    await waitFor(
      () => expect(hosts().map((one) => one.textContent?.trim())).toEqual(['files.intern:8443', '10.1.2.3']),
      WAIT,
    );
    await user.click(screen.getByRole('button', { name: 'Remove files.intern:8443' }));
    await waitFor(() => expect(hosts()).toHaveLength(1), WAIT);
    expect(document.activeElement).toBe(screen.getByRole('button', { name: 'Remove 10.1.2.3' }));
    await user.click(await screen.findByRole('button', { name: 'Undo' }, WAIT));
    await waitFor(() => expect(hosts()).toHaveLength(2), WAIT);
  });

  // How long files and transcripts stay; what deletes more than before is asked about, since it cannot be undone.
  it('say how long files and transcripts stay', async () => {
    await open('/admin/policies');
    const files = async () => (await byId('kept-files')) as HTMLSelectElement;
    expect((await files()).value).toBe('forever');
    await user.selectOptions(await files(), 'Only for the session');
    await screen.findByRole('dialog', { name: 'Delete files sooner?' }, WAIT);
    await user.click(screen.getByRole('button', { name: 'Cancel' }));
    await waitFor(async () => expect((await files()).value).toBe('forever'), WAIT);
    await user.selectOptions(await files(), 'For some days');
    expect(screen.getByText(/Until then nothing changes/)).toBeTruthy();
    await user.type(await byId('kept-files-days'), '36501{Tab}');
    expect(screen.getByText('Type a number from 1 to 36,500.')).toBeTruthy();
    await user.clear(await byId('kept-files-days'));
    await user.type(await byId('kept-files-days'), '30{Tab}');
    await user.click(await byId('kept-confirm'));
    expect(
      await screen.findByText(/Files are deleted after 30 days; the transcript keeps/, {}, WAIT),
    ).toBeTruthy();
    await waitFor(() => expect(document.body.style.pointerEvents).not.toBe('none'), WAIT);
    // Longer than before deletes nothing: it is simply saved.
    await user.clear(await byId('kept-files-days'));
    await user.type(await byId('kept-files-days'), '90{Tab}');
    expect(screen.queryByRole('dialog')).toBeNull();
    await user.selectOptions(await byId('kept-transcripts'), 'For some days');
    await user.type(await byId('kept-transcripts-days'), '365{Tab}');
    await user.click(await byId('kept-confirm'));
    router.navigate('/');
    await byId('new-session');
    router.navigate('/admin/policies');
    expect((await files()).value).toBe('days');
    expect(((await byId('kept-files-days')) as HTMLInputElement).value).toBe('90');
    expect(((await byId('kept-transcripts-days')) as HTMLInputElement).value).toBe('365');
  });
});

describe('settings', () => {
  it('keep canned replies: new, changed, deleted and brought back', async () => {
    await open('/settings');
    const list = () => screen.getAllByTestId('canned-reply').map(({ textContent }) => textContent ?? '');
    await user.click(await byId('reply-new'));
    await user.type(await byId('reply-shortcut'), 'hello');
    await user.click(screen.getByTestId('reply-save'));
    expect(screen.getByText('There is already one with that shortcut. Choose another word.')).toBeTruthy();
    expect(screen.getByText('Type what is to be sent.')).toBeTruthy();
    await user.clear(screen.getByTestId('reply-shortcut'));
    await user.type(screen.getByTestId('reply-shortcut'), '/wait');
    await user.type(screen.getByTestId('reply-text'), 'One moment, please.');
    await user.click(screen.getByTestId('reply-save'));
    await waitFor(() => expect(list().some((one) => one.includes('/wait'))).toBe(true), WAIT);
    await user.click(screen.getByRole('button', { name: 'Delete /wait' }));
    await waitFor(() => expect(list().some((one) => one.includes('/wait'))).toBe(false), WAIT);
    await user.click(await screen.findByRole('button', { name: 'Undo' }, WAIT));
    await waitFor(() => expect(list().some((one) => one.includes('One moment'))).toBe(true), WAIT);
  });

  it('can only be read by technicians', async () => {
    await open('/settings', 'technician');
    expect((await screen.findAllByTestId('canned-reply', {}, WAIT)).length).toBeGreaterThan(0);
    expect(screen.queryByTestId('reply-new')).toBeNull();
    expect(screen.queryByRole('button', { name: /^(Edit|Delete) \// })).toBeNull();
    await user.click(screen.getByTestId('policies-link'));
    const lobby = (await screen.findByRole('switch', { name: /code wait/ }, WAIT)) as HTMLInputElement;
    expect(location.pathname).toBe('/settings/policies');
    expect(lobby.disabled).toBe(true);
    expect((screen.getByTestId('policy-send') as HTMLSelectElement).disabled).toBe(true);
    expect(screen.queryByTestId('types-input')).toBeNull();
  });
});

describe('the keyboard', () => {
  it('opens commands, finds one and runs it', async () => {
    await open('/');
    await byId('new-session');
    await user.keyboard('{Control>}k{/Control}');
    await user.type(await screen.findByRole('combobox', {}, WAIT), 'dark{Enter}');
    await waitFor(() => expect(document.documentElement.dataset.theme).toBe('dark'), WAIT);
  });

  it('lists its shortcuts on ?, but not while one writes', async () => {
    await open('/');
    await byId('new-session');
    await user.keyboard('?');
    expect(await screen.findByRole('dialog', { name: 'Keyboard shortcuts' }, WAIT)).toBeTruthy();
  });
});

it('says where nothing is', async () => {
  await open('/nowhere');
  expect(await screen.findByRole('heading', { name: 'There is nothing here' }, WAIT)).toBeTruthy();
});
