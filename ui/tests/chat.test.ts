// Messages as a person acts on them, on the in-memory host.
import { fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { tick } from 'svelte';
import { announcer } from '$app/announce.svelte';
import App from '$app/App.svelte';
import { router } from '$app/router.svelte';
import { createPlatform } from '$lib/platform/demo';
import { drafts } from '$lib/platform/demo/session';
import { SESSION } from '$lib/platform/demo/world';
import type { Intent, ViewUpdate } from '$lib/proto';

const WAIT = { timeout: 8000 };
const user = userEvent.setup();

async function room(...flags: string[]) {
  return open(`/s/${SESSION.main}`, flags);
}
async function open(path: string, flags: string[], seen = (update: ViewUpdate) => update) {
  router.navigate(path);
  const platform = await createPlatform({ delay: 1, flags: new Set(flags), desktop: false });
  const opened = vi.spyOn(platform, 'openExternal');
  const asked: Intent[] = [];
  const openSession = platform.openSession.bind(platform);
  platform.openSession = async (id, onUpdates) => {
    const handle = await openSession(id, (updates) => onUpdates(updates.map(seen)));
    const intent = handle.intent.bind(handle);
    handle.intent = (one) => (asked.push(one), intent(one));
    return handle;
  };
  render(App, { platform });
  await screen.findAllByTestId('message', {}, WAIT);
  return { opened, asked };
}

const field = () => screen.getByTestId('composer-input') as HTMLTextAreaElement;
const messages = () => screen.getAllByTestId('message');
const withText = (text: string | RegExp) => {
  const found = messages().find((one) =>
    text instanceof RegExp ? text.test(one.textContent ?? '') : one.textContent?.includes(text),
  );
  if (!found) throw new Error(`no message says ${text}`);
  return found;
};
const last = () => messages().at(-1) as HTMLElement;
const press = (element: HTMLElement, key: string) => {
  element.focus();
  return fireEvent.keyDown(element, { key });
};

async function say(text: string): Promise<HTMLElement> {
  await user.type(field(), `${text}{Enter}`);
  await waitFor(() => expect(last().textContent).toContain(text));
  await waitFor(() => expect(last().dataset.delivery).toBe('sent'), WAIT);
  return last();
}

async function menu(message: HTMLElement): Promise<HTMLElement> {
  press(message, 'Enter');
  return screen.findByRole('menu', {}, WAIT);
}

beforeAll(async () => {
  const parts = import.meta.glob([
    '../src/pages/Room.svelte',
    '../src/app/*.svelte',
    '../src/lib/emoji/*.svelte',
  ]);
  await Promise.all(Object.values(parts).map((load) => load()));
}, 120_000);

afterEach(() => {
  router.navigate('/');
  localStorage.clear();
  drafts.clear();
});

describe('reactions', () => {
  // Z06
  it('are given from the quick row and taken back by a click on them', async () => {
    await room();
    const message = withText('Could you send me a picture');
    press(message, '+');
    const quick = await screen.findAllByTestId('quick-reaction', {}, WAIT);
    expect(quick).toHaveLength(6);
    await user.click(quick[0] as HTMLElement);
    const chip = await within(message).findByTestId('reaction', {}, WAIT);
    expect(chip.getAttribute('aria-pressed')).toBe('true');
    expect(chip.getAttribute('aria-label')).toBe('👍 1: You');
    await user.click(chip);
    await waitFor(() => expect(within(message).queryByTestId('reaction')).toBeNull(), WAIT);
  });

  it('tell who gave them', async () => {
    await room();
    const chips = within(withText('The test page is fine')).getAllByTestId('reaction');
    expect(chips.map(({ title }) => title)).toEqual([
      'You reacted with 🎉',
      'Jonas Weber and Priya Nair reacted with 👍',
    ]);
  });

  it('are found in the full picker by name, and stand there first the next time', async () => {
    await room();
    press(withText('Could you send me a picture'), '+');
    await user.click(await screen.findByTestId('more-reactions', {}, WAIT));
    await user.type(await screen.findByTestId('emoji-search', {}, WAIT), 'rocket');
    await user.click(await screen.findByLabelText('rocket', {}, WAIT));
    await waitFor(() => expect(withText('Could you send').textContent).toContain('🚀'), WAIT);
    press(withText('Could you send me a picture'), '+');
    await user.click(await screen.findByTestId('more-reactions', {}, WAIT));
    const grid = await screen.findByLabelText('Used lately', { selector: '[role=grid]' }, WAIT);
    expect(grid.querySelector('button')?.textContent).toBe('🚀');
  });
});

describe('the emoji picker', () => {
  it('puts an emoji where one writes, all by the keyboard', async () => {
    await room();
    await user.type(field(), 'Hi ');
    await user.click(screen.getByTestId('emoji-button'));
    const search = await screen.findByTestId('emoji-search', {}, WAIT);
    await user.click(screen.getByLabelText('Smileys', { selector: '[role=tab]' }));
    await screen.findByLabelText('grinning face', {}, WAIT);
    search.focus();
    await user.keyboard('{ArrowDown}{ArrowRight}{ArrowDown}{ArrowUp}');
    expect(document.activeElement?.getAttribute('aria-label')).toBe('grinning face with big eyes');
    await user.keyboard('{Enter}');
    await waitFor(() => expect(field().value).toBe('Hi 😃'));
  });
});

describe('replies', () => {
  // Z07
  it('quote the original and lead back to it', async () => {
    await room();
    press(withText('I also got this by mail'), 'r');
    const banner = await screen.findByTestId('reply-banner', {}, WAIT);
    expect(banner.textContent).toContain('Replying to Mia Chen');
    const answer = await say('Not from us');
    const quote = within(answer).getByTestId('quote');
    expect(quote.textContent).toContain('I also got this by mail yesterday');
    expect(screen.queryByTestId('reply-banner')).toBeNull();
    await user.click(quote);
    await waitFor(() => expect(document.activeElement?.textContent).toContain('I also got this by mail'));
  });

  it('are given up with Esc', async () => {
    await room();
    press(withText('I also got this by mail'), 'r');
    await screen.findByTestId('reply-banner', {}, WAIT);
    await waitFor(() => expect(document.activeElement).toBe(field()));
    await user.keyboard('{Escape}');
    expect(screen.queryByTestId('reply-banner')).toBeNull();
  });
});

describe('copying', () => {
  // Z08
  it('takes the text, or a link that opens the session at the message', async () => {
    await room();
    const written = vi.spyOn(navigator.clipboard, 'writeText').mockResolvedValue();
    await user.click(within(await menu(withText('Could you send me'))).getByText('Copy text'));
    expect(written).toHaveBeenLastCalledWith('Could you send me a picture of what comes out?');
    await waitFor(() => expect(screen.queryByRole('menu')).toBeNull(), WAIT);
    await user.click(within(await menu(withText('Could you send me'))).getByText('Copy link to message'));
    await waitFor(() =>
      expect(written.mock.lastCall?.[0]).toMatch(
        new RegExp(`^http://localhost:\\d+/s/${SESSION.main}#m\\d+$`),
      ),
    );
  });
});

describe('editing', () => {
  // Z09 Z11
  it('starts with ↑ in an empty field, and Close goes back without change', async () => {
    await room();
    const message = await say('helo');
    await user.keyboard('{ArrowUp}');
    expect((await screen.findByTestId('edit-banner', {}, WAIT)).textContent).toContain(
      'Editing your message',
    );
    expect(field().value).toBe('helo');
    await user.type(field(), ' world');
    await user.click(screen.getByTestId('edit-close'));
    expect(field().value).toBe('');
    expect(message.textContent).toContain('helo');
    expect(message.textContent).not.toContain('world');
  });

  it('saves with Enter, says "edited", and gives back what stood in the field', async () => {
    await room();
    const message = await say('helo');
    await user.type(field(), 'half a thought');
    press(message, 'e');
    await waitFor(() => expect(document.activeElement).toBe(field()), WAIT);
    await user.clear(field());
    await user.type(field(), 'hello{Enter}');
    expect(within(message).getByTestId('pending-change').textContent).toContain('Saving the change');
    await waitFor(() => expect(within(message).queryByTestId('pending-change')).toBeNull(), WAIT);
    expect(message.textContent).toContain('hello');
    expect(within(message).getByTestId('edited').title).toMatch(/\d{4}/);
    expect(field().value).toBe('half a thought');
  });

  // Z10
  it.each([
    ['is quiet', false],
    ['tells the others when asked to', true],
  ])('%s', async (_name, notify) => {
    const { asked } = await room();
    await say('helo');
    await user.keyboard('{ArrowUp}');
    const box = (await screen.findByTestId('edit-notify', {}, WAIT)) as HTMLInputElement;
    expect(box.checked).toBe(false);
    if (notify) await user.click(box);
    await user.type(field(), '!{Enter}');
    await waitFor(() => expect(asked.at(-1)).toMatchObject({ type: 'edit', text: 'helo!', notify }));
  });

  it('does not touch what others wrote, and sends nothing empty', async () => {
    await room();
    const items = within(await menu(withText('The test page is fine'))).getAllByRole('menuitem');
    expect(items.map(({ textContent }) => textContent)).toEqual([
      'React+',
      'ReplyR',
      'Copy textC',
      'Copy link to message',
    ]);
    await user.keyboard('{Escape}');
    await say('helo');
    await user.keyboard('{ArrowUp}');
    await screen.findByTestId('edit-banner', {}, WAIT);
    await user.clear(field());
    await user.keyboard('{Enter}');
    expect(screen.getByText(/There is nothing left of the message/)).toBeTruthy();
  });
});

describe('deleting', () => {
  // Z12 Z13
  it('asks first, and leaves a line that says by whom', async () => {
    await room();
    const message = await say('secret');
    press(message, 'Delete');
    const dialog = await screen.findByRole('dialog', { name: 'Delete this message?' }, WAIT);
    const keep = within(dialog).getByRole('button', { name: 'Keep it' });
    await waitFor(() => expect(document.activeElement).toBe(keep), WAIT);
    await user.click(keep);
    expect(message.textContent).toContain('secret');
    press(message, 'Delete');
    await user.click(await screen.findByRole('button', { name: 'Yes, go ahead' }, WAIT));
    await waitFor(() => expect(last().dataset.delivery).toBe('deleted'), WAIT);
    expect(last().textContent).toContain('You deleted a message');
    expect(document.body.textContent).not.toContain('secret');
  });
});

describe('a change that the portal refuses', () => {
  it('is told on the message, with Retry and Discard', async () => {
    const { asked } = await room('refuse');
    const message = withText('The test page is fine');
    await user.click(within(message).getAllByTestId('reaction')[1] as HTMLElement);
    const failed = await within(message).findByTestId('failed-change', {}, WAIT);
    expect(failed.textContent).toContain('Your reaction was not sent. You may not do that here.');
    await user.click(within(failed).getByRole('button', { name: 'Retry' }));
    expect(asked.at(-1)).toEqual({ type: 'retry', txn_id: 'c1' });
    await user.click(within(failed).getByRole('button', { name: 'Discard' }));
    expect(asked.at(-1)).toEqual({ type: 'discard', txn_id: 'c1' });
  });
});

describe('private notes', () => {
  it('are for technicians, look different, and make no typing sign', async () => {
    const { asked } = await room();
    await user.click(screen.getByTestId('private-note'));
    expect(field().placeholder).toBe('A note for technicians only');
    const note = await say('Ask Jonas first');
    expect(note.dataset.private).toBe('true');
    expect(note.getAttribute('aria-label')).toContain('Private note');
    expect(asked.filter(({ type }) => type === 'typing')).toEqual([]);
    expect(asked).toContainEqual(expect.objectContaining({ type: 'post', private: true }));
  });

  it('answer a private note with a private note', async () => {
    const { asked } = await room();
    press(withText('Drum was due'), 'r');
    await screen.findByTestId('reply-banner', {}, WAIT);
    expect((screen.getByTestId('private-note') as HTMLButtonElement).disabled).toBe(true);
    await say('Noted');
    expect(asked).toContainEqual(expect.objectContaining({ type: 'post', private: true }));
  });

  it('are nothing a customer could write', async () => {
    await room('customer');
    expect(screen.queryByTestId('private-note')).toBeNull();
  });
});

describe('suggestions', () => {
  it('offer canned replies after /, by the keyboard', async () => {
    await room();
    await user.type(field(), '/res');
    const list = await screen.findByRole('listbox', { name: 'Canned replies' }, WAIT);
    expect(within(list).getAllByRole('option')[0]?.textContent).toContain('/restart');
    expect(field().getAttribute('aria-activedescendant')).toBe(within(list).getAllByRole('option')[0]?.id);
    await user.keyboard('{Enter}');
    await waitFor(() =>
      expect(field().value).toBe('Please restart the computer and tell me when you are back.'),
    );
  });

  it('offer people after @, and the message says whom it mentions', async () => {
    const { asked } = await room();
    await user.type(field(), 'Hi @mi');
    expect((await screen.findByRole('option', {}, WAIT)).textContent).toContain('Mia Chen');
    await user.keyboard('{Tab}');
    await waitFor(() => expect(field().value).toBe('Hi @Mia Chen '));
    await user.keyboard('{Enter}');
    const post = await waitFor(() => asked.find((one) => one.type === 'post'));
    expect(post).toMatchObject({ text: 'Hi @Mia Chen', mentions: [expect.stringMatching(/^[0-9a-f]{12}/)] });
    await waitFor(() => expect(last().querySelector('.mention')?.textContent).toBe('@Mia Chen'));
  });

  it('close with Esc and leave what was typed', async () => {
    await room();
    await user.type(field(), '/res');
    await screen.findByRole('listbox', {}, WAIT);
    await user.keyboard('{Escape}');
    expect(screen.queryByRole('listbox')).toBeNull();
    expect(field().value).toBe('/res');
  });

  it('are not for customers', async () => {
    await room('customer');
    await user.type(field(), '/res');
    expect(screen.queryByRole('listbox')).toBeNull();
  });
});

describe('formatting', () => {
  it('goes around what is selected, by key and by button', async () => {
    await room();
    await user.type(field(), 'now');
    field().setSelectionRange(0, 3);
    await user.keyboard('{Control>}b{/Control}');
    await waitFor(() => expect(field().value).toBe('**now**'));
    await user.click(screen.getByTestId('format-italic'));
    await waitFor(() => expect(field().value).toBe('**_now_**'));
    await user.keyboard('{Enter}');
    await waitFor(() => expect(last().querySelector('strong em')?.textContent).toBe('now'));
  });

  it('opens addresses outside, and only those that may be', async () => {
    const { opened } = await room();
    await say('https://example.com/a javascript:alert(1) https://a@b.example/');
    const links = [...last().querySelectorAll('a')];
    expect(links.map(({ href, rel }) => [href, rel])).toEqual([
      ['https://example.com/a', 'noopener noreferrer'],
    ]);
    await user.click(links[0] as HTMLElement);
    expect(opened).toHaveBeenCalledWith('https://example.com/a');
  });
});

describe('a long timeline', () => {
  it('keeps few of 100,000 rows in the document and opens at its end', async () => {
    await room('huge');
    expect(last().textContent).toContain('#100000');
    expect(messages().length).toBeLessThan(200);
    await say('And one more');
    expect(messages().length).toBeLessThan(200);
  });

  it('goes from message to message with the arrow keys, far beyond what was shown', async () => {
    await room('huge');
    last().focus();
    for (let step = 0; step < 60; step += 1) {
      await fireEvent.keyDown(document.activeElement as HTMLElement, { key: 'ArrowUp' });
    }
    expect(document.activeElement?.textContent).toContain('#99940');
    await fireEvent.keyDown(document.activeElement as HTMLElement, { key: 'End' });
    expect(document.activeElement?.textContent).toContain('#100000');
  });

  it('loads older rows to show a message that a link names', async () => {
    await open(`/s/${SESSION.main}#m1200`, ['long']);
    await waitFor(() => expect(document.activeElement?.textContent).toContain('#1200'), WAIT);
  });

  it('draws a line above what is new and says how much it is', async () => {
    await room('unread', 'long');
    await waitFor(() => expect(screen.getByTestId('unread-line')).toBeTruthy(), WAIT);
    const row = screen.getByTestId('unread-line').closest('[data-index]');
    expect(within(row as HTMLElement).getByTestId('message').dataset.own).toBe('false');
  });
});

describe('search in the session', () => {
  it('finds what was written, and a click shows it', async () => {
    await room();
    await fireEvent.keyDown(document.body, { key: 'f', ctrlKey: true });
    const panel = await screen.findByTestId('search-panel', {}, WAIT);
    await user.type(within(panel).getByTestId('search-field'), 'cartridge');
    const hit = await within(panel).findByTestId('search-hit', {}, WAIT);
    expect(hit.querySelector('mark')?.textContent).toBe('cartridge');
    expect(panel.textContent).toContain('1 message found');
    await user.clear(within(panel).getByTestId('search-field'));
    await user.type(within(panel).getByTestId('search-field'), 'xyzzy');
    await within(panel).findByText('Nothing that was written here has that.', {}, WAIT);
    await user.keyboard('{Escape}');
    expect(screen.queryByTestId('search-panel')).toBeNull();
  });

  it('shows what was found as people read it', async () => {
    await room();
    await user.click(screen.getByTestId('search'));
    await user.type(await screen.findByTestId('search-field', {}, WAIT), 'front cover');
    const hit = await screen.findByTestId('search-hit', {}, WAIT);
    expect(hit.textContent).toContain(
      'Please do this: 1. Open the front cover and take the cartridge out 2. Shake',
    );
    expect([...hit.querySelectorAll('mark')].map((mark) => mark.textContent)).toEqual(['front cover']);
  });

  it('goes on with older ones', async () => {
    await room('huge');
    await user.click(screen.getByTestId('search'));
    await user.type(await screen.findByTestId('search-field', {}, WAIT), 'access denied');
    await waitFor(() => expect(screen.getAllByTestId('search-hit')).toHaveLength(20), WAIT);
    await user.click(screen.getByRole('button', { name: 'Show older ones' }));
    await waitFor(() => expect(screen.getAllByTestId('search-hit')).toHaveLength(40), WAIT);
  });
});

describe('what is said aloud', () => {
  // A long log comes in many frames: none of them is news.
  it.each([
    [false, ''],
    [true, 'Mia Chen: And one more thing.'],
  ])('a message that comes, caught up: %s', async (caught_up, expected) => {
    const caughtUp = (update: ViewUpdate): ViewUpdate =>
      update.type === 'history' ? { ...update, caught_up } : update;
    await open(`/s/${SESSION.main}`, ['chatty'], caughtUp);
    announcer.say('');
    await waitFor(() => expect(last().textContent).toContain('And one more thing.'), WAIT);
    await tick();
    expect(announcer.text.trim()).toBe(expected);
  });
});

describe('read receipts', () => {
  it('say who has seen the last own message', async () => {
    await room();
    const message = await say('Are you there?');
    await waitFor(() => expect(within(message).getByTestId('seen').title).toBe('Seen by Mia Chen'), WAIT);
  });

  it('are given only by a window that is looked at', async () => {
    const focused = vi.spyOn(document, 'hasFocus').mockReturnValue(false);
    const { asked } = await room('unread');
    const reads = () => asked.filter(({ type }) => type === 'read').length;
    await waitFor(() => expect(document.title).toMatch(/^\(\d+\)/), WAIT);
    // Longer than reading waits before it tells.
    await new Promise((done) => setTimeout(done, 500));
    expect(reads()).toBe(0);
    focused.mockReturnValue(true);
    await fireEvent.focus(window);
    await waitFor(() => expect(reads()).toBe(1), WAIT);
    await waitFor(() => expect(document.title).not.toMatch(/^\(\d+\)/), WAIT);
  });
});

describe('notifications', () => {
  it('can be muted for one session, by the panel and by the palette', async () => {
    await room();
    await user.click(screen.getByRole('button', { name: 'People, files and details' }));
    const mute = screen.getByRole('switch', { name: 'Mute this session' }) as HTMLInputElement;
    await user.click(mute);
    await waitFor(() => expect(mute.checked).toBe(true));
    await user.keyboard('{Control>}k{/Control}');
    await user.type(await screen.findByRole('combobox', {}, WAIT), 'unmute{Enter}');
    await waitFor(() => expect(mute.checked).toBe(false), WAIT);
  });

  it('are asked for by a click of the person', async () => {
    await room();
    await user.click(screen.getByRole('button', { name: 'People, files and details' }));
    await user.click(await screen.findByTestId('notify-ask', {}, WAIT));
    await waitFor(() => expect(screen.queryByTestId('notify-ask')).toBeNull());
  });
});

it('says in the title how much is unread', async () => {
  // A window without the focus does not read.
  vi.spyOn(document, 'hasFocus').mockReturnValue(false);
  await room('unread');
  await waitFor(() => expect(document.title).toMatch(/^\(\d+\) Printer prints blank pages/), WAIT);
});
