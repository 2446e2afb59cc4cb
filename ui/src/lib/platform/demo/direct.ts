// Direct transfer of the demo: nothing goes anywhere, by a timer.
import type {
  Attachment,
  AttachmentId,
  ParticipantId,
  TransferState,
  TransferView,
  WireError,
} from '$lib/proto';
import type { DirectAccess, Obstacle } from '../direct';
import type { PickedFile } from '../types';
import { CODE, DIGEST } from './directRows';
import { has, type World } from './world';

const MB = 1024 * 1024;
/** What a browser without a file system holds at most, with the flag `limit`. */
const LIMIT = 2 * 1024 * MB;
/** Steps in which a transfer goes from nothing to all. */
const STEPS = 40;
/** Bytes per second that it says. */
const RATE = 61 * MB;

interface Host {
  world: World;
  every(millis: number, run: () => void): void;
  /** Makes an attachment at the "portal". */
  store(file: PickedFile): AttachmentId;
  /** Forgets one that no message names. */
  drop(attachment: AttachmentId): void;
  /** The log says that `peer`, or oneself, has it. */
  received(view: TransferView): void;
}

export class DemoDirect implements DirectAccess {
  #views: TransferView[];
  /** Of those that move. */
  readonly #live = new Set<string>();
  #watchers = new Set<(views: readonly TransferView[]) => void>();

  constructor(
    readonly host: Host,
    views: readonly TransferView[],
  ) {
    this.#views = [...views];
    host.every(120, () => this.#tick());
  }

  onViews(callback: (views: readonly TransferView[]) => void): () => void {
    this.#watchers.add(callback);
    callback(this.#views);
    return () => this.#watchers.delete(callback);
  }

  ready(): Promise<void> {
    return Promise.resolve();
  }

  send(file: PickedFile): ReturnType<DirectAccess['send']> {
    let id: AttachmentId | null = null;
    const done = new Promise<AttachmentId>((resolve) =>
      setTimeout(() => resolve((id = this.host.store(file))), this.host.world.options.delay),
    );
    return { done, cancel: () => void (id !== null && this.host.drop(id)) };
  }

  obstacle(size: number): Obstacle | null {
    return has(this.host.world, 'limit') && size > LIMIT ? { why: 'memory', most: LIMIT } : null;
  }

  place({ id }: Attachment): Promise<boolean> {
    if (has(this.host.world, 'no-place')) return Promise.resolve(false);
    this.#turn(id, undefined, goOn);
    return Promise.resolve(true);
  }

  pause(attachment: AttachmentId, peer?: ParticipantId): Promise<void> {
    this.#turn(attachment, peer, (state) => {
      if (isOver(state)) return state;
      if (state.type !== 'paused') return { type: 'paused', by: 'you' };
      return state.by === 'peer' ? { type: 'paused', by: 'both' } : state;
    });
    return Promise.resolve();
  }

  resume(attachment: AttachmentId, peer?: ParticipantId): Promise<void> {
    this.#turn(attachment, peer, (state) => {
      if (state.type !== 'paused' || state.by === 'peer') return state;
      return state.by === 'both' ? { type: 'paused', by: 'peer' } : { type: 'connecting' };
    });
    return Promise.resolve();
  }

  cancel(attachment: AttachmentId, peer?: ParticipantId): Promise<void> {
    this.#turn(attachment, peer, (state) => (isOver(state) ? state : { type: 'cancelled', by: 'you' }));
    return Promise.resolve();
  }

  askSourceAgain({ id, size }: Attachment, file: PickedFile): Promise<void> {
    if (file.size !== size)
      return Promise.reject({ code: 'attachment_unknown', message: '' } satisfies WireError);
    this.#turn(id, undefined, goOn);
    return Promise.resolve();
  }

  /** Somebody has accepted it. */
  start({ id, size }: Attachment, peer: ParticipantId, way: TransferView['way']): void {
    if (this.#views.some((view) => view.attachment === id && view.peer === peer)) return;
    const view: TransferView = {
      attachment: id,
      peer,
      way,
      state: { type: 'waiting' },
      done: 0,
      size,
      rate: 0,
    };
    this.#views = [...this.#views, view];
    this.#turn(id, peer, () => ({ type: 'connecting' }));
  }

  /** What a person makes go on moves; the rows of the flags stand still until then, so that they can be looked at. */
  #turn(
    attachment: AttachmentId,
    peer: ParticipantId | undefined,
    next: (state: TransferState) => TransferState,
  ): void {
    this.#views = this.#views.map((view) => {
      const other = view.attachment !== attachment || (peer !== undefined && view.peer !== peer);
      const state = other ? view.state : next(view.state);
      if (state === view.state) return view;
      if (state.type === 'connecting') this.#live.add(keyOf(view));
      else this.#live.delete(keyOf(view));
      return still(view, state);
    });
    this.#tell();
  }

  #tick(): void {
    if (this.#live.size === 0) return;
    const before = this.#views;
    this.#views = before.map((view) => (this.#live.has(keyOf(view)) ? step(view) : view));
    for (const view of this.#views) {
      if (view.state.type !== 'done' || !this.#live.delete(keyOf(view))) continue;
      this.host.received(view);
    }
    this.#tell();
  }

  #tell(): void {
    for (const watcher of this.#watchers) watcher(this.#views);
  }
}

const keyOf = ({ attachment, peer }: TransferView) => `${attachment} ${peer}`;
const isOver = ({ type }: TransferState) => type === 'done' || type === 'cancelled' || type === 'failed';
const goOn = (state: TransferState): TransferState =>
  state.type === 'stalled' ? { type: 'connecting' } : state;

/** `view` in `state`, in which nothing moves. */
function still(view: TransferView, state: TransferState): TransferView {
  const { seconds_left: _left, lane: _lane, relayed_why: _why, ...rest } = view;
  return { ...rest, state, rate: 0 };
}

function step(view: TransferView): TransferView {
  const { size } = view;
  const done = Math.min(size, view.done + Math.ceil(size / STEPS));
  if (done === size) return { ...still(view, { type: 'done' }), done, digest: DIGEST };
  const seconds_left = Math.ceil((size - done) / RATE);
  return { ...view, state: { type: 'moving' }, lane: 'webrtc', code: CODE, done, rate: RATE, seconds_left };
}
