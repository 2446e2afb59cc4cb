// What one does with files that are shown, in a session and in Files: one menu, one viewer, and saves that tell how they go.
import { createContext } from 'svelte';
import { SvelteMap, SvelteSet } from 'svelte/reactivity';
import { announce } from '$app/announce.svelte';
import { t } from '$lib/i18n';
import type { FileAccess, Platform, Saved, SaveHow } from '$lib/platform';
import type { Attachment, AttachmentId } from '$lib/proto';
import { copyText } from '$lib/session/messageActions';
import { errorText } from '$lib/util/errors';
import { visibleName } from '$lib/util/fileName';
import { percent } from '$lib/util/size';
import { isViewable, type ShownFile } from './fileState';

/** Milliseconds after which a save is long enough to be told of on its way. */
const LONG = 3_000;

/** A save, while it runs and after it. */
export interface Job {
  /** Percent while it runs. */
  percent?: number;
  /** Ends it, where that can be. */
  stop?: () => void;
  /** What became of it. */
  note?: string;
  failed?: boolean;
}

/** Where something opens: an element, or the point of a click. */
export type Anchor = HTMLElement | { getBoundingClientRect(): DOMRect };

export interface Opened<Ref extends ShownFile = ShownFile> {
  what: 'menu' | 'recipients';
  ref: Ref;
  anchor: Anchor;
  /** Gets the focus back. */
  back: HTMLElement | null;
}

export abstract class FileDesk<Ref extends ShownFile = ShownFile> {
  opened = $state.raw<Opened<Ref> | null>(null);
  /** The picture, video or audio that fills the window. */
  viewed = $state.raw<{ id: AttachmentId; back: HTMLElement | null } | null>(null);
  /** Videos and audio that somebody has started: nothing is loaded of the others. */
  readonly started = new SvelteSet<AttachmentId>();
  readonly jobs = new SvelteMap<AttachmentId, Job>();
  /** Saved on this computer since the page was opened. */
  readonly saved = new SvelteSet<AttachmentId>();
  /** Seconds into what was played, so that a row that comes back goes on there. */
  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- nothing that is shown depends on it
  readonly positions = new Map<AttachmentId, number>();

  abstract get platform(): Platform;
  /** How bytes come; `null` while nothing is open. */
  abstract get access(): FileAccess | null;
  /** All of them, in the order in which the viewer goes through them. */
  abstract get all(): readonly Ref[];
  /** An address that leads to where `ref` is shown; `null` where there is none yet. */
  abstract linkTo(ref: Ref): Promise<string | null>;
  /** It was saved and is proven to be whole. */
  protected abstract received(ref: Ref): Promise<void>;

  /** Whether the viewer or a dialog about a file has the focus. */
  get asking(): boolean {
    return this.viewed !== null;
  }

  get viewable(): Ref[] {
    return this.all.filter(isViewable);
  }

  // As a method, so that what takes any desk takes each of them.
  open(what: Opened['what'], ref: Ref, anchor: Anchor, back: HTMLElement | null): void {
    this.opened = { what, ref, anchor, back };
  }

  view(id: AttachmentId, back: HTMLElement | null): void {
    this.viewed = { id, back };
  }

  /** Saves a file; who was offered it and has it whole says so once. */
  async save(ref: Ref, how: SaveHow): Promise<void> {
    const { access } = this;
    const { file } = ref;
    if (!access || this.jobs.get(file.id)?.percent !== undefined) return;
    const stopping = new AbortController();
    const stop = access.stopsSaving ? { stop: () => stopping.abort() } : {};
    this.jobs.set(file.id, { percent: 0, ...stop });
    try {
      const progress = this.#progress(file, stop);
      const outcome = await access.saveAttachment(file, how, progress, stopping.signal);
      this.#done(file, outcome);
      if (outcome.saved && outcome.verified) await this.received(ref);
    } catch (error) {
      if (stopping.signal.aborted) return this.#stopped(file);
      const note = errorText(error);
      this.jobs.set(file.id, { note, failed: true });
      announce(note);
    }
  }

  async showInFolder({ file }: Ref): Promise<void> {
    await this.access?.showInFolder?.(file).catch((error: unknown) => announce(errorText(error)));
  }

  async copyLink(ref: Ref): Promise<void> {
    const link = await this.linkTo(ref);
    if (link !== null) await copyText(link);
  }

  #stopped({ id, name }: Attachment): void {
    this.jobs.delete(id);
    announce(t('file.saveStopped', { name: visibleName(name) }));
  }

  #progress({ id, name, size }: Attachment, stop: Pick<Job, 'stop'>) {
    const began = Date.now();
    let told = 0;
    return ({ sent }: { sent: number }) => {
      const done = percent(sent, size);
      if (done !== this.jobs.get(id)?.percent) this.jobs.set(id, { percent: done, ...stop });
      const quarter = Math.floor(done / 25);
      if (quarter <= told || quarter > 3) return;
      told = quarter;
      if (Date.now() - began > LONG)
        announce(t('file.saving', { name: visibleName(name), percent: quarter * 25 }));
    };
  }

  #done({ id, name }: Attachment, { saved, path }: Saved): void {
    if (!saved) {
      this.jobs.delete(id);
      return;
    }
    this.saved.add(id);
    if (path) this.jobs.set(id, { note: t('file.savedTo', { path }) });
    else this.jobs.delete(id);
    announce(path ? t('file.savedTo', { path }) : t('file.saved', { name: visibleName(name) }));
  }
}

export const [getFiles, setFiles] = createContext<FileDesk>();
