// What one does with the files of a session: one menu, one viewer and one question for all of them.
import { SvelteMap, SvelteSet } from 'svelte/reactivity';
import { announce } from '$app/announce.svelte';
import { t } from '$lib/i18n';
import type { Saved, SaveHow } from '$lib/platform';
import type { AttachmentId, AttachmentItem } from '$lib/proto';
import { asMessage, type MessageOf } from '$lib/session/chat.svelte';
import { copyText } from '$lib/session/messageActions';
import type { Room } from '$lib/session/room.svelte';
import { errorText } from '$lib/util/errors';
import { visibleName } from '$lib/util/fileName';
import { percent } from '$lib/util/size';
import { type FileRef, isAsked, isRevocable } from './fileState';

/** Milliseconds after which a save is long enough to be told of on its way. */
const LONG = 3_000;

/** A save, while it runs and after it. */
export interface Job {
  /** Percent while it runs. */
  percent?: number;
  /** What became of it. */
  note?: string;
  failed?: boolean;
}

/** Where something opens: an element, or the point of a click. */
export type Anchor = HTMLElement | { getBoundingClientRect(): DOMRect };

export interface Opened {
  what: 'menu' | 'recipients';
  ref: FileRef;
  anchor: Anchor;
  /** Gets the focus back. */
  back: HTMLElement | null;
}

export class RoomFiles {
  opened = $state.raw<Opened | null>(null);
  /** The picture, video or audio that fills the window. */
  viewed = $state.raw<{ id: AttachmentId; back: HTMLElement | null } | null>(null);
  /** What somebody is asked about before it is taken back; `all`: everything one offers. */
  revoking = $state.raw<FileRef | 'all' | null>(null);
  /** Messages of which every file is shown. */
  readonly expanded = new SvelteSet<string>();
  /** Videos and audio that somebody has started: nothing is loaded of the others. */
  readonly started = new SvelteSet<AttachmentId>();
  readonly jobs = new SvelteMap<AttachmentId, Job>();
  /** Saved on this computer since the room was opened. */
  readonly saved = new SvelteSet<AttachmentId>();
  /** Seconds into what was played, so that a row that comes back goes on there. */
  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- nothing that is shown depends on it
  readonly positions = new Map<AttachmentId, number>();
  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- nothing that is shown depends on it
  readonly #confirmed = new Set<AttachmentId>();

  constructor(readonly room: Room) {}

  open(what: Opened['what'], ref: FileRef, anchor: Anchor, back: HTMLElement | null): void {
    this.opened = { what, ref, anchor, back };
  }

  view(id: AttachmentId, back: HTMLElement | null): void {
    this.viewed = { id, back };
  }

  /** Saves a file; who was offered it and has it whole says so once. */
  async save(ref: FileRef, how: SaveHow): Promise<void> {
    const { handle } = this.room;
    const { file } = ref;
    if (!handle || this.jobs.get(file.id)?.percent !== undefined) return;
    this.jobs.set(file.id, { percent: 0 });
    try {
      const outcome = await handle.saveAttachment(file, how, this.#progress(file));
      this.#done(file, outcome);
      if (outcome.saved && outcome.verified) await this.#confirm(ref);
    } catch (error) {
      const note = errorText(error);
      this.jobs.set(file.id, { note, failed: true });
      announce(note);
    }
  }

  async saveAll(files: readonly AttachmentItem[]): Promise<void> {
    try {
      const outcome = await this.room.handle?.saveAll(files);
      if (outcome?.saved)
        announce(outcome.path ? t('file.savedTo', { path: outcome.path }) : t('files.zipped'));
    } catch (error) {
      announce(errorText(error));
    }
  }

  async showInFolder({ file }: FileRef): Promise<void> {
    await this.room.handle?.showInFolder?.(file).catch((error: unknown) => announce(errorText(error)));
  }

  async copyLink({ message }: FileRef): Promise<void> {
    if (message.seq !== undefined) await copyText(await this.room.linkTo(message.seq));
  }

  /** Answers those of `files` that one is asked about. */
  async answer(message: MessageOf, files: readonly AttachmentItem[], accept: boolean): Promise<void> {
    const { seq } = message;
    const asked = files.filter((file) => isAsked(file) && (accept || file.yours === 'pending'));
    const [first] = asked;
    if (seq === undefined || !first || this.room.ended) return;
    const name = visibleName(first.name);
    try {
      const attachments = asked.map(({ id }) => id);
      await this.room.intent({ type: 'answer', target: seq, attachments, accept });
      announce(t(accept ? 'file.didAccept' : 'file.didDecline', { name, count: asked.length }));
    } catch (error) {
      announce(errorText(error));
    }
  }

  /** Takes back what is offered, message by message; answers how many files. */
  async revoke(what: FileRef | 'all'): Promise<number> {
    const offers =
      what === 'all' ? this.offers() : [{ target: what.message.seq ?? 0, attachments: [what.file.id] }];
    let count = 0;
    for (const { target, attachments } of offers) {
      await this.room.intent({ type: 'revoke', target, attachments });
      count += attachments.length;
    }
    return count;
  }

  /** What one still offers, by the place of its message, among what is loaded. */
  offers(): { target: number; attachments: AttachmentId[] }[] {
    return this.room.items.flatMap((item) => {
      const message = asMessage(item);
      if (message?.seq === undefined || !message.kind.own) return [];
      const files = message.kind.attachments.filter((file) => isRevocable({ file, message }));
      return files.length > 0 ? [{ target: message.seq, attachments: files.map(({ id }) => id) }] : [];
    });
  }

  #progress({ id, name, size }: AttachmentItem) {
    const began = Date.now();
    let told = 0;
    return ({ sent }: { sent: number }) => {
      const done = percent(sent, size);
      this.jobs.set(id, { percent: done });
      const quarter = Math.floor(done / 25);
      if (quarter <= told || quarter > 3) return;
      told = quarter;
      if (Date.now() - began > LONG)
        announce(t('file.saving', { name: visibleName(name), percent: quarter * 25 }));
    };
  }

  #done({ id, name }: AttachmentItem, { saved, path }: Saved): void {
    if (!saved) {
      this.jobs.delete(id);
      return;
    }
    this.saved.add(id);
    if (path) this.jobs.set(id, { note: t('file.savedTo', { path }) });
    else this.jobs.delete(id);
    announce(path ? t('file.savedTo', { path }) : t('file.saved', { name: visibleName(name) }));
  }

  async #confirm({ file, message }: FileRef): Promise<void> {
    const { seq } = message;
    if (file.yours !== 'accepted' || seq === undefined || this.room.ended || this.#confirmed.has(file.id))
      return;
    this.#confirmed.add(file.id);
    const intent = { type: 'confirm' as const, target: seq, attachments: [file.id] };
    // The file is here all the same; the next save says it again.
    await this.room.intent(intent).catch(() => this.#confirmed.delete(file.id));
  }
}
