// The desktop window as host: everything goes to Rust by commands, which hold token, disk and connection.
import { Channel, invoke } from '@tauri-apps/api/core';
import type { Intent, JoinPreview, JoinResponse, Me, PortalInfo, SessionId, ViewUpdate } from '$lib/proto';
import { t } from '$lib/i18n';
import { Told } from '$lib/util/errors';
import type {
  CallParams,
  FileAccess,
  Operation,
  PickedFile,
  Platform,
  PortalAccess,
  Saved,
  SessionHandle,
} from '../types';
import { attention } from './attention';
import { captures } from './captures';
import { directAccess } from './direct';
import { draftOf } from './draft';
import { subscribe } from './events';
import { attachmentUrl, openDocument, saveAttachment } from './receive';
import { onFilesDragged, sending } from './sending';

const portal: PortalAccess = {
  current: () => invoke<string | null>('portal_current'),
  set: (url) => invoke<PortalInfo>('portal_set', { url }),
  signIn: ({ email, password }) => invoke<Me>('sign_in', { email, password }),
  signOut: () => invoke<void>('sign_out'),
  setUp: ({ token, org_name, name, email, password }) =>
    invoke<Me>('set_up', { form: { token, org_name, name, email, password } }),
  acceptInvitation: () => Promise.reject(new Told(t('invite.browserOnly'))),
  join: ({ link, name }) => invoke<JoinResponse>('join', { link, name }),
  lookUpJoin: (link) => invoke<JoinPreview>('look_up_join', { link }),
  secretStore: () => invoke('secret_store'),
};

export function createPlatform(): Promise<Platform> {
  return Promise.resolve({
    host: 'tauri',
    capabilities: { signIn: true, nativeFiles: true, keyring: true, choosePortal: true, deepLinks: true },
    call,
    portal,
    attention,
    openSession,
    filesOf,
    captures,
    saveArchive: (archive) => invoke<Saved>('save_archive', { archive }),
    saveAudit: ({ org, filter, name }) =>
      invoke<Saved>('save_archive', {
        archive: { operation: 'export_audit', path: { org }, query: filter, name },
      }),
    saveText: () => Promise.reject(new Told(t('botExport.browserOnly'))),
    onDeepLink,
    openExternal: (url) => invoke<void>('open_external', { url }),
  });
}

/** What the command answers with a token is not callable this way; `portal` has it. */
function call<T>(operation: Operation, params: CallParams = {}): Promise<T> {
  const { path = {}, query = {}, body = null } = params;
  return invoke<T>('portal_call', { operation, call: { path, query, body } });
}

const filesOf = (session: SessionId): FileAccess => ({
  attachmentUrl: (attachment, variant) => attachmentUrl(session, attachment, variant),
  saveAttachment: (attachment, how, onProgress) => saveAttachment(session, attachment, how, onProgress),
  openDocument: (attachment) => Promise.resolve(openDocument(session, attachment)),
  saveAll: (attachments) => invoke<Saved>('save_all', { session, attachments }),
  showInFolder: ({ id }) => invoke<void>('show_in_folder', { session, attachment: id }),
});

function onDeepLink(callback: (link: string) => void): () => void {
  const take = async () => {
    for (const link of await invoke<string[]>('take_links')) callback(link);
  };
  const stop = subscribe('links-wait', () => void take());
  // One that came before this page was ready.
  void take();
  return stop;
}

async function openSession(
  session: SessionId,
  onUpdates: (updates: ViewUpdate[]) => void,
): Promise<SessionHandle> {
  let closed = false;
  const view = new Channel<ViewUpdate[]>((updates) => {
    if (!closed) onUpdates(updates);
  });
  const opening = await invoke<number>('open_session', { session, view });
  const draft = draftOf(session);
  return {
    intent: (intent: Intent) => invoke<void>('session_intent', { session, intent }),
    ...sending(session),
    ...filesOf(session),
    direct: directAccess(session),
    draft,
    onFilesDropped: (callback) =>
      subscribe<PickedFile[]>('files-dropped', ({ payload }) => callback(payload)),
    onFilesDragged,
    close: () => {
      closed = true;
      void draft.flush().finally(() => invoke('close_session', { session, opening }));
    },
  };
}
