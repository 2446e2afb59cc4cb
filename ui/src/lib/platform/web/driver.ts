// Drives one session: hands what happens to the state machine and does what it says, strictly in order. Everything of the browser
// that it touches comes in through `Surroundings`, so that tests can stand in for it.
import type { ConnectionState, Input, Intent, Output, PersistOp, ViewUpdate } from '$lib/proto';
import { isWireError } from '$lib/util/errors';
import type { Alarm } from './alarm';
import { wireError } from './http';

/** The state machine (`WebSession` of the wasm module). */
export interface Machine {
  handle(input: string, now: number, random: Uint8Array): string;
  next_wake(): number | undefined;
}

/** What the driver uses of a WebSocket. */
export type Socket = Pick<
  WebSocket,
  'send' | 'close' | 'readyState' | 'onopen' | 'onmessage' | 'onclose' | 'onerror'
>;

export interface Surroundings {
  openSocket(): Socket;
  /** Why the portal takes no socket: `refused`, or `disconnected` where it said nothing about it. */
  askWhy(): Promise<Input>;
  persist(op: PersistOp): Promise<void>;
  show(updates: ViewUpdate[]): void;
  /** What direct transfer has to know. */
  direct?(output: DirectOutput): void;
  alarm: Alarm;
}

export type DirectOutput = Extract<Output, { type: 'signal' | 'direct_files' }>;

/** Milliseconds for a connection to open. */
export const CONNECT_WITHIN = 10_000;
/** The longest delay `setTimeout` knows. */
const TIMER_MAX = 2 ** 31 - 1;
const OPEN = 1;

interface Entry {
  input: Input;
  /** Set where the input belongs to one connection: it means nothing once that is gone. */
  link?: number;
  settle(error?: unknown): void;
}

export class Driver {
  #inbox: Entry[] = [];
  #running: Promise<void> | null = null;
  /** The room was left: what was asked for is still kept safe, nothing else is done. */
  #left = false;
  /** The machine trapped. */
  #broken = false;
  #link = 0;
  #socket: Socket | null = null;
  #connectTimer: ReturnType<typeof setTimeout> | undefined;
  #stopWaking = () => {};
  #views: ViewUpdate[] = [];

  constructor(
    private readonly machine: Machine,
    private readonly surroundings: Surroundings,
  ) {}

