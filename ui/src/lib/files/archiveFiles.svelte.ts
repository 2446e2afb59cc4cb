// The files of a session that is over, as Files show them.
import type { FileAccess, Platform } from '$lib/platform';
import type { Attachment, SessionId } from '$lib/proto';
import { FileDesk } from './desk.svelte';
import type { ShownFile } from './fileState';

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

  async linkTo(): Promise<string> {
    const portal = (await this.platform.portal.current()) ?? location.origin;
    return `${portal.replace(/\/+$/, '')}/files/${this.session}`;
  }

  /** Nobody waits to hear of it. */
  protected received(): Promise<void> {
    return Promise.resolve();
  }
}
