// Z20: the portal passes on what it cannot read; the first frame that does not fit ends it.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { LaneEvents } from './lane';
import type { NoiseMachine } from './machine';
import { RelayLane, type RelaySocket } from './relay';

class FakeSocket {
  binaryType: BinaryType = 'blob';
  bufferedAmount = 0;
  closed = false;
  onopen: ((event: Event) => void) | null = null;
  onmessage: ((event: MessageEvent) => void) | null = null;
  onclose: ((event: CloseEvent) => void) | null = null;
  onerror: ((event: Event) => void) | null = null;
  readonly sent: Uint8Array[] = [];
  send(bytes: Uint8Array): void {
    this.sent.push(bytes.slice());
  }
  close(): void {
    this.closed = true;
  }
  say(bytes: Uint8Array): void {
    this.onmessage?.({ data: bytes.slice().buffer } as MessageEvent);
  }
}

/** "Seals" by a leading 1; anything else is forged. */
const noise = (hello: number[]): NoiseMachine => ({
  hello: () => Uint8Array.from(hello),
  hear: (theirs) => Uint8Array.from(hello.length > 0 ? [] : [...theirs, 9]),
  seal: (content) => Uint8Array.from([1, ...content]),
  open: (frame) => {
    if (frame[0] !== 1) throw new Error('forged');
    return frame.slice(1);
  },
  free: vi.fn(),
});

function lane(hello: number[]) {
  const socket = new FakeSocket();
  const events = { open: vi.fn(), message: vi.fn(), writable: vi.fn(), closed: vi.fn() } satisfies LaneEvents;
  const relay = new RelayLane(socket as unknown as RelaySocket, noise(hello), events);
  socket.onopen?.(new Event('open'));
  return { socket, events, relay };
}

const bytes = (...values: number[]) => Uint8Array.from(values);

describe('the relay', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('shakes hands, then carries messages both ways', () => {
    const { socket, events, relay } = lane([5]);
    expect(socket.sent).toEqual([bytes(5)]);
    expect(events.open).not.toHaveBeenCalled();
    socket.say(bytes(6));
    expect(events.open).toHaveBeenCalledOnce();
    relay.send(bytes(2, 3));
    expect(socket.sent.at(-1)).toEqual(bytes(1, 2, 3));
    socket.say(bytes(1, 8));
    expect(events.message).toHaveBeenCalledWith(bytes(8));
  });

  it('listens first where the other side speaks first', () => {
    const { socket, events } = lane([]);
    expect(socket.sent).toEqual([]);
    socket.say(bytes(7));
    expect(socket.sent).toEqual([bytes(7, 9)]);
    expect(events.open).toHaveBeenCalledOnce();
  });

  it('ends with a frame that is forged', () => {
    const { socket, events } = lane([5]);
    socket.say(bytes(6));
    socket.say(bytes(4, 4));
    expect(events.closed).toHaveBeenCalledOnce();
    expect(socket.closed).toBe(true);
    expect(events.message).not.toHaveBeenCalled();
  });

  it('says when the browser’s queue has room again', () => {
    const { socket, events, relay } = lane([5]);
    socket.say(bytes(6));
    socket.bufferedAmount = 512 * 1024;
    relay.send(bytes(1));
    expect(relay.free()).toBe(0);
    vi.advanceTimersByTime(100);
    expect(events.writable).not.toHaveBeenCalled();
    socket.bufferedAmount = 0;
    vi.advanceTimersByTime(100);
    expect(events.writable).toHaveBeenCalledOnce();
  });

  it('gives up where nobody comes', () => {
    const { events, socket } = lane([5]);
    vi.advanceTimersByTime(31_000);
    expect(events.closed).toHaveBeenCalledOnce();
    expect(socket.closed).toBe(true);
  });
});
