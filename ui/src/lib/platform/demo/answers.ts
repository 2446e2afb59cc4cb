import type { Attachment, JoinResponse, OrgSettings, SearchPage, SessionView, WireError } from '$lib/proto';
import { isCompleteCode, linkSecret } from '$lib/util/joinCode';
import type { CallParams, Operation } from '../types';
import { attachment, attachments, conversation, documents } from './conversation';
import { idAt } from './ids';
import { answerOfPeople } from './people';
import { has, joinInfo, ORG, ORG_NAME, person, SESSION, type World } from './world';

function refuse(code: WireError['code'], field?: string): never {
  const error: WireError = { code, message: code, ...(field ? { field } : {}) };
  throw error;
}

type ReplyBody = { shortcut: string; text: string };

const TRANSCRIPT = [
  '\ufeffNorthwind Support – Outlook asks for the password',
  'Started 20 November 2026, 21:04 · ended 21:22 (UTC)',
  '',
  '[21:04:11] Ada Berger (technician) joined',
  '[21:05:02] Tomás Oliveira (customer) joined',
  '[21:05:40] Tomás Oliveira: Outlook asks for my password every few minutes.',
  '[21:06:12] Ada Berger: Thanks. Is it the small window with the blue key, or the one in the browser?',
  '[21:06:55] Tomás Oliveira: The small one. I took a picture.',
  '[21:06:58] Tomás Oliveira: 📎 password-window.png (184.2 KB)',
  '[21:09:30] Ada Berger: That is the old sign-in. I will remove the saved one and we sign in anew.',
  '[21:15:04] Tomás Oliveira: It works now. Thank you!',
  '[21:22:00] Session ended by Ada Berger',
  '',
].join('\r\n');

export function answer(world: World, operation: Operation, params: CallParams = {}): unknown {
  if (has(world, 'error')) refuse('unavailable');
  if (has(world, 'revoked') && operation !== 'get_me' && operation !== 'get_info') refuse('not_signed_in');
  const ofPeople = answerOfPeople(world.crew, world.me, operation, params);
  if (ofPeople !== undefined) return ofPeople;
  const session = world.sessions.find(({ id }) => id === params.path?.session);
  switch (operation) {
    case 'get_info':
      return { product: 'deskside', version: '0.1.0', protocol: 1, needs_set_up: has(world, 'new') };
    case 'get_me':
      return world.signedIn ? structuredClone(world.me) : refuse('not_signed_in');
    case 'sign_in':
      return refuse('wrong_credentials');
    case 'list_sessions':
      if (has(world, 'expired')) refuse('not_signed_in');
      return {
        sessions: world.sessions.filter(
          ({ state }) => (state === 'open') === (params.query?.state === 'open'),
        ),
      };
    case 'create_session':
      return create(world);
    case 'get_session':
      return session ?? refuse('not_found');
    case 'end_session':
      return end(session);
    case 'renew_join':
      return { ...joinInfo(), code: 'P3WZ81HRD' };
    case 'admit_participant':
    case 'remove_participant':
      return setState(
        session,
        params.path?.participant,
        operation === 'admit_participant' ? 'admitted' : 'removed',
      );
    case 'look_up_join':
      return lookUp(params.body as { secret: string });
    case 'join_session':
      return join(world, params.body as { secret: string; name: string });
    case 'list_files':
      return { entries: world.files };
    case 'get_files_session':
      return filesSession(world, params.path?.session);
    case 'delete_session':
      world.files = world.files.filter(({ session_id: id }) => id !== params.path?.session);
      return null;
    case 'get_transcript':
      return TRANSCRIPT;
    case 'get_org_settings':
      return world.settings;
    case 'update_org_settings':
      return (world.settings = params.body as OrgSettings);
    case 'search_session':
      return search(world, params.query ?? {});
    case 'list_canned_replies':
      return { replies: [...world.replies] };
    case 'create_canned_reply':
      world.replies.push({ id: `r${world.replies.length}`, ...(params.body as ReplyBody) });
      return null;
    case 'update_canned_reply':
      world.replies = world.replies.map((reply) =>
        reply.id === params.path?.reply ? { ...reply, ...(params.body as ReplyBody) } : reply,
      );
      return null;
    case 'delete_canned_reply':
      world.replies = world.replies.filter(({ id }) => id !== params.path?.reply);
      return null;
    default:
      return refuse('not_found');
  }
}

