// The driver against a scripted machine: what it does with outputs, and when.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Input, Output, ViewUpdate } from '$lib/proto';
import { pageAlarm } from './alarm';
import { CONNECT_WITHIN, Driver, type Machine, type Surroundings } from './driver';
import { FakeSocket } from './fakeSocket';

/** Answers each kind of input with outputs that were written down for it. */
class Scripted implements Machine {
  readonly seen: Input[] = [];
  wake: number | undefined;

  constructor(private readonly script: Partial<Record<Input['type'], Output[]>>) {}

  handle(input: string): string {
    const read = JSON.parse(input) as Input;
    this.seen.push(read);
    return JSON.stringify(this.script[read.type] ?? []);
  }

  next_wake(): number | undefined {
    return this.wake;
  }

  get kinds(): string[] {
    return this.seen.map(({ type }) => type);
  }
}

const unsent = (count: number): Output => ({ type: 'view', update: { type: 'unsent', count } });
const persist: Output = { type: 'persist', op: { type: 'remove', txn_id: 'a'.repeat(32) } };
const transmit: Output = { type: 'transmit', text: 'frame' };

function build(script: Partial<Record<Input['type'], Output[]>>, given: Partial<Surroundings> = {}) {
  const machine = new Scripted(script);
  const sockets: FakeSocket[] = [];
  const shown: ViewUpdate[][] = [];
  const driver = new Driver(machine, {
    openSocket: () => {
      const socket = new FakeSocket();
      sockets.push(socket);
      return socket;
    },
    askWhy: () => Promise.resolve({ type: 'disconnected' }),
    persist: () => Promise.resolve(),
    show: (updates) => shown.push(updates),
    alarm: pageAlarm,
    ...given,
  });
  return { machine, driver, sockets, shown };
}

async function settled(): Promise<void> {
  await vi.advanceTimersByTimeAsync(0);
}

