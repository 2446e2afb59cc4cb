// One RTCPeerConnection with one data channel. Channels of one connection share its congestion control, so a connection is a lane.
import type { SignalSaid } from './machine';
import type { Lane, LaneEvents } from './lane';
import { announces } from './sdp';

/** Both sides create the channel with this label and id (crates/direct/src/lane/webrtc). */
const LABEL = 'deskside';
const CHANNEL = 0;
/** Bytes in the browser's own queue: as much as a long line takes until it is asked again. Chromium breaks off at 16 MiB. */
const BUFFER = 2 * 1024 * 1024;
/** Bytes of a message that every browser takes. */
export const MESSAGE_MAX = 64 * 1024;
/** Candidates taken from a peer: each costs checks to an address that the peer names. */
const CANDIDATES_MAX = 64;
/** Milliseconds for a connection to open. */
const OPEN_WITHIN = 20_000;
/** Milliseconds before the first message: a desktop drops what comes in the moment before it knows the channel. */
const SETTLE = 150;

export interface RtcOptions {
  /** Number of this connection in the pair. */
  link: number;
  initiates: boolean;
  certificate: RTCCertificate;
  iceServers: RTCIceServer[];
  /** SHA-256 in hex, pinned at the meeting. */
  peerCertificate: string;
  /** Bytes of the longest message the peer takes. */
  messageMax: number;
  signal(body: SignalSaid): void;
  events: LaneEvents;
}

export class RtcLane implements Lane {
  readonly kind = 'webrtc';
  readonly #connection: RTCPeerConnection;
  readonly #channel: RTCDataChannel;
  #early: RTCIceCandidateInit[] = [];
  #candidates = 0;
  #over = false;
  #opened = false;
  /** Descriptions one after the other. */
  #turn: Promise<void> = Promise.resolve();
  readonly #patience: ReturnType<typeof setTimeout>;

  constructor(private readonly options: RtcOptions) {
    const { certificate, iceServers, events } = options;
    this.#connection = new RTCPeerConnection({ certificates: [certificate], iceServers });
    this.#channel = this.#connection.createDataChannel(LABEL, { negotiated: true, id: CHANNEL });
    this.#patience = setTimeout(() => this.#fail(), OPEN_WITHIN);
    const connection = this.#connection;
    connection.onicecandidate = ({ candidate }) => {
      if (!candidate || candidate.candidate === '') return;
      const { link } = this.options;
      options.signal({ type: 'candidate', link, candidate: JSON.stringify(candidate.toJSON()) });
    };
    connection.onconnectionstatechange = () => {
      if (['failed', 'closed'].includes(connection.connectionState)) this.#fail();
    };
    const channel = this.#channel;
    channel.binaryType = 'arraybuffer';
    channel.bufferedAmountLowThreshold = BUFFER / 2;
    channel.onopen = () => {
      clearTimeout(this.#patience);
      this.#opened = true;
      setTimeout(() => {
        if (channel.readyState === 'open') events.open();
      }, SETTLE);
    };
    channel.onclose = channel.onerror = () => this.#fail();
    channel.onbufferedamountlow = () => events.writable();
    channel.onmessage = ({ data }: MessageEvent<unknown>) => {
      // The protocol has no texts: whoever sends one speaks another.
      if (data instanceof ArrayBuffer) events.message(new Uint8Array(data));
      else this.#fail();
    };
    if (options.initiates) this.#offer();
  }

  get link(): number {
    return this.options.link;
  }

  get isOpen(): boolean {
    return this.#opened && !this.#over;
  }

  get maxMessage(): number {
    const agreed = this.#connection.sctp?.maxMessageSize ?? MESSAGE_MAX;
    return Math.min(MESSAGE_MAX, this.options.messageMax, agreed);
  }

  free(): number {
    return Math.max(0, BUFFER - this.#channel.bufferedAmount);
  }

  send(bytes: Uint8Array<ArrayBuffer>): void {
    try {
      this.#channel.send(bytes);
    } catch {
      this.#fail();
    }
  }

  /** Looks for paths anew: the side that offered does. */
  restart(): void {
    // An offer that is out already is answered first.
    const isAsking = this.#connection.signalingState !== 'stable';
    if (!this.options.initiates || this.#over || isAsking) return;
    this.#candidates = 0;
    this.#connection.restartIce();
    this.#offer();
  }

  /** Takes what the peer says of this connection. */
  hear(body: SignalSaid): void {
    if (this.#over) return;
    if (body.type === 'offer' && !this.options.initiates) this.#describe({ type: 'offer', sdp: body.sdp });
    else if (body.type === 'answer' && this.options.initiates)
      this.#describe({ type: 'answer', sdp: body.sdp });
    else if (body.type === 'candidate') this.#candidate(body.candidate);
  }

  /** Milliseconds there and back on the chosen path; what kinds of candidates there were. */
  async measure(): Promise<{ roundTrip: number | null; reflexive: boolean }> {
    const measured = { roundTrip: null as number | null, reflexive: false };
    if (this.#over) return measured;
    const report = await this.#connection.getStats().catch(() => null);
    report?.forEach((entry: Record<string, unknown>) => {
      if (entry.type === 'candidate-pair' && entry.nominated === true && entry.state === 'succeeded')
        measured.roundTrip = Number(entry.currentRoundTripTime ?? 0) * 1000;
      if (entry.type === 'local-candidate' && entry.candidateType !== 'host') measured.reflexive = true;
    });
    return measured;
  }

  close(): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#patience);
    this.#channel.onclose = this.#channel.onerror = this.#channel.onmessage = null;
    this.#connection.onconnectionstatechange = this.#connection.onicecandidate = null;
    this.#connection.close();
  }

  #offer(): void {
    this.#then(async () => {
      await this.#connection.setLocalDescription(await this.#connection.createOffer());
      const { sdp = '' } = this.#connection.localDescription ?? {};
      this.options.signal({ type: 'offer', link: this.link, sdp });
    });
  }

  #describe(description: RTCSessionDescriptionInit): void {
    if (!announces(description.sdp ?? '', this.options.peerCertificate)) return this.#fail();
    this.#then(async () => {
      await this.#connection.setRemoteDescription(description);
      if (description.type === 'offer') {
        this.#candidates = 0;
        await this.#connection.setLocalDescription(await this.#connection.createAnswer());
        const { sdp = '' } = this.#connection.localDescription ?? {};
        this.options.signal({ type: 'answer', link: this.link, sdp });
      }
      for (const candidate of this.#early.splice(0)) await this.#add(candidate);
    });
  }

  #candidate(json: string): void {
    this.#candidates += 1;
    if (this.#candidates > CANDIDATES_MAX) return;
    const candidate = parsed(json);
    if (!candidate) return this.#fail();
    this.#then(async () => {
      if (this.#connection.remoteDescription) await this.#add(candidate);
      else this.#early.push(candidate);
    });
  }

  /** One of a kind that this browser cannot use is no reason to end: others follow. */
  async #add(candidate: RTCIceCandidateInit): Promise<void> {
    await this.#connection.addIceCandidate(candidate).catch(() => {});
  }

  #then(act: () => Promise<void>): void {
    this.#turn = this.#turn.then(act).catch(() => this.#fail());
  }

  #fail(): void {
    if (this.#over) return;
    this.close();
    this.options.events.closed();
  }
}

function parsed(json: string): RTCIceCandidateInit | null {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' ? (value as RTCIceCandidateInit | null) : null;
  } catch {
    return null;
  }
}
