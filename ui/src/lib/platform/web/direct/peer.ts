// One endpoint of another participant: the meeting with it, the lanes to it, and the link that sends over them.
import type { PeerCapabilities, RelayedWhy, TransferView } from '$lib/proto';
import type { Alarm } from '../alarm';
import type { Keys } from './keys';
import type { Lane } from './lane';
import {
  type Core,
  type FileList,
  type LinkInput,
  type LinkMachine,
  type LinkOutput,
  type MeetingMachine,
  type MeetingStep,
  type Pair,
  random,
  type Shown,
  type SignalSaid,
} from './machine';
import { Lines } from './lines';
import { MESSAGE_MAX } from './rtc';
import type { RelaySocket } from './relay';

/** Bytes of content in memory for each direction. */
const WINDOW = 12 * 1024 * 1024;
/** Milliseconds between two tries of a meeting, and how many there are. */
const MEET_EVERY = 3_000;
const MEET_TRIES = 5;
/** Bytes by which a lane's room must have grown to be told again. */
const ROOM_STEP = 256 * 1024;
const RANK = { webrtc: 2, relay: 1 } as const;

export const CAPABILITIES: PeerCapabilities = {
  quic: false,
  relay: true,
  message_max: MESSAGE_MAX,
  browser: true,
};

export interface Ways {
  iceServers: RTCIceServer[];
  relay: boolean;
}

export interface PeerHost {
  core: Core;
  keys: Keys;
  alarm: Alarm;
  ways(): Promise<Ways>;
  signal(body: SignalSaid): void;
  openRelay(): RelaySocket;
  /** Both know each other, for the first time. */
  met(peer: Peer): void;
  /** What the link asks of the disk. */
  disk(peer: Peer, output: DiskOutput, carried: Uint8Array<ArrayBuffer>): void;
  changed(): void;
  /** Whether anything is to be carried. */
  isBusy(peer: Peer): boolean;
  /** It is of no use any more. */
  over(peer: Peer): void;
}

export type DiskOutput = Extract<
  LinkOutput,
  { type: 'read' | 'prepare' | 'write' | 'persist' | 'finish' | 'ended' }
>;

interface Carried {
  lane: Lane;
  /** Bytes that the link thinks it may send. */
  credit: number;
}

