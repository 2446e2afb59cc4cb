// What stands in the composer, and what becomes of it: a message, a private note, an edit.
import { announce } from '$app/announce.svelte';
import { t } from '$lib/i18n';
import { errorText } from '$lib/util/errors';
import { type MessageOf, targetOf } from './chat.svelte';
import { MESSAGE_MAX_CHARS, textLength } from './composer';
import type { Room } from './room.svelte';
import { share } from './share';
import { mentionedIn } from './suggest';

/** Milliseconds between two words to the others that something is being written. */
const TYPING_EVERY = 2000;

export class Composing {
  text = $state('');
  problem = $state('');
  /** Enter was pressed while files were still on their way: the message goes once they are there. */
  armed = $state(false);
  /** Only technicians will see it. */
  marked = $state(false);
  /** The others are told of the edit as of something new. */
  notify = $state(false);
  /** What stood in the field before a message was edited. */
  #held: string | null = null;
  #typedAt = 0;

  constructor(
    private readonly room: Room,
    /** Gives the field the keyboard. */
    private readonly focus: () => void,
  ) {}

  readonly edited = $derived.by(() => this.room.chat.edit);
  readonly forced = $derived.by(() => this.room.chat.reply?.kind.private ?? false);
  readonly isPrivate = $derived.by(
    () => this.room.isTechnician && (this.edited ? this.edited.kind.private : this.marked || this.forced),
  );
  readonly tooLong = $derived(textLength(this.text) > MESSAGE_MAX_CHARS);
  readonly #files = $derived.by(() => this.room.uploads.entries.filter(({ alone }) => !alone));
  readonly ready = $derived(
    this.text.trim() !== '' ||
      (!this.edited && this.#files.some(({ state }) => state !== 'failed' && state !== 'refused')),
  );
  /** Files of the message that are not at the portal yet. */
  readonly coming = $derived(this.#files.some((entry) => entry.active || entry.state === 'paused'));
  readonly failed = $derived(this.#files.some(({ state }) => state === 'failed'));
  readonly captions = $derived.by(() => !this.edited && this.room.uploads.shareable > 0);

  /** What was being written when one was here last. */
  restore(draft: string): void {
    if (this.text === '' && this.#held === null) this.text = draft;
  }

  typed(): void {
    const { room } = this;
    this.problem = '';
    room.uploads.problem = '';
    if (this.edited) return;
    room.handle?.draft.save(this.text);
    // A customer would see that something is being written that never comes.
    if (this.isPrivate || this.text === '' || Date.now() - this.#typedAt < TYPING_EVERY) return;
    this.#typedAt = Date.now();
    void room.intent({ type: 'typing' }).catch(() => {});
  }

  /** An edit takes the field and gives it back as it was. */
  follow(message: MessageOf | null): void {
    this.problem = '';
    if (message) {
      this.#held ??= this.text;
      this.notify = false;
      this.text = message.kind.text;
      announce(t('composer.editing'));
    } else if (this.#held !== null) {
      this.text = this.#held;
      this.#held = null;
    }
  }

  send(): void {
    if (this.edited) return void this.#save(this.edited);
    if (!this.ready || this.tooLong || this.armed) return;
    if (this.failed) this.problem = t('composer.uploadFailed');
    else if (this.coming) {
      this.room.uploads.resumeAll();
      this.armed = true;
    } else void this.#post();
  }

  /** Sends what waited for its files, or says why it does not go. */
  filesMoved(): void {
    if (!this.armed || (this.coming && !this.failed)) return;
    this.armed = false;
    if (this.failed) this.problem = t('composer.uploadFailed');
    else void this.#post();
  }

  cancel(): void {
    this.room.chat.cancel();
    this.focus();
  }

  /** The edit goes out; unchanged it is none. */
  async #save(edited: MessageOf): Promise<void> {
    if (this.tooLong) return;
    const target = targetOf(edited);
    const changed = this.text.trim();
    if (changed === '' && edited.kind.attachments.length === 0) {
      this.problem = t('composer.editEmpty');
      return;
    }
    if (target === null || changed === edited.kind.text) return this.cancel();
    try {
      await this.room.intent({ type: 'edit', target, text: changed, notify: this.notify });
      this.cancel();
    } catch (error) {
      this.problem = errorText(error);
    }
  }

  async #post(): Promise<void> {
    const { room, isPrivate } = this;
    const message = this.text.trim();
    const files = room.uploads.take();
    if (message === '' && files.length === 0) return;
    const { reply } = room.chat;
    const people = room.roster.filter(({ own }) => !own).map(({ participant }) => participant);
    this.text = '';
    this.problem = '';
    room.chat.reply = null;
    room.handle?.draft.save('');
    const shared = await share(
      (intent) => room.intent(intent),
      {
        type: 'post',
        text: message,
        mentions: mentionedIn(message, people),
        private: isPrivate || (reply?.kind.private ?? false),
        ...(reply?.seq === undefined ? {} : { reply_to: reply.seq }),
      },
      files,
    );
    if (shared.error === undefined) return;
    // Nothing is lost: what was written stands in the field again, and the files in the tray.
    room.uploads.putBack(shared.rest);
    this.problem = errorText(shared.error);
    if (shared.messages > 0) return;
    this.text = this.text === '' ? message : `${message}\n${this.text}`;
    room.chat.reply ??= reply;
    room.handle?.draft.save(this.text);
  }
}
