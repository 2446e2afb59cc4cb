// What the wasm module (crates/web/src/direct) takes and gives: control as JSON, content as bytes beside it.
import type {
  AttachmentId,
  DirectKind,
  EndpointId,
  LaneKind,
  ParticipantId,
  PeerCapabilities,
  PeerIdentity,
  RelayedWhy,
  SessionId,
  SignalBody,
  TransferFailure,
} from '$lib/proto';

/** What an attachment holds; paths below a folder with '/' between their parts. */
export interface FileList {
  kind: DirectKind;
  entries: FileEntry[];
}

export interface FileEntry {
  path: string;
  /** Bytes; absent for a folder. */
  size?: number;
}

export type ReadFailure = 'gone' | 'changed' | 'disk';
export type WriteFailure = 'disk_full' | 'disk' | 'no_place' | 'lost';

type Of = { attachment: AttachmentId };

export type LinkInput =
  | { type: 'carrier_up'; carrier: number; kind: LaneKind; max_message: number; rank: number }
  | { type: 'carrier_down'; carrier: number }
  | { type: 'received'; carrier: number }
  | { type: 'writable'; carrier: number; free_bytes: number }
  | ({ type: 'offer'; manifest: FileList } & Of)
  | ({ type: 'accept'; kind: DirectKind; size: number; files: number } & Of)
  | ({ type: 'pause' | 'resume' | 'cancel' | 'mend' | 'forget' } & Of)
  | ({ type: 'fail'; failure: TransferFailure } & Of)
  | ({ type: 'confirmed'; digest: string } & Of)
  | { type: 'facts'; code: string | undefined; relayed_why: RelayedWhy | undefined }
  | ({ type: 'read_done'; block: number; failure?: ReadFailure } & Of)
  | ({ type: 'prepared' | 'finished'; failure?: WriteFailure } & Of)
  | ({ type: 'write_done'; block: number; failure?: WriteFailure } & Of)
  | { type: 'tick' };

/** Where bytes of a block lie: in which entry of the list, from which byte on. */
export interface Place {
  file: number;
  offset: number;
}

export type LinkOutput =
  | { type: 'send'; carrier: number }
  | ({ type: 'read'; block: number; len: number } & Of & Place)
  | ({ type: 'prepare' } & Of)
  | ({ type: 'changed' } & Of)
  | ({ type: 'ended' } & Of)
  | ({ type: 'write'; block: number } & Of & Place)
  | ({ type: 'persist'; replace: boolean } & Of)
  | ({ type: 'finish'; digest: string } & Of)
  | { type: 'stalled' | 'replace'; carrier: number }
  | { type: 'broken'; rule: string };

/** `WebLink`. */
export interface LinkMachine {
  handle(input: string, now: number, carried?: Uint8Array): void;
  poll(): string | undefined;
  carried(): Uint8Array;
  next_deadline(): number | undefined;
  views(): string;
  manifest(attachment: AttachmentId): string | undefined;
  free(): void;
}

/** A signal of a kind that this version knows. */
export type SignalSaid = Extract<SignalBody, { type: string }>;

/** What one side shows of itself. */
export interface Shown {
  identity: PeerIdentity;
  capabilities: PeerCapabilities;
}

export type MeetingStep = { type: 'send'; body: SignalSaid } | { type: 'met'; peer: Shown; code: string };

/** `WebMeeting`. */
export interface MeetingMachine {
  initiates(): boolean;
  begin(): string;
  receive(body: string, fresh: Uint8Array): string;
  free(): void;
}

/** `WebNoise`. */
export interface NoiseMachine {
  hello(): Uint8Array;
  hear(hello: Uint8Array): Uint8Array;
  seal(content: Uint8Array): Uint8Array;
  open(frame: Uint8Array): Uint8Array;
  free(): void;
}

/** Two endpoints of a session. */
export interface Pair {
  session: SessionId;
  me: ParticipantId;
  endpoint: EndpointId;
  peer: ParticipantId;
  peer_endpoint: EndpointId;
}

/** The part of the wasm module that direct transfer uses. */
export interface Core {
  link(peer: ParticipantId, incarnation: number, windowBytes: number): LinkMachine;
  meeting(pair: Pair, ours: Shown, nonce: Uint8Array): MeetingMachine;
  noise(pair: Pair, secret: Uint8Array, peer: string, ephemeral: Uint8Array): NoiseMachine;
  noisePublic(secret: Uint8Array): string;
}

export const random = (length: number) => crypto.getRandomValues(new Uint8Array(length));

export const hex = (bytes: Uint8Array) =>
  [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
