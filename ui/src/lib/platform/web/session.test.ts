// One session with the real state machine (wasm) and a real outbox (fake-indexeddb); the test plays portal and page.
import { readFileSync } from 'node:fs';
import { IDBFactory } from 'fake-indexeddb';
import 'fake-indexeddb/auto';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { POLICY } from '../demo/world';
import type {
  ClientMessage,
  ConnectionState,
  Participant,
  ServerMessage,
  SessionView,
  ViewUpdate,
} from '$lib/proto';
import { initSync, WebSession } from '$lib/wasm/deskside_web.js';
import type { SessionHandle } from '../types';
import { FakeSocket } from './fakeSocket';
import { Outbox } from './outbox';
import { startSession } from './session';
import { LocalStore } from './store';

const ID = '04'.repeat(16);
const you: Participant = { id: '02'.repeat(16), name: 'José', role: 'customer', state: 'admitted' };
const session: SessionView = {
  id: ID,
  org_id: '05'.repeat(16),
  org_name: 'Blue Hills IT',
  title: '',
  state: 'open',
  created_at: 0,
  participants: [you],
  head: 0,
  attachments: { ...POLICY, stored_max_bytes: 1_000 },
  chat: {
    edit: { by: 'everyone' },
    delete: { by: 'everyone' },
    technicians_delete_all: false,
    keep_history: false,
  },
};
const welcome: ServerMessage = {
  type: 'welcome',
  you,
  session,
  head: 0,
  now: 0,
  online: [you.id],
  first: 1,
  read: [],
  has_written: false,
};

class Page {
  readonly sockets: FakeSocket[] = [];
  readonly urls: string[] = [];
  states: ConnectionState[] = [];
  unsent = 0;
  handle!: SessionHandle;

  async open(factory: IDBFactory): Promise<this> {
    const { sockets, urls } = this;
    vi.stubGlobal(
      'WebSocket',
      class extends FakeSocket {
        constructor(url: URL) {
          super();
          sockets.push(this);
          urls.push(String(url));
        }
      },
    );
    const store = await LocalStore.open(factory);
    const outbox = new Outbox(store, { id: 'tab', claim: (_, task) => task(() => false) }, ID);
    const machine = new WebSession(JSON.stringify(await outbox.restore()));
    this.handle = startSession(ID, machine, store, outbox, (updates) =>
      updates.forEach((update) => this.#see(update)),
    );
    await vi.waitFor(() => expect(sockets).toHaveLength(1));
    return this;
  }

  #see(update: ViewUpdate): void {
    if (update.type === 'connection') this.states.push(update.state);
    if (update.type === 'unsent') this.unsent = update.count;
  }

  get state(): ConnectionState | undefined {
    return this.states.at(-1);
  }

  get socket(): FakeSocket {
    const socket = this.sockets.at(-1);
    if (!socket) throw new Error('no socket yet');
    return socket;
  }

  get heard(): ClientMessage[] {
    return this.socket.sent.map((text) => JSON.parse(text) as ClientMessage);
  }

  say(message: ServerMessage): void {
    this.socket.receive(JSON.stringify(message));
  }

  async welcome(): Promise<void> {
    this.socket.open();
    this.say(welcome);
    await vi.waitFor(() => expect(this.state?.state).toBe('online'));
  }
}

const post = (text: string) => ({
  type: 'post' as const,
  text,
  attachments: [],
  mentions: [],
  private: false,
});
const answer = (status: number, body: unknown) =>
  vi.fn(() =>
    Promise.resolve(
      new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json' } }),
    ),
  );

