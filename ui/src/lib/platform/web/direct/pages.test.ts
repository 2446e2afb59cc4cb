// Z20, P01–P07: two pages with the real wasm module, joined by connections in memory and a portal that passes signals on.
import { readFileSync } from 'node:fs';
import { IDBFactory } from 'fake-indexeddb';
import 'fake-indexeddb/auto';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { DirectFileItem, Intent, RecipientState, Signal, TransferView } from '$lib/proto';
import { initSync, WebLink, WebMeeting, WebNoise } from '$lib/wasm/deskside_web.js';
import { pageAlarm } from '../alarm';
import { download } from '../save';
import { Books } from './books';
import { coreOf } from './core';
import type { SignalSaid } from './machine';
import { FakeNet } from './fakeConnection';
import { DirectService } from './service';

vi.mock('../save', () => ({ download: vi.fn(() => Promise.resolve({ saved: true })) }));
vi.mock('../http', async (original) => ({
  ...(await original<object>()),
  call: vi.fn((operation: string) =>
    Promise.resolve(
      operation === 'create_direct' ? { attachment: { ...FILE, size: SIZE } } : { servers: [], relay: false },
    ),
  ),
}));

const SESSION = '04'.repeat(16);
const SENDER = '01'.repeat(16);
const RECEIVER = '02'.repeat(16);
const SIZE = 3 * 1024 * 1024 + 17;
const FILE = {
  id: '0a'.repeat(16),
  name: 'a.bin',
  size: SIZE,
  media_type: 'application/octet-stream',
  sha256: '',
  direct: { kind: 'file' as const, files: 1 },
};
const content = Uint8Array.from({ length: SIZE }, (_, index) => (index * 31) % 251);
const picked = () => ({ handle: new File([content], FILE.name), name: FILE.name, size: SIZE });

class World {
  readonly net = new FakeNet();
  readonly sides = new Map<string, DirectService>();
  readonly intents: Intent[] = [];
  state: RecipientState = 'accepted';
  /** What the portal does to a signal on its way. */
  tamper = (signal: Signal) => signal;
  blobs: Blob[] = [];

  async open(me: string): Promise<DirectService> {
    const service = new DirectService({
      session: SESSION,
      core: coreOf({ WebLink, WebMeeting, WebNoise }),
      books: await Books.open(new IDBFactory()),
      alarm: pageAlarm,
      turn: Promise.resolve(),
      intent: (intent) => {
        this.#take(me, intent);
        return Promise.resolve();
      },
    });
    this.sides.set(me, service);
    return service;
  }

  /** Both have read the log. */
  tell(): void {
    for (const [me, service] of this.sides) {
      const entries = [SENDER, RECEIVER].map((id) => ({
        participant: { id, name: id, role: 'technician' as const, state: 'admitted' as const },
        online: this.sides.has(id),
        typing: false,
        own: id === me,
      }));
      service.roster(entries);
      service.files([this.#item(me)]);
    }
  }

  views(me: string): TransferView | undefined {
    let seen: readonly TransferView[] = [];
    this.sides.get(me)?.onViews((views) => (seen = views))();
    return seen[0];
  }

  #item(me: string): DirectFileItem {
    const own = me === SENDER;
    const recipients = own ? [{ id: RECEIVER, name: 'Mia', state: this.state }] : [];
    return {
      target: 4,
      sender: SENDER,
      own,
      file: { ...FILE, recipients, ...(!own && { yours: this.state }) },
    };
  }

  #take(from: string, intent: Intent): void {
    this.intents.push(intent);
    if (intent.type !== 'signal') return;
    const signal = this.tamper(structuredClone(intent.signal));
    setTimeout(() => this.sides.get(intent.to)?.signal(from, signal), 1);
  }
}

describe('two pages', () => {
  let world: World;
  beforeAll(() => void initSync({ module: readFileSync('src/lib/wasm/deskside_web_bg.wasm') }));
  beforeEach(async () => {
    world = new World();
    world.net.install();
    vi.mocked(download).mockClear();
    URL.createObjectURL = vi.fn((blob: Blob) => {
      world.blobs.push(blob);
      return 'blob:test';
    });
    const sender = await world.open(SENDER);
    await world.open(RECEIVER);
    expect(await sender.send(picked()).done).toBe(FILE.id);
  });
  afterEach(async () => {
    for (const side of world.sides.values()) await side.close();
    vi.unstubAllGlobals();
  });

  const until = (check: () => void) => vi.waitFor(check, { timeout: 15_000, interval: 20 });

  async function arrived(): Promise<void> {
    await until(() => expect(world.views(RECEIVER)?.state).toEqual({ type: 'done' }));
    expect(download).toHaveBeenCalledExactlyOnceWith('blob:test', FILE.name);
    const got = new Uint8Array(await (world.blobs[0] as Blob).arrayBuffer());
    expect(Buffer.compare(got, content)).toBe(0);
  }

  it('carry a file, and both know the same code and digest', async () => {
    world.tell();
    await arrived();
    const digest = world.views(RECEIVER)?.digest;
    expect(world.intents).toContainEqual({
      type: 'confirm',
      target: 4,
      attachments: [FILE.id],
      blake3: digest,
    });
    await until(() => expect(world.views(SENDER)?.state).toEqual({ type: 'done' }));
    expect(world.views(SENDER)?.digest).toBe(digest);
    expect(world.views(SENDER)?.code).toMatch(/^[0-9A-HJKMNP-TV-Z]{6}$/);
    expect(world.views(SENDER)?.code).toBe(world.views(RECEIVER)?.code);
  });

  it('go on over a fresh connection when one breaks, without sending it all again', async () => {
    world.net.cutAt = SIZE / 2;
    world.tell();
    await arrived();
    expect(world.net.connections.size).toBeGreaterThanOrEqual(4);
    expect(world.net.carried).toBeLessThan(SIZE * 1.8);
  });

  it('do not talk where the portal shows other keys', async () => {
    world.tamper = (signal) => {
      const body = signal.body as SignalSaid;
      if (body.type === 'reveal') body.identity.certificate = 'ee'.repeat(32);
      return signal;
    };
    world.tell();
    await until(() => expect(world.intents.filter((one) => one.type === 'signal').length).toBeGreaterThan(4));
    expect(world.net.connections.size).toBe(0);
    await until(() => expect(world.views(RECEIVER)?.state).toEqual({ type: 'connecting' }));
  });

  it('stop for good when one of them cancels, and nothing is kept', async () => {
    world.net.blocked = true;
    world.tell();
    await world.sides.get(RECEIVER)?.cancel(FILE.id);
    await until(() => expect(world.views(RECEIVER)?.state).toEqual({ type: 'cancelled', by: 'you' }));
    world.net.blocked = false;
    expect(download).not.toHaveBeenCalled();
  });

  it('wait while paused, and go on', async () => {
    world.tell();
    await world.sides.get(RECEIVER)?.pause(FILE.id);
    await until(() => expect(world.views(RECEIVER)?.state).toEqual({ type: 'paused', by: 'you' }));
    expect(download).not.toHaveBeenCalled();
    await world.sides.get(RECEIVER)?.resume(FILE.id);
    await arrived();
  });
});