export class Peer {
  readonly initiates: boolean;
  /** Attachments that the link knows, and those of them that the log calls received. */
  readonly begun = new Set<string>();
  readonly confirmed = new Set<string>();
  /** When anything came from there, in milliseconds of the page's clock. */
  heardAt = performance.now();
  shown: Shown | null = null;
  readonly #link: LinkMachine;
  readonly #meeting: MeetingMachine;
  readonly #lines: Lines;
  readonly #carriers = new Map<number, Carried>();
  #nextCarrier = 0;
  #draining = false;
  #wakeAt = Infinity;
  #stopWaking = () => {};
  #tries = 0;
  #meetTimer: ReturnType<typeof setTimeout> | undefined;
  #over = false;
  #facts: { code: string | undefined; relayed_why: RelayedWhy | undefined } = {
    code: undefined,
    relayed_why: undefined,
  };

  constructor(
    readonly pair: Pair,
    private readonly host: PeerHost,
  ) {
    const { core, keys } = host;
    this.#link = core.link(pair.peer, Date.now(), WINDOW);
    const ours = { identity: keys.identity, capabilities: CAPABILITIES };
    this.#meeting = core.meeting(pair, ours, random(32));
    this.initiates = this.#meeting.initiates();
    this.#lines = new Lines(this, host);
  }

  get isOver(): boolean {
    return this.#over;
  }

  get isUp(): boolean {
    return this.#carriers.size > 0;
  }

  views(): TransferView[] {
    return this.#over ? [] : (JSON.parse(this.#link.views()) as TransferView[]);
  }

  list(attachment: string): FileList | null {
    const list = this.#over ? undefined : this.#link.manifest(attachment);
    return list === undefined ? null : (JSON.parse(list) as FileList);
  }

  /** Says its part of the meeting again until both know each other. */
  meet(): void {
    clearTimeout(this.#meetTimer);
    if (this.#over || this.shown) return;
    this.#meetTimer = setTimeout(() => {
      this.#tries += 1;
      if (this.#tries > MEET_TRIES) return this.close();
      this.host.signal(JSON.parse(this.#meeting.begin()) as SignalSaid);
      this.meet();
    }, MEET_EVERY);
  }

  /** Takes what the endpoint says through the portal. */
  hear(body: SignalSaid): void {
    if (this.#over) return;
    this.heardAt = performance.now();
    switch (body.type) {
      case 'seek':
      case 'commit':
      case 'reveal':
        return this.#meet(body);
      case 'bye':
        return this.close();
      default:
        if (this.shown) this.#lines.hear(body);
    }
  }

  step(input: LinkInput, carried?: Uint8Array): void {
    if (this.#over) return;
    this.#link.handle(JSON.stringify(input), performance.now(), carried);
    this.#drain();
  }

  /** A number for a lane; none is used twice. */
  newCarrier(): number {
    return (this.#nextCarrier += 1);
  }

  /** A lane can be used from now on. */
  raise(carrier: number, lane: Lane): void {
    const { kind, maxMessage: max_message } = lane;
    const credit = lane.free();
    this.#carriers.set(carrier, { lane, credit });
    this.step({ type: 'carrier_up', carrier, kind, max_message, rank: RANK[kind] });
    this.step({ type: 'writable', carrier, free_bytes: credit });
  }

  lower(carrier: number): void {
    if (this.#carriers.delete(carrier)) this.step({ type: 'carrier_down', carrier });
  }

  receive(carrier: number, bytes: Uint8Array): void {
    this.heardAt = performance.now();
    if (this.#carriers.has(carrier)) this.step({ type: 'received', carrier }, bytes);
  }

  refill(carrier: number): void {
    const carried = this.#carriers.get(carrier);
    if (!carried) return;
    carried.credit = carried.lane.free();
    this.step({ type: 'writable', carrier, free_bytes: carried.credit });
  }

  relayedWhy(relayed_why: RelayedWhy | undefined): void {
    this.#tell({ code: this.#facts.code, relayed_why });
  }

  /** The network changed, or the page was asleep. */
  hurry(): void {
    this.#lines.restart();
  }

  close(sayBye = false): void {
    if (this.#over) return;
    if (sayBye) this.host.signal({ type: 'bye' });
    this.#over = true;
    clearTimeout(this.#meetTimer);
    this.#stopWaking();
    this.#lines.close();
    this.#carriers.clear();
    // A step that runs still holds it.
    queueMicrotask(() => {
      this.#link.free();
      this.#meeting.free();
    });
    this.host.over(this);
  }

  #meet(body: SignalSaid): void {
    let steps: MeetingStep[];
    try {
      steps = JSON.parse(this.#meeting.receive(JSON.stringify(body), random(32))) as MeetingStep[];
    } catch {
      // Keys that are not those that were announced: nothing is begun with whoever shows them.
      return this.close();
    }
    for (const step of steps) {
      if (step.type === 'send') this.host.signal(step.body);
      else this.#met(step.peer, step.code);
    }
  }

  #met(shown: Shown, code: string): void {
    clearTimeout(this.#meetTimer);
    const before = this.shown?.identity;
    const { certificate, noise } = shown.identity;
    // The same endpoint with other keys is somebody else.
    if (before && (before.certificate !== certificate || before.noise !== noise)) return this.close();
    this.shown = shown;
    this.#tell({ ...this.#facts, code });
    if (!before) this.host.met(this);
    this.#lines.open();
  }

  #tell(facts: { code: string | undefined; relayed_why: RelayedWhy | undefined }): void {
    this.#facts = facts;
    this.step({ type: 'facts', ...facts });
  }

  #drain(): void {
    if (this.#draining) return;
    this.#draining = true;
    try {
      for (;;) {
        const text = this.#over ? undefined : this.#link.poll();
        if (text === undefined) break;
        this.#perform(JSON.parse(text) as LinkOutput);
      }
    } finally {
      this.#draining = false;
    }
    if (this.#over) return;
    for (const [carrier, { lane, credit }] of this.#carriers)
      if (lane.free() > credit + ROOM_STEP) queueMicrotask(() => this.refill(carrier));
    this.#sleep();
  }

  #perform(output: LinkOutput): void {
    switch (output.type) {
      case 'send':
        return this.#send(output.carrier, this.#carried());
      case 'changed':
        return this.host.changed();
      case 'stalled':
        return this.#lines.stalled(output.carrier);
      case 'replace':
        return this.#lines.replace(output.carrier);
      case 'broken':
        return this.#lines.close();
      case 'write':
      case 'persist':
        return this.host.disk(this, output, this.#carried());
      default:
        return this.host.disk(this, output, new Uint8Array());
    }
  }

  /** A copy of its own, outside of the module's memory. */
  #carried(): Uint8Array<ArrayBuffer> {
    return this.#link.carried() as Uint8Array<ArrayBuffer>;
  }

  #send(carrier: number, bytes: Uint8Array<ArrayBuffer>): void {
    const carried = this.#carriers.get(carrier);
    if (!carried) return;
    carried.credit -= bytes.byteLength;
    carried.lane.send(bytes);
  }

  /** One alarm for the earliest deadline; one that rings early only looks again. */
  #sleep(): void {
    const deadline = this.#link.next_deadline();
    if (deadline === undefined || deadline >= this.#wakeAt) return;
    this.#stopWaking();
    this.#wakeAt = deadline;
    const ring = () => {
      this.#wakeAt = Infinity;
      this.step({ type: 'tick' });
    };
    this.#stopWaking = this.host.alarm.set(ring, Math.max(1, Math.ceil(deadline - performance.now())));
  }
}
