// The last resort: the portal passes on frames that only the two ends can read (Noise over the keys of the meeting).
import type { Lane, LaneEvents } from './lane';
import type { NoiseMachine } from './machine';

/** Bytes of content in one frame; the portal takes 64 KiB. */
const MESSAGE_MAX = 32 * 1024;
/** Bytes in the browser's own queue. */
const BUFFER = 512 * 1024;
/** Milliseconds between looks at that queue: a WebSocket says nothing when it shrinks. */
const LOOK_EVERY = 20;
/** Milliseconds for the other side to come. */
const OPEN_WITHIN = 30_000;

export type RelaySocket = Pick<
  WebSocket,
  'send' | 'close' | 'bufferedAmount' | 'binaryType' | 'onopen' | 'onmessage' | 'onclose' | 'onerror'
>;

export class RelayLane implements Lane {
  readonly kind = 'relay';
  readonly maxMessage = MESSAGE_MAX;
  #open = false;
  #over = false;
  #looking: ReturnType<typeof setInterval> | undefined;
  readonly #patience: ReturnType<typeof setTimeout>;

  constructor(
    private readonly socket: RelaySocket,
    private readonly noise: NoiseMachine,
    private readonly events: LaneEvents,
  ) {
    this.#patience = setTimeout(() => this.#fail(), OPEN_WITHIN);
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => {
      const hello = noise.hello();
      if (hello.byteLength > 0) socket.send(hello as Uint8Array<ArrayBuffer>);
    };
    socket.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (data instanceof ArrayBuffer) this.#hear(new Uint8Array(data));
      else this.#fail();
    };
    socket.onclose = socket.onerror = () => this.#fail();
  }

  free(): number {
    const free = Math.max(0, BUFFER - this.socket.bufferedAmount);
    if (free < BUFFER / 2) this.#look();
    return free;
  }

  send(bytes: Uint8Array<ArrayBuffer>): void {
    if (this.#over) return;
    try {
      this.socket.send(this.noise.seal(bytes) as Uint8Array<ArrayBuffer>);
    } catch {
      return this.#fail();
    }
    this.#look();
  }

  close(): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#patience);
    clearInterval(this.#looking);
    const { socket } = this;
    socket.onopen = socket.onmessage = socket.onclose = socket.onerror = null;
    socket.close();
    this.noise.free();
  }

  #hear(frame: Uint8Array<ArrayBuffer>): void {
    const content = this.#opened(frame);
    if (content) this.events.message(content);
  }

  /** The first frame is the other side's hello, every other one a message. One that does not fit ends the lane. */
  #opened(frame: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> | null {
    try {
      if (this.#open) return this.noise.open(frame) as Uint8Array<ArrayBuffer>;
      const answer = this.noise.hear(frame);
      if (answer.byteLength > 0) this.socket.send(answer as Uint8Array<ArrayBuffer>);
    } catch {
      this.#fail();
      return null;
    }
    clearTimeout(this.#patience);
    this.#open = true;
    this.events.open();
    return null;
  }

  #look(): void {
    this.#looking ??= setInterval(() => {
      if (this.socket.bufferedAmount > BUFFER / 2) return;
      clearInterval(this.#looking);
      this.#looking = undefined;
      this.events.writable();
    }, LOOK_EVERY);
  }

  #fail(): void {
    if (this.#over) return;
    this.close();
    this.events.closed();
  }
}
