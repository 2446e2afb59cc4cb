// The browser as host. What a first visit needs is here; the room (wasm, storage, uploads) is loaded when one opens.
import type {
  JoinPreview,
  JoinRequest,
  JoinResponse,
  Me,
  PortalInfo,
  SessionId,
  SignInResponse,
} from '$lib/proto';
import { linkSecret } from '$lib/util/joinCode';
import type {
  Archive,
  FileAccess,
  InvitationForm,
  Platform,
  PortalAccess,
  Saved,
  SetUpForm,
  SignInForm,
} from '../types';
import { createAttention } from './attention';
import { captures } from './captures';
import { call, partError, route, wireError } from './http';
import { forgetLost, keepLost, takeLost } from './lost';
import { forgetPlaces } from './places';
import { download, saveText } from './save';

const client = 'browser';

const portal: PortalAccess = {
  current: () => Promise.resolve(location.origin),
  set: (url) =>
    isHere(url) ? call<PortalInfo>('get_info') : Promise.reject(wireError('invalid_input', 'url')),
  signIn: (form: SignInForm) => enter('sign_in', form),
  signOut: async () => {
    await call('sign_out');
    forgetPlaces();
    forgetLost();
    const { localStore } = await import('./local');
    await (await localStore()).clear();
    const [{ forgetBooks }, { forgetReceived }] = await Promise.all([
      import('./direct/books'),
      import('./direct/opfs'),
    ]);
    await Promise.all([forgetBooks(), forgetReceived()]);
  },
  setUp: (form: SetUpForm) => enter('set_up', form),
  acceptInvitation: (form) => enter('accept_invitation', form),
  join,
  lookUpJoin: (link) => call<JoinPreview>('look_up_join', { body: { secret: secretOf(link) } }),
  // The cookie lives in the browser's profile.
  secretStore: () => Promise.resolve({ kind: 'file' }),
};

export function createPlatform(): Promise<Platform> {
  return Promise.resolve({
    host: 'web',
    capabilities: {
      signIn: true,
      nativeFiles: false,
      keyring: false,
      choosePortal: false,
      deepLinks: false,
    },
    call,
    portal,
    attention: createAttention(),
    openSession: async (id, onUpdates) => {
      const { openSession } = await loaded(import('./session'));
      return openSession(id, onUpdates);
    },
    filesOf,
    captures: captures(),
    saveArchive,
    saveAudit: ({ org, filter, name }) =>
      download(route('export_audit', { path: { org }, query: filter }), name),
    saveText,
    lostFiles: { keep: keepLost, take: takeLost },
    onDeepLink: () => () => {},
    openExternal,
  });
}

async function enter(
  operation: 'sign_in' | 'set_up' | 'accept_invitation',
  form: SignInForm | SetUpForm | InvitationForm,
): Promise<Me> {
  const { me } = await call<SignInResponse>(operation, { body: { ...form, client } });
  return me;
}

async function join({ link, name }: { link: string; name: string }): Promise<JoinResponse> {
  const body: JoinRequest = { secret: secretOf(link), name, client };
  // Fetched first: a code is used up by joining, so nothing may fail after it.
  const [{ localStore }, { forgetOthers }] = await loaded(
    Promise.all([import('./local'), import('./outbox')]),
  );
  const store = await localStore();
  const joined = await call<JoinResponse>('join_session', { body });
  await forgetOthers(store, joined.session.id, joined.you.id);
  // The code is used up: nothing may fail any more.
  await forgetTransfers(joined.session.id).catch(() => {});
  return joined;
}

/** What an earlier visitor began to send or to receive in other sessions. */
async function forgetTransfers(session: SessionId): Promise<void> {
  const [{ forgetOthers }, { removeFolder }] = await Promise.all([
    import('./direct/books'),
    import('./direct/opfs'),
  ]);
  for (const attachment of await forgetOthers(session)) await removeFolder(attachment).catch(() => {});
}

/** A link of any portal leads here as its secret only; what is no link is a code. */
function secretOf(linkOrCode: string): string {
  const text = linkOrCode.trim();
  return linkSecret(text) ?? text;
}

function isHere(url: string): boolean {
  return URL.canParse(url) && new URL(url).origin === location.origin;
}

/** Loaded with the first file that is wanted. */
function filesOf(session: SessionId): FileAccess {
  const receive = () => loaded(import('./receive'));
  return {
    attachmentUrl: async (...file) => (await receive()).filesOf(session).attachmentUrl(...file),
    saveAttachment: async (...file) => (await receive()).filesOf(session).saveAttachment(...file),
    openDocument: async (file) => (await receive()).filesOf(session).openDocument(file),
    saveAll: async (files) => (await receive()).saveAll(session, files),
    stopsSaving: true,
  };
}

/** A zip can be larger than any memory: the browser takes it as it comes. A transcript is asked for first, so that a refusal is told. */
async function saveArchive({ operation, path, query, name }: Archive): Promise<Saved> {
  const url = route(operation, { path, query: { ...query, download: 1 } });
  if (operation === 'get_session_zip' || operation === 'get_sessions_zip') return download(url, name);
  return (await loaded(import('./receive'))).saveWhole(url, name);
}

function openExternal(url: string): Promise<void> {
  const safe = URL.canParse(url) && ['https:', 'http:', 'mailto:'].includes(new URL(url).protocol);
  if (!safe) return Promise.reject(wireError('invalid_input', 'url'));
  window.open(url, '_blank', 'noopener,noreferrer');
  return Promise.resolve();
}

function loaded<T>(part: Promise<T>): Promise<T> {
  return part.catch((error: unknown) => Promise.reject(partError(error)));
}
