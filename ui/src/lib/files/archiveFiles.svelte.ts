// The files of a session that is over, as Files show them.
import type { FileAccess, Platform } from '$lib/platform';
import type { Attachment, SessionId } from '$lib/proto';
import { announce } from '$app/announce.svelte';
import { t } from '$lib/i18n';
import { errorText } from '$lib/util/errors';
import { FileDesk } from './desk.svelte';
import { isServed, type ShownFile } from './fileState';

export class ArchiveFiles extends FileDesk {
  readonly access: FileAccess;
  attachments = $state.raw<readonly Attachment[]>([]);
  /** Whose bytes are gone, by the organisation's time. */
  expired = $state.raw<readonly Attachment[]>([]);

  constructor(
    readonly platform: Platform,
    readonly session: SessionId,
  ) {
    super();
    this.access = platform.filesOf(session);
  }

  get all(): ShownFile[] {
    return this.attachments.map((file) => ({ file }));
  }

  /** What people sent each other. */
  readonly shared = $derived(this.all.filter(({ file }) => !file.capture));
  /** What technicians took of the screen. */
  readonly captures = $derived(this.all.filter(({ file }) => file.capture));

  /** Those of `files` that the portal has, as one zip. */
  async saveAll(files: readonly ShownFile[]): Promise<void> {
    try {
      const outcome = await this.access.saveAll(files.filter(isServed).map(({ file }) => file));
      if (outcome.saved)
        announce(outcome.path ? t('file.savedTo', { path: outcome.path }) : t('files.zipped'));
    } catch (error) {
      announce(errorText(error));
    }
  }

  async linkTo(): Promise<string> {
    const portal = (await this.platform.portal.current()) ?? location.origin;
    return `${portal.replace(/\/+$/, '')}/files/${this.session}`;
  }

  /** Nobody waits to hear of it. */
  protected received(): Promise<void> {
    return Promise.resolve();
  }
}