  /** Resolves when everything that follows from `input` is done, persisting included. */
  push(input: Input, link?: number): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#left || this.#broken) return reject(wireError(this.#broken ? 'internal' : 'not_found'));
      const settle = (error?: unknown) => (error === undefined ? resolve() : reject(error));
      this.#inbox.push(link === undefined ? { input, settle } : { input, link, settle });
      this.#running ??= this.#run();
    });
  }

  intent(intent: Intent): Promise<void> {
    return this.push({ type: 'intent', intent });
  }

  /** The page goes away or sleeps: the others see it at once, and not after a silence. */
  suspend(): void {
    this.#drop();
    this.#tell({ type: 'disconnected' });
  }

  /** Resolves when everything that was asked for before is kept safe. */
  async close(): Promise<void> {
    this.#left = true;
    this.#drop();
    this.#stopWaking();
    await this.#running;
  }

  /** For what nobody waits for. */
  #tell(input: Input, link?: number): void {
    this.push(input, link).catch(() => {
      // Only a session that is over refuses, and it has said so.
    });
  }

  async #run(): Promise<void> {
    // `#running` must be set before a step pushes in its turn.
    await null;
    for (let entry = this.#inbox.shift(); entry; entry = this.#inbox.shift()) {
      try {
        if (this.#broken) throw wireError('internal');
        if (entry.link === undefined || entry.link === this.#link) await this.#step(entry.input);
        entry.settle();
      } catch (error) {
        entry.settle(this.#explain(error));
      }
    }
    this.#running = null;
  }

  async #step(input: Input): Promise<void> {
    const failure = await this.#carryOut(input);
    if (failure && input.type === 'intent') await this.#carryOut({ type: 'not_kept' });
    this.#flush();
    this.#sleep();
    if (failure) throw failure.error;
  }

  /** After the first thing that could not be kept nothing more is written, and of an intent nothing is sent either (contract of
   * crates/session); what failed. */
  async #carryOut(input: Input): Promise<{ error: unknown } | null> {
    const random = crypto.getRandomValues(new Uint8Array(16));
    const outputs = JSON.parse(this.machine.handle(JSON.stringify(input), Date.now(), random)) as Output[];
    let failure: { error: unknown } | null = null;
    for (const output of outputs) {
      if (output.type === 'view') {
        this.#views.push(output.update);
      } else if (output.type === 'persist') {
        if (failure) continue;
        this.#flush();
        failure = await this.#keep(output.op);
      } else if (!failure || output.type !== 'transmit' || input.type !== 'intent') {
        this.#flush();
        this.#perform(output);
      }
    }
    return failure;
  }

  async #keep(op: PersistOp): Promise<{ error: unknown } | null> {
    try {
      await this.surroundings.persist(op);
      return null;
    } catch (error) {
      return { error };
    }
  }

  #perform(output: Exclude<Output, { type: 'view' | 'persist' }>): void {
    switch (output.type) {
      case 'connect':
        if (!this.#left) this.#connect();
        return;
      case 'transmit':
        if (this.#socket?.readyState === OPEN) this.#socket.send(output.text);
        return;
      case 'disconnect':
        return this.#drop();
      case 'signal':
      case 'direct_files':
        return this.#tellDirect(output);
    }
  }

  #tellDirect(output: DirectOutput): void {
    try {
      if (!this.#left) this.surroundings.direct?.(output);
    } catch (error) {
      // Files that stumble must not keep messages from being sent.
      reportError(error);
    }
  }

  #flush(): void {
    const views = this.#views.splice(0);
    if (views.length === 0 || this.#left) return;
    try {
      this.surroundings.show(views);
    } catch (error) {
      // A page that stumbles over a view must not keep messages from being sent.
      reportError(error);
    }
  }

  #sleep(): void {
    this.#stopWaking();
    const wake = this.machine.next_wake();
    if (wake === undefined || this.#left) return;
    const delay = Math.min(Math.max(0, wake - Date.now()), TIMER_MAX);
    this.#stopWaking = this.surroundings.alarm.set(() => this.#tell({ type: 'tick' }), delay);
  }

  #connect(): void {
    this.#drop();
    const link = this.#link;
    let socket: Socket;
    try {
      socket = this.surroundings.openSocket();
    } catch {
      return this.#tell({ type: 'disconnected' }, link);
    }
    this.#socket = socket;
    let opened = false;
    this.#connectTimer = setTimeout(() => this.#lost(link), CONNECT_WITHIN);
    socket.onopen = () => {
      opened = true;
      clearTimeout(this.#connectTimer);
      this.#tell({ type: 'connected' }, link);
    };
    socket.onmessage = ({ data }: MessageEvent<unknown>) => {
      // The portal speaks text; anything else is unreadable to the machine as well, which then starts anew.
      this.#tell({ type: 'received', text: typeof data === 'string' ? data : '' }, link);
    };
    socket.onclose = () => {
      if (opened) this.#tell({ type: 'disconnected' }, link);
      else void this.#refused(link);
    };
  }

  /** A socket that was turned away says nothing to scripts; an ordinary request does. */
  async #refused(link: number): Promise<void> {
    if (link !== this.#link) return;
    const why = await this.surroundings.askWhy();
    if (link !== this.#link) return;
    clearTimeout(this.#connectTimer);
    this.#tell(why, link);
  }

  #lost(link: number): void {
    if (link !== this.#link) return;
    this.#drop();
    this.#tell({ type: 'disconnected' });
  }

  /** Lets go of the connection; nothing of it is heard any more. */
  #drop(): void {
    this.#link += 1;
    clearTimeout(this.#connectTimer);
    const socket = this.#socket;
    this.#socket = null;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = socket.onerror = null;
    socket.close();
  }

  /** What went wrong in a step. A machine that trapped is in no known state: it is used no more. */
  #explain(error: unknown): unknown {
    if (!(error instanceof WebAssembly.RuntimeError))
      return isWireError(error) ? error : wireError('malformed');
    const failure = wireError('internal');
    const state: ConnectionState = { state: 'closed', code: failure.code, message: failure.message };
    this.#views.push({ type: 'connection', state });
    this.#flush();
    this.#broken = true;
    this.#drop();
    this.#stopWaking();
    return failure;
  }
}
