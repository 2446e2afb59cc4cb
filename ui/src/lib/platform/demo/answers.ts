import type {
  FilesSession,
  HoldInput,
  JoinResponse,
  OrgSettings,
  ReportInput,
  SearchPage,
  SessionView,
  WireError,
} from '$lib/proto';
import { isCompleteCode, linkSecret } from '$lib/util/joinCode';
import type { CallParams, Operation } from '../types';
import { filesSession, listFiles, searchFiles, statistics, vaultOf } from './archive';
import { answerOfBots } from './bots';
import { conversation } from './conversation';
import { idAt } from './ids';
import { answerOfPeople } from './people';
import { activityOf, page, transcriptOf } from './transcripts';
import { has, joinInfo, ORG, ORG_NAME, person, SESSION, type World } from './world';

function refuse(code: WireError['code'], field?: string): never {
  const error: WireError = { code, message: code, ...(field ? { field } : {}) };
  throw error;
}

type ReplyBody = { shortcut: string; text: string };

export function answer(world: World, operation: Operation, params: CallParams = {}): unknown {
  if (has(world, 'error')) refuse('unavailable');
  if (has(world, 'revoked') && operation !== 'get_me' && operation !== 'get_info') refuse('not_signed_in');
  const ofPeople = answerOfPeople(world.crew, world.me, operation, params);
  if (ofPeople !== undefined) return ofPeople;
  const ofBots = answerOfBots(world.bots, operation, params);
  if (ofBots !== undefined) return ofBots;
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
    case 'save_report':
      if (has(world, 'no-report')) refuse('unavailable');
      if (session?.state === 'open')
        return { ...(params.body as ReportInput), by: world.me.user.name, at: Date.now() };
      return answerOfSession(world, operation, params);
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
      return listFiles(world, params.query ?? {});
    case 'search_files':
      return searchFiles(world, params.query ?? {});
    case 'get_statistics':
      return statistics(world, params.query ?? {});
    case 'delete_session':
      world.files = world.files.filter(({ session_id: id }) => id !== params.path?.session);
      return null;
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
      return answerOfSession(world, operation, params);
  }
}

/** What is asked about one session of Files. */
function answerOfSession(world: World, operation: Operation, { path, query, body }: CallParams): unknown {
  const entry = world.files.find(({ session_id }) => session_id === path?.session) ?? refuse('not_found');
  const change = (more: Partial<Pick<FilesSession, 'report' | 'hold'>>) => {
    world.reports.set(entry.session_id, { ...world.reports.get(entry.session_id), ...more });
  };
  const by = { by: world.me.user.name, at: Date.now() };
  switch (operation) {
    case 'get_files_session':
      return filesSession(world, entry);
    case 'read_transcript':
      return page(transcriptOf(world, entry), query ?? {});
    case 'get_session_vault':
      return vaultOf(world, entry);
    case 'list_file_activity':
      return activityOf(entry);
    case 'save_report': {
      const report = { ...(body as ReportInput), ...by };
      change({ report });
      entry.outcome = report.outcome;
      return report;
    }
    case 'hold_session':
      entry.held = true;
      change({ hold: { ...(body as HoldInput), ...by } });
      return null;
    case 'release_session':
      entry.held = false;
      change({ hold: undefined });
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
