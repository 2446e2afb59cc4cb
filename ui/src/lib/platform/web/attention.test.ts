import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Alert } from '$lib/proto';
import { createAttention } from './attention';

const SESSION = '0192d3c4b5a67788990011aabbccddee';
const shown: { title: string; options: NotificationOptions; onclick?: () => void; closed: boolean }[] = [];

class FakeNotification {
  static permission: NotificationPermission = 'granted';
  static requestPermission = vi.fn(async () => (FakeNotification.permission = 'granted'));
  onclick?: () => void;
  constructor(title: string, options: NotificationOptions) {
    const one = { title, options, closed: false };
    shown.push(one);
    Object.defineProperty(one, 'onclick', { get: () => this.onclick });
    this.close = () => (one.closed = true);
  }
  close: () => void;
}

const alert = (more: Partial<Alert> = {}): Alert => ({
  seq: 4,
  at: 0,
  kind: 'message',
  sender_name: 'Mia Chen',
  text: 'It prints again',
  files: [],
  private: false,
  mentions_you: false,
  ...more,
});

let focused = false;
beforeEach(() => {
  shown.length = 0;
  focused = false;
  FakeNotification.permission = 'granted';
  vi.stubGlobal('Notification', FakeNotification);
  vi.spyOn(document, 'hasFocus').mockImplementation(() => focused);
  localStorage.clear();
});
afterEach(() => vi.unstubAllGlobals());

describe('notifications in the browser', () => {
  it.each<[string, Partial<Alert>, string, string]>([
    ['a message', {}, 'Mia Chen', 'It prints again'],
    ['a mention', { mentions_you: true }, 'Mia Chen mentioned you', 'It prints again'],
    ['a private note', { private: true }, 'Mia Chen (private note)', 'It prints again'],
    ['an edit', { kind: 'edited' }, 'Mia Chen', 'Edited: It prints again'],
    ['a file', { text: '', files: ['a.png'] }, 'Mia Chen', '📎 a.png'],
    ['somebody in the lobby', { kind: 'waiting', text: '' }, 'Mia Chen is waiting to come in', ''],
    ['odd characters', { text: 'a\n\u202eb\u0007  c' }, 'Mia Chen', 'a b c'],
    ['a long text', { text: 'x'.repeat(500) }, 'Mia Chen', `${'x'.repeat(160)}…`],
  ])('tell of %s', (_name, more, title, body) => {
    createAttention().tell?.(SESSION, [alert(more)]);
    expect(shown.map(({ title, options }) => [title, options.body])).toEqual([[title, body]]);
  });

  it('are one for several, the newest', () => {
    createAttention().tell?.(SESSION, [alert(), alert({ text: 'Thanks' })]);
    expect(shown.map(({ options }) => options.body)).toEqual(['Thanks']);
  });

  it('are none while the person looks', () => {
    focused = true;
    createAttention().tell?.(SESSION, [alert()]);
    expect(shown).toEqual([]);
  });

  it('are none for what is muted, except who waits; kept for the next visit', async () => {
    await createAttention().setMuted(SESSION, true);
    const later = createAttention();
    later.tell?.(SESSION, [alert()]);
    expect(shown).toEqual([]);
    later.tell?.(SESSION, [alert({ kind: 'waiting', text: '' }), alert()]);
    expect(shown.map(({ title }) => title)).toEqual(['Mia Chen is waiting to come in']);
    await later.setMuted(SESSION, false);
    later.tell?.(SESSION, [alert()]);
    expect(shown).toHaveLength(2);
  });

  it('wait until the person was asked and agreed', async () => {
    FakeNotification.permission = 'default';
    const attention = createAttention();
    attention.tell?.(SESSION, [alert()]);
    expect(shown).toEqual([]);
    expect(await attention.permission()).toBe('ask');
    expect(await attention.ask()).toBe('on');
    attention.tell?.(SESSION, [alert()]);
    expect(shown).toHaveLength(1);
  });

  it('open their session by a click', () => {
    vi.spyOn(window, 'focus').mockImplementation(() => {});
    const attention = createAttention();
    const opened: string[] = [];
    attention.onOpen((session) => opened.push(session));
    attention.tell?.(SESSION, [alert()]);
    shown[0]?.onclick?.();
    expect(opened).toEqual([SESSION]);
    expect(shown[0]?.closed).toBe(true);
  });

  it('are nothing where the browser has none', async () => {
    vi.stubGlobal('Notification', undefined);
    createAttention().tell?.(SESSION, [alert()]);
    expect(await createAttention().permission()).toBe('off');
  });
});