/** Newest first, twenty at a time, as the portal would. */
function search(world: World, { q = '', before }: Record<string, string | number | undefined>): SearchPage {
  const sought = String(q).toLowerCase();
  const items = world.huge.length > 0 ? world.huge : conversation('technician');
  const people = new Map(world.sessions[0]?.participants.map(({ id, name }) => [name, id] as const) ?? []);
  const hits = [...items].reverse().flatMap(({ seq = 0, at, kind }) => {
    const start = kind.type === 'message' ? kind.text.toLowerCase().indexOf(sought) : -1;
    if (kind.type !== 'message' || start < 0 || seq >= Number(before ?? Infinity)) return [];
    const end = start + sought.length;
    const [from, to] = [Math.max(0, start - 40), end + 60];
    const excerpt = [
      { text: (from > 0 ? '…' : '') + kind.text.slice(from, start), hit: false },
      { text: kind.text.slice(start, end), hit: true },
      { text: kind.text.slice(end, to) + (to < kind.text.length ? '…' : ''), hit: false },
    ];
    const sender = people.get(kind.sender_name);
    return { seq, at, excerpt, ...(sender === undefined ? {} : { sender }) };
  });
  const page = hits.slice(0, 20);
  const next = hits.length > 20 ? page.at(-1)?.seq : undefined;
  return { hits: page, indexed_to: items.length, ...(next === undefined ? {} : { next }) };
}

function create(world: World) {
  const session: SessionView = {
    id: idAt(Date.now(), 'c'),
    org_id: ORG,
    org_name: ORG_NAME,
    title: '',
    state: 'open',
    created_at: Date.now(),
    participants: [person('Ada Berger', 'technician', Date.now())],
    head: 1,
    attachments: world.settings.attachments,
    chat: world.settings.chat,
  };
  world.sessions.unshift(session);
  return { session, join: joinInfo() };
}

function end(session: SessionView | undefined) {
  if (!session) return refuse('not_found');
  session.state = 'ended';
  session.ended_at = Date.now();
  return null;
}

function setState(
  session: SessionView | undefined,
  participant: string | undefined,
  state: 'admitted' | 'removed',
) {
  const found = session?.participants.find(({ id }) => id === participant);
  if (!found) return refuse('not_found');
  found.state = state;
  return null;
}

function lookUp({ secret }: { secret: string }) {
  const link = linkSecret(secret);
  if (link === null && !isCompleteCode(secret)) refuse('join_code_invalid');
  if (secret.includes('ZZZ')) refuse('join_code_invalid');
  return {
    org_name: ORG_NAME,
    lobby: link === null,
    kind: link === null ? 'code' : 'link',
    expires_at: Date.now() + 600_000,
  };
}

function join(world: World, { secret, name }: { secret: string; name: string }): JoinResponse {
  const { lobby } = lookUp({ secret });
  const session = world.sessions.find(({ id }) => id === SESSION.main) ?? refuse('not_found');
  const you = person(name, 'customer', Date.now(), lobby ? 'waiting' : 'admitted');
  session.participants.push(you);
  world.options = {
    ...world.options,
    flags: new Set([...world.options.flags, 'customer', ...(lobby ? ['lobby'] : [])]),
  };
  return { session, you };
}

function filesSession(world: World, id: string | undefined): unknown {
  const entry = world.files.find(({ session_id }) => session_id === id) ?? refuse('not_found');
  const shared: Attachment[] = [...attachments(), attachment('paper-jam.webm', 24_820_000, 'video/webm')];
  if (has(world, 'documents')) shared.push(...documents());
  if (has(world, 'expired')) return { entry, attachments: shared.slice(1), expired: shared.slice(0, 1) };
  return has(world, 'sealing')
    ? { entry: { ...entry, transcript: undefined }, attachments: shared }
    : { entry, attachments: shared };
}