describe('Driver', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  /** N14: a message is on disk before it is on the wire. */
  it('transmits only after persisting is done', async () => {
    let keep = () => {};
    const kept = new Promise<void>((resolve) => (keep = resolve));
    const { driver, sockets, shown } = build(
      { start: [{ type: 'connect' }], intent: [persist, unsent(1), transmit] },
      { persist: () => kept },
    );
    await driver.push({ type: 'start' });
    sockets[0]?.open();
    const done = driver.intent({ type: 'typing' });
    await settled();
    expect(sockets[0]?.sent).toEqual([]);
    expect(shown).toEqual([]);
    keep();
    await done;
    expect(sockets[0]?.sent).toEqual(['frame']);
    expect(shown).toEqual([[{ type: 'unsent', count: 1 }]]);
  });

  it('undoes what was asked for where it is not kept: nothing of it is sent, and it is told', async () => {
    const full = { code: 'storage_full', message: 'full' };
    const tried: string[] = [];
    const { machine, driver, sockets, shown } = build(
      {
        start: [{ type: 'connect' }],
        intent: [unsent(1), persist, transmit, unsent(2), persist],
        not_kept: [unsent(0)],
      },
      {
        persist: (op) => {
          tried.push(op.type);
          return Promise.reject(full as unknown as Error);
        },
      },
    );
    await driver.push({ type: 'start' });
    sockets[0]?.open();
    await expect(driver.intent({ type: 'typing' })).rejects.toEqual(full);
    expect(machine.kinds).toEqual(['start', 'connected', 'intent', 'not_kept']);
    expect(sockets[0]?.sent).toEqual([]);
    expect(tried).toEqual(['remove']);
    expect(shown.flat().map((update) => update.type === 'unsent' && update.count)).toEqual([1, 2, 0]);
  });

  it('goes on where it is not kept that a message left: nothing more is written, everything is sent', async () => {
    let tries = 0;
    const { machine, driver, sockets, shown } = build(
      { start: [{ type: 'connect' }], received: [persist, transmit, persist, unsent(1)] },
      { persist: () => Promise.reject(new Error(`full ${(tries += 1)}`)) },
    );
    await driver.push({ type: 'start' });
    sockets[0]?.open();
    sockets[0]?.receive('ack');
    sockets[0]?.receive('ack');
    await settled();
    expect(machine.kinds).toEqual(['start', 'connected', 'received', 'received']);
    expect(sockets[0]?.sent).toEqual(['frame', 'frame']);
    expect(tries).toBe(2);
    expect(shown).toEqual([[{ type: 'unsent', count: 1 }], [{ type: 'unsent', count: 1 }]]);
  });

  it('takes inputs one after the other, views in their order and together', async () => {
    let keep = () => {};
    const kept = new Promise<void>((resolve) => (keep = resolve));
    const { machine, driver, shown } = build(
      { intent: [persist, unsent(1), unsent(2)], tick: [unsent(3)] },
      { persist: () => kept },
    );
    const first = driver.intent({ type: 'typing' });
    const second = driver.push({ type: 'tick' });
    await settled();
    expect(machine.kinds).toEqual(['intent']);
    keep();
    await Promise.all([first, second]);
    expect(shown.map((updates) => updates.map((update) => update.type === 'unsent' && update.count))).toEqual(
      [[1, 2], [3]],
    );
  });

  it('ticks when the machine wants to be woken, and only then', async () => {
    const { machine, driver } = build({});
    machine.wake = Date.now() + 1_500;
    await driver.push({ type: 'start' });
    await vi.advanceTimersByTimeAsync(1_499);
    expect(machine.kinds).toEqual(['start']);
    machine.wake = undefined;
    await vi.advanceTimersByTimeAsync(60_000);
    machine.kinds.slice(1).forEach((kind) => expect(kind).toBe('tick'));
    expect(machine.kinds).toEqual(['start', 'tick']);
  });

  it('calls a connection that does not open within ten seconds lost', async () => {
    const { machine, driver, sockets } = build({ start: [{ type: 'connect' }] });
    await driver.push({ type: 'start' });
    await vi.advanceTimersByTimeAsync(CONNECT_WITHIN - 1);
    expect(machine.kinds).toEqual(['start']);
    await vi.advanceTimersByTimeAsync(1);
    expect(machine.kinds).toEqual(['start', 'disconnected']);
    expect(sockets[0]?.closed).toBe(true);
    sockets[0]?.open();
    await settled();
    expect(machine.kinds).toEqual(['start', 'disconnected']);
  });

  it('asks why when a socket closes before it was open', async () => {
    const refused: Input = { type: 'refused', code: 'forbidden', message: 'no' };
    const { machine, driver, sockets } = build(
      { start: [{ type: 'connect' }] },
      { askWhy: () => Promise.resolve(refused) },
    );
    await driver.push({ type: 'start' });
    sockets[0]?.drop();
    await settled();
    expect(machine.seen).toEqual([{ type: 'start' }, refused]);
  });

  it('reports a connection that was open as lost, without asking', async () => {
    const askWhy = vi.fn(() => Promise.resolve<Input>({ type: 'disconnected' }));
    const { machine, driver, sockets } = build({ start: [{ type: 'connect' }] }, { askWhy });
    await driver.push({ type: 'start' });
    sockets[0]?.open();
    sockets[0]?.receive('{}');
    sockets[0]?.drop();
    await settled();
    expect(machine.kinds).toEqual(['start', 'connected', 'received', 'disconnected']);
    expect(askWhy).not.toHaveBeenCalled();
  });

  it('hears nothing more of a connection that the machine closed', async () => {
    const { machine, driver, sockets } = build({
      start: [{ type: 'connect' }],
      received: [{ type: 'disconnect' }],
    });
    await driver.push({ type: 'start' });
    sockets[0]?.open();
    sockets[0]?.receive('first');
    sockets[0]?.receive('second');
    await settled();
    expect(machine.kinds).toEqual(['start', 'connected', 'received']);
    expect(sockets[0]?.closed).toBe(true);
  });

  it('takes an address that opens no socket at all for a lost connection', async () => {
    const { machine, driver } = build(
      { start: [{ type: 'connect' }] },
      {
        openSocket: () => {
          throw new DOMException('no', 'SecurityError');
        },
      },
    );
    await driver.push({ type: 'start' });
    await settled();
    expect(machine.kinds).toEqual(['start', 'disconnected']);
  });

  it('keeps what was asked for safe when the room is left, and shows and sends nothing more', async () => {
    const kept: string[] = [];
    const { driver, shown } = build(
      { intent: [persist, unsent(1)], start: [{ type: 'connect' }] },
      { persist: (op) => Promise.resolve(void kept.push(op.type)) },
    );
    const asked = driver.intent({ type: 'typing' });
    await driver.close();
    await asked;
    expect(kept).toEqual(['remove']);
    expect(shown).toEqual([]);
    await expect(driver.intent({ type: 'typing' })).rejects.toMatchObject({ code: 'not_found' });
  });

  it('stops for good when the machine traps, and says so', async () => {
    const { machine, driver, shown } = build({});
    vi.spyOn(machine, 'handle').mockImplementation(() => {
      throw new WebAssembly.RuntimeError('unreachable');
    });
    await expect(driver.intent({ type: 'typing' })).rejects.toMatchObject({ code: 'internal' });
    expect(shown).toMatchObject([[{ type: 'connection', state: { state: 'closed', code: 'internal' } }]]);
    await expect(driver.intent({ type: 'typing' })).rejects.toMatchObject({ code: 'internal' });
  });
});
