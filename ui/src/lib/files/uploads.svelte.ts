import { t } from '$lib/i18n';
import type { PickedFile, SessionHandle, Upload } from '$lib/platform';
import type { AttachmentId } from '$lib/proto';
import { errorText } from '$lib/util/errors';
import { percent } from '$lib/util/size';

/** Attachments of one message (`MESSAGE_MAX_ATTACHMENTS` of the wire's limits). */
export const MAX_ATTACHMENTS = 100;

/** One file on its way to the portal, from picking it to the message that names it. */
export class UploadEntry {
  state = $state<'uploading' | 'done' | 'failed'>('uploading');
  sent = $state(0);
  error = $state('');
  attachment = $state<AttachmentId | null>(null);
  upload: Upload | null = null;

  constructor(
    readonly id: number,
    readonly file: PickedFile,
    /** Blob URL of a picture, for the tray only. */
    readonly preview: string | null,
  ) {}

  get percent(): number {
    return percent(this.sent, this.file.size);
  }
}

/** The tray above the composer. */
export class Uploads {
  entries = $state<UploadEntry[]>([]);
  readonly running = $derived(this.entries.filter(({ state }) => state === 'uploading').length);
  readonly failed = $derived(this.entries.filter(({ state }) => state === 'failed').length);
  #next = 1;

  constructor(readonly handle: () => SessionHandle | null) {}

  /** Starts uploading; answers what could not be taken, as a sentence, or ''. */
  add(files: readonly PickedFile[], maxBytes: number): string {
    let problem = '';
    for (const file of files) {
      if (this.entries.length >= MAX_ATTACHMENTS) {
        problem = t('upload.tooMany', { max: MAX_ATTACHMENTS });
        break;
      }
      const entry = new UploadEntry(this.#next++, file, previewOf(file));
      this.entries.push(entry);
      if (file.size === 0) fail(entry, t('error.file_empty'));
      else if (file.size > maxBytes) fail(entry, t('error.file_too_large'));
      else void this.#run(entry);
    }
    return problem;
  }

  retry(entry: UploadEntry): void {
    void this.#run(entry);
  }

  remove(entry: UploadEntry): void {
    if (entry.state === 'uploading') entry.upload?.cancel();
    if (entry.preview) URL.revokeObjectURL(entry.preview);
    this.entries = this.entries.filter(({ id }) => id !== entry.id);
  }

  cancelAll(): void {
    for (const entry of [...this.entries]) this.remove(entry);
  }

  /** The finished ones, taken out of the tray for a message. */
  take(): AttachmentId[] {
    const done = this.entries.filter(({ attachment }) => attachment !== null);
    for (const entry of done) this.remove(entry);
    return done.flatMap(({ attachment }) => attachment ?? []);
  }

  async #run(entry: UploadEntry): Promise<void> {
    const handle = this.handle();
    if (!handle) return fail(entry, t('error.unavailable'));
    entry.state = 'uploading';
    entry.error = '';
    entry.sent = 0;
    const upload = handle.upload(entry.file, ({ sent }) => (entry.sent = sent));
    entry.upload = upload;
    try {
      entry.attachment = await upload.done;
      entry.state = 'done';
    } catch (error) {
      // A cancelled upload is gone from the tray already.
      if (this.entries.some(({ id }) => id === entry.id)) fail(entry, errorText(error));
    }
  }
}

function fail(entry: UploadEntry, sentence: string): void {
  entry.state = 'failed';
  entry.error = sentence;
}

function previewOf({ handle, size }: PickedFile): string | null {
  const small = size <= 20 * 1024 * 1024;
  // SVG is a document: it is never shown from a blob URL of our own origin.
  if (typeof handle === 'string' || !small || !/^image\/(png|jpeg|gif|webp)$/.test(handle.type)) return null;
  return URL.createObjectURL(handle);
}