describe('a session in the browser', () => {
  let factory: IDBFactory;
  beforeAll(() => {
    initSync({ module: readFileSync('src/lib/wasm/deskside_web_bg.wasm') });
  });
  beforeEach(() => {
    factory = new IDBFactory();
  });
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  it('greets the portal on the socket of this session', async () => {
    const page = await new Page().open(factory);
    expect(page.urls).toEqual([`${location.origin.replace('http', 'ws')}/api/v1/sessions/${ID}/socket`]);
    await page.welcome();
    expect(page.heard).toEqual([{ type: 'hello', protocol: 1, resume_after: 0, tail: 200 }]);
    page.handle.close();
  });

  /** N14: a message written before a reload is sent after it, once acknowledged never again. */
  it('sends after a reload what was not sent before, under the same name', async () => {
    const before = await new Page().open(factory);
    await before.handle.intent(post('one'));
    await before.handle.intent(post('two'));
    expect(before.unsent).toBe(2);
    before.handle.close();

    const after = await new Page().open(factory);
    await vi.waitFor(() => expect(after.unsent).toBe(2));
    await after.welcome();
    await vi.waitFor(() => expect(after.heard).toHaveLength(3));
    const sent = after.heard.flatMap((message) => (message.type === 'send' ? [message] : []));
    expect(sent.map(({ command }) => command.type === 'post_message' && command.text)).toEqual([
      'one',
      'two',
    ]);
    sent.forEach(({ txn_id }, index) => after.say({ type: 'ack', txn_id, seq: index + 1, at: 1 }));
    await vi.waitFor(() => expect(after.unsent).toBe(0));
    after.handle.close();

    const last = await new Page().open(factory);
    await last.welcome();
    expect(last.heard).toHaveLength(1);
    last.handle.close();
  });

  it('comes back by itself after the network went', async () => {
    const page = await new Page().open(factory);
    await page.welcome();
    page.socket.drop();
    await vi.waitFor(() => expect(page.state?.state).toBe('offline'));
    await vi.waitFor(() => expect(page.sockets).toHaveLength(2), { timeout: 2_000 });
    await page.welcome();
    page.handle.close();
  });

  it('comes back at once when the browser says that the network is back', async () => {
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('no network')));
    const page = await new Page().open(factory);
    // Several failures make the pause long.
    for (let attempt = 1; attempt <= 5; attempt += 1) {
      page.socket.drop();
      await vi.waitFor(() => expect(page.state?.state).toBe('offline'));
      window.dispatchEvent(new Event('online'));
      await vi.waitFor(() => expect(page.sockets).toHaveLength(attempt + 1), { timeout: 200 });
    }
    page.handle.close();
  });

  it.each([
    [401, { code: 'not_signed_in', message: 'Sign in.' }, 'not_signed_in'],
    [403, { code: 'removed_from_session', message: 'Out.' }, 'removed_from_session'],
    [404, 'a page of a proxy', 'not_found'],
    [403, { code: 'code_of_a_later_version', message: '?' }, undefined],
    [503, { code: 'unavailable', message: 'Busy.' }, undefined],
    [200, session, undefined],
  ])('turned away with %i %j: closed with %s', async (status, body, code) => {
    vi.stubGlobal('fetch', answer(status, body));
    const page = await new Page().open(factory);
    page.socket.drop();
    if (code) await vi.waitFor(() => expect(page.state).toMatchObject({ state: 'closed', code }));
    else await vi.waitFor(() => expect(page.state?.state).toBe('offline'));
    page.handle.close();
  });

  it('closes its socket when the page goes, and comes back with it', async () => {
    const page = await new Page().open(factory);
    await page.welcome();
    page.handle.draft.save('half a sentence');
    window.dispatchEvent(new Event('pagehide'));
    expect(page.socket.closed).toBe(true);
    window.dispatchEvent(Object.assign(new Event('pageshow'), { persisted: true }));
    await vi.waitFor(() => expect(page.sockets).toHaveLength(2));
    expect(await page.handle.draft.load()).toBe('half a sentence');
    page.handle.close();
  });

  it('warns before leaving only where unsent messages would be lost', async () => {
    const leave = () => {
      const event = new Event('beforeunload', { cancelable: true });
      window.dispatchEvent(event);
      return event.defaultPrevented;
    };
    const kept = await new Page().open(factory);
    await kept.handle.intent(post('kept'));
    expect(leave()).toBe(false);
    kept.handle.close();

    const refusing = {
      open: () => {
        throw new DOMException('private', 'SecurityError');
      },
    };
    const page = await new Page().open(refusing as unknown as IDBFactory);
    const told: boolean[] = [];
    page.handle.onDurable?.((durable) => told.push(durable));
    expect(told).toEqual([false]);
    expect(leave()).toBe(false);
    await page.handle.intent(post('would be lost'));
    expect(leave()).toBe(true);
    page.handle.close();
  });

  it('names attachments by routes that the cookie opens', async () => {
    const page = await new Page().open(factory);
    const attachment = { id: '0a'.repeat(16), name: 'a.png', size: 3, media_type: 'image/png', sha256: '' };
    const base = `/api/v1/sessions/${ID}/attachments/${attachment.id}`;
    expect((await page.handle.attachmentUrl(attachment, 'full')).url).toBe(base);
    expect((await page.handle.attachmentUrl(attachment, 'thumbnail')).url).toBe(`${base}/thumbnail`);
    expect((await page.handle.attachmentUrl(attachment, 'media')).url).toBe(base);
    page.handle.close();
  });
});
