import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { workerAlarm } from './alarm';
import { clockwork, type Order } from './clockwork';

/** A worker without a thread: both halves, joined. */
class Joined {
  onmessage: Worker['onmessage'] = null;
  onerror: Worker['onerror'] = null;
  readonly orders: Order[] = [];
  dead = false;
  #clock = clockwork((id) =>
    this.onmessage?.call(this as unknown as Worker, new MessageEvent('message', { data: id })),
  );

  postMessage(order: Order): void {
    this.orders.push(order);
    if (!this.dead) this.#clock(order);
  }
}

describe('alarms by a worker', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('ring at their time, each once, and not when taken back', () => {
    const alarm = workerAlarm(new Joined());
    const rung: string[] = [];
    alarm.set(() => rung.push('late'), 2_000);
    alarm.set(() => rung.push('early'), 1_000);
    const back = alarm.set(() => rung.push('never'), 500);
    back();
    vi.advanceTimersByTime(999);
    expect(rung).toEqual([]);
    vi.advanceTimersByTime(60_000);
    expect(rung).toEqual(['early', 'late']);
  });

  it('still ring where the worker cannot start', () => {
    const worker = new Joined();
    worker.dead = true;
    const alarm = workerAlarm(worker);
    const rung: string[] = [];
    alarm.set(() => rung.push('before'), 1_000);
    vi.advanceTimersByTime(400);
    worker.onerror?.call(worker as unknown as Worker, new ErrorEvent('error'));
    alarm.set(() => rung.push('after'), 700);
    vi.advanceTimersByTime(599);
    expect(rung).toEqual([]);
    vi.advanceTimersByTime(200);
    expect(rung).toEqual(['before', 'after']);
    expect(worker.orders).toHaveLength(1);
  });
});
