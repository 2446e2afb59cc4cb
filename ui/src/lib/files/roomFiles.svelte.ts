// The files of a session: what one does with any file, and what its sender and those it was offered to do.
import { SvelteSet } from 'svelte/reactivity';
import { announce } from '$app/announce.svelte';
import { t } from '$lib/i18n';
import type { AttachmentId, AttachmentItem } from '$lib/proto';
import { asMessage, type MessageOf } from '$lib/session/chat.svelte';
import type { Room } from '$lib/session/room.svelte';
import { errorText } from '$lib/util/errors';
import { visibleName } from '$lib/util/fileName';
import { FileDesk } from './desk.svelte';
import { filesOf } from './fileList';
import { type FileRef, isAsked, isRevocable } from './fileState';

export class RoomFiles extends FileDesk<FileRef> {
  /** What somebody is asked about before it is taken back; `all`: everything one offers. */
  revoking = $state.raw<FileRef | 'all' | null>(null);
  /** Messages of which every file is shown. */
  readonly expanded = new SvelteSet<string>();
  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- nothing that is shown depends on it
  readonly #confirmed = new Set<AttachmentId>();

  constructor(readonly room: Room) {
    super();
  }

  get platform() {
    return this.room.platform;
  }

  get access() {
    return this.room.handle;
  }

  override get asking(): boolean {
    return super.asking || this.revoking !== null || this.room.transfers.cancelling !== null;
  }

  get all(): FileRef[] {
    return filesOf(this.room.items);
  }

  async linkTo({ message }: FileRef): Promise<string | null> {
    return message.seq === undefined ? null : this.room.linkTo(message.seq);
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

  /** Answers those of `files` that one is asked about. */
  async answer(message: MessageOf, files: readonly AttachmentItem[], accept: boolean): Promise<void> {
    const { seq } = message;
    if (seq === undefined || this.room.ended) return;
    const { transfers } = this.room;
    try {
      const may = files.filter((file) => isAsked(file) && (accept || file.yours === 'pending'));
      // The places first, while the click lasts: what has none is not accepted.
      const asked = accept
        ? await transfers.placed(may.filter((file) => transfers.obstacle(file) === null))
        : may;
      const [first] = asked;
      if (!first) return void (may[0] && announce(t('direct.noPlace', { name: visibleName(may[0].name) })));
      const name = visibleName(first.name);
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

  /** Who was offered it says so, once. */
  protected async received({ file, message }: FileRef): Promise<void> {
    const { seq } = message;
    if (file.yours !== 'accepted' || seq === undefined || this.room.ended || this.#confirmed.has(file.id))
      return;
    this.#confirmed.add(file.id);
    const intent = { type: 'confirm' as const, target: seq, attachments: [file.id] };
    // The file is here all the same; the next save says it again.
    await this.room.intent(intent).catch(() => this.#confirmed.delete(file.id));
  }
}
