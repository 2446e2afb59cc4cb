import { announce } from '$app/announce.svelte';
import { t } from '$lib/i18n';
import type { CaptureNews, PickedFile, Platform } from '$lib/platform';
import type { CaptureKind } from '$lib/proto';
import type { Room } from '$lib/session/room.svelte';
import { visibleName } from '$lib/util/fileName';

/** What of a room takes captures. */
export type Taker = Pick<Room, 'id' | 'uploads'>;

/** A file that came while no room was shown. */
export interface Waiting {
  file: PickedFile;
  kind: CaptureKind;
}

/**
 * What the captures folder brings goes to the session whose room is shown; while none is, it waits until somebody says where to.
 * The folder is watched from the first room of a technician to the end of the last session.
 */
export class CaptureInbox {
  waiting = $state.raw<readonly Waiting[]>([]);
  /** What went wrong last, in words. */
  problem = $state('');
  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- nothing that is shown depends on it
  readonly #sessions = new Set<string>();
  #shown: Taker | null = null;
  #unwatch: (() => void) | null = null;

  constructor(private readonly platform: Pick<Platform, 'captures'>) {}

  get watching(): boolean {
    return this.#unwatch !== null;
  }

  /** A technician sees `room` from now on; answers what is called when they do not any more. */
  show(room: Taker, ended: boolean): () => void {
    if (ended) {
      this.#sessions.delete(room.id);
      if (this.#sessions.size === 0) this.stop();
      return () => {};
    }
    this.#sessions.add(room.id);
    this.#shown = room;
    this.#unwatch ??= this.platform.captures?.folder?.watch((news) => this.#hear(news)) ?? null;
    return () => {
      if (this.#shown === room) this.#shown = null;
    };
  }

  /** Everything that waits goes to `room`, for technicians only. */
  take(room: Taker): void {
    const { waiting } = this;
    this.waiting = [];
    for (const one of waiting) give(room, one);
  }

  /** What waits goes nowhere; the files stay where they are. */
  leave(): void {
    this.waiting = [];
  }

  stop(): void {
    this.#unwatch?.();
    this.#unwatch = null;
    this.#sessions.clear();
    this.#shown = null;
    this.waiting = [];
    this.problem = '';
  }

  #hear(news: CaptureNews): void {
    switch (news.type) {
      case 'folder':
        this.problem = news.there ? '' : t('captures.folderGone');
        if (!news.there) announce(this.problem);
        break;
      case 'too_large':
        this.problem = t('captures.tooLarge', { name: visibleName(news.name) });
        announce(this.problem);
        break;
      case 'file':
        if (this.#shown) give(this.#shown, news);
        else this.waiting = [...this.waiting.filter((one) => !sameFile(one.file, news.file)), news];
        announce(
          t(this.#shown ? 'captures.found' : 'captures.foundWaits', { name: visibleName(news.file.name) }),
        );
        break;
    }
  }
}

/** A tool that had only paused goes on: what it wrote before is not whole. */
const sameFile = (a: PickedFile, b: PickedFile) => a.name === b.name;

function give({ uploads }: Taker, { file, kind }: Waiting): void {
  const unfinished = uploads.captures.filter((entry) => entry.found && sameFile(entry.file, file));
  for (const entry of unfinished) uploads.remove(entry);
  uploads.addCapture(file, { kind, isPrivate: true }).found = true;
}
