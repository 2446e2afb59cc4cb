// What links ask of this side's disk: reading what was picked, keeping what comes, and the journals of both.
import type { Attachment, AttachmentId, SessionId } from '$lib/proto';
import type { Books } from './books';
import type { Business } from './business';
import { Incoming } from './incoming';
import type { FileList, WriteFailure } from './machine';
import type { DiskOutput, Peer } from './peer';
import type { Room } from './room';
import type { Source } from './source';
import { failureOf } from './store';

export interface DiskSideHost {
  /** It is whole, and where the person wants it. */
  received(business: Business, digest: string): void;
  /** Everything that the log says of it. */
  business(attachment: AttachmentId): Business[];
}

export class DiskSide {
  readonly #incoming = new Map<AttachmentId, Incoming>();
  /** What is to be done for an attachment, one after the other. */
  readonly #turns = new Map<AttachmentId, Promise<void>>();

  constructor(
    private readonly session: SessionId,
    private readonly books: Books,
    private readonly room: Room,
    private readonly sources: ReadonlyMap<AttachmentId, Source>,
    private readonly host: DiskSideHost,
  ) {}

  incoming(attachment: Attachment): Incoming {
    const known = this.#incoming.get(attachment.id);
    if (known) return known;
    const made = new Incoming(attachment, this.session, this.books, this.room);
    this.#incoming.set(attachment.id, made);
    return made;
  }

  /** Tells the link of an attachment, with the journal of what was done before. `false`: nobody knows what is in it. */
  async begin(peer: Peer, { attachment, way }: Business): Promise<boolean> {
    const { id, direct, size } = attachment;
    if (way === 'receiving') {
      const { kind = 'file', files = 1 } = direct ?? {};
      // What an earlier endpoint asked of the disk is done first.
      await this.#turns.get(id);
      const standing = await this.incoming(attachment).standing();
      peer.step({ type: 'accept', attachment: id, kind, size, files }, standing);
      return true;
    }
    const manifest = await this.#list(attachment);
    if (!manifest) return false;
    peer.step({ type: 'offer', attachment: id, manifest }, await this.books.standing(id));
    return true;
  }

  perform(peer: Peer, output: DiskOutput, carried: Uint8Array<ArrayBuffer>): void {
    if (output.type === 'read') void this.#read(peer, output);
    else this.#then(output.attachment, () => this.#carryOut(peer, output, carried));
  }

  async #list({ id, name, size, direct }: Attachment): Promise<FileList | undefined> {
    const known = this.sources.get(id)?.list ?? (await this.books.note(id))?.list;
    if (known || direct?.kind === 'folder') return known;
    return { kind: 'file', entries: [{ path: name, size }] };
  }

  async #read(peer: Peer, output: Extract<DiskOutput, { type: 'read' }>): Promise<void> {
    const { attachment, block, len } = output;
    const read = (await this.sources.get(attachment)?.read(output, len)) ?? 'gone';
    if (typeof read === 'string') peer.step({ type: 'read_done', attachment, block, failure: read });
    else peer.step({ type: 'read_done', attachment, block }, read);
  }

  async #carryOut(
    peer: Peer,
    output: Exclude<DiskOutput, { type: 'read' }>,
    carried: Uint8Array<ArrayBuffer>,
  ): Promise<void> {
    const { attachment } = output;
    switch (output.type) {
      case 'prepare':
        return peer.step({
          type: 'prepared',
          attachment,
          ...(await this.#try(() => this.#prepare(peer, attachment))),
        });
      case 'write': {
        const written = await this.#try(() => this.#of(attachment)?.write(output, carried));
        return peer.step({ type: 'write_done', attachment, block: output.block, ...written });
      }
      case 'persist':
        return this.#persist(attachment, carried, output.replace);
      case 'finish': {
        const finished = await this.#try(() => this.#finish(peer, attachment));
        if (finished.failure === undefined) this.#tellReceived(attachment, output.digest);
        return peer.step({ type: 'finished', attachment, ...finished });
      }
      case 'ended':
        return this.#end(peer, attachment);
    }
  }

  async #prepare(peer: Peer, attachment: AttachmentId): Promise<void> {
    const list = peer.list(attachment);
    if (list) await this.#of(attachment)?.prepare(list);
  }

  async #finish(peer: Peer, attachment: AttachmentId): Promise<void> {
    const list = peer.list(attachment);
    if (list) await this.#of(attachment)?.finish(list);
  }

  /** A journal that cannot be written costs what was done since, nothing else. */
  async #persist(attachment: AttachmentId, record: Uint8Array, replace: boolean): Promise<void> {
    const incoming = this.#incoming.get(attachment);
    if (incoming) await incoming.persist(record, replace);
    else await this.books.append(attachment, record, replace);
  }

  #tellReceived(attachment: AttachmentId, digest: string): void {
    const [business] = this.host.business(attachment);
    if (business) this.host.received(business, digest);
  }

  /** Of a receiver's: everything but what was received whole goes. A sender's journal serves its other recipients. */
  async #end(peer: Peer, attachment: AttachmentId): Promise<void> {
    const incoming = this.#incoming.get(attachment);
    const state = peer.views().find((view) => view.attachment === attachment)?.state;
    if (incoming && state?.type !== 'done') await incoming.drop();
    if (incoming) this.#incoming.delete(attachment);
    if (state?.type === 'cancelled') await this.#noteCancelled(attachment, peer);
    const others = this.host.business(attachment).filter((one) => one.open && one.peer !== peer.pair.peer);
    if (!incoming && others.length === 0) await this.books.dropStanding(attachment);
  }

  async #noteCancelled(attachment: AttachmentId, { pair }: Peer): Promise<void> {
    const note = (await this.books.note(attachment)) ?? { attachment, session: this.session };
    const cancelled = new Set([...(note.cancelled ?? []), pair.peer]);
    await this.books.putNote({ ...note, cancelled: [...cancelled] });
  }

  #of(attachment: AttachmentId): Incoming | undefined {
    const [business] = this.host.business(attachment);
    return this.#incoming.get(attachment) ?? (business && this.incoming(business.attachment));
  }

  async #try(act: () => Promise<void> | undefined): Promise<{ failure?: WriteFailure }> {
    try {
      await act();
      return {};
    } catch (error) {
      return { failure: failureOf(error) };
    }
  }

  #then(attachment: AttachmentId, act: () => Promise<void>): void {
    const before = this.#turns.get(attachment) ?? Promise.resolve();
    const turn = before.then(act).catch((error: unknown) => reportError(error));
    this.#turns.set(attachment, turn);
    void turn.then(() => this.#turns.get(attachment) === turn && this.#turns.delete(attachment));
  }
}
