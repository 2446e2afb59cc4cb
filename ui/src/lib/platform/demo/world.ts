import type {
  AttachmentPolicy,
  CannedReply,
  ChatPolicy,
  FilesEntry,
  FilesSession,
  JoinInfo,
  Me,
  OrgSettings,
  Participant,
  ParticipantState,
  SessionView,
  TimelineItem,
} from '$lib/proto';
import { entries } from './archive';
import { type DemoBots, demoBots } from './bots';
import { longConversation } from './conversation';
import { idAt } from './ids';
import { type Crew, demoCrew } from './people';

/** What the demo shows: `?demo=customer,offline` in the address, or given by a test. */
/** The defaults, but for what the demo shows of limits. */
export const POLICY: AttachmentPolicy = {
  consent_stored: 'auto',
  consent_direct: 'ask',
  send: 'tray',
  stored_max_bytes: 250 * 1024 * 1024,
  direct: 'allowed',
  relay: 'allowed',
  customer_attach: 'after_first_message',
  retention: { type: 'keep' },
  customer_transcript: 'no',
};

export interface DemoOptions {
  /** Milliseconds until the "portal" answers. */
  delay: number;
  flags: ReadonlySet<string>;
  desktop: boolean;
}

export interface World {
  options: DemoOptions;
  signedIn: boolean;
  portal: string | null;
  me: Me;
  settings: OrgSettings;
  sessions: SessionView[];
  files: FilesEntry[];
  /** What was written or held since the page was opened. */
  reports: Map<string, Partial<Pick<FilesSession, 'report' | 'hold'>>>;
  /** 100,000 messages, made before anything is measured. */
  huge: TimelineItem[];
  replies: CannedReply[];
  crew: Crew;
  bots: DemoBots;
}

export const has = (world: World, flag: string) => world.options.flags.has(flag);

export function optionsFrom(search: string): DemoOptions {
  const flags = new Set((new URLSearchParams(search).get('demo') ?? '').split(','));
  return { delay: flags.has('instant') ? 0 : 60, flags, desktop: flags.has('desktop') };
}

const MINUTE = 60_000;
export const ORG = '0192d3c4b5a67788990011aabbccdd01';
export const ORG_NAME = 'Northwind Support';

/** What a new organisation decides. */
export const CHAT: ChatPolicy = {
  edit: { by: 'everyone' },
  delete: { by: 'everyone' },
  technicians_delete_all: false,
  keep_history: false,
};

/** Fixed ids, so that addresses can be written down; the room's data is made anew each time. */
export const SESSION = {
  main: '0192d3c4b5a677889900000000000001',
  waiting: '0192d3c4b5a677889900000000000002',
  fresh: '0192d3c4b5a677889900000000000003',
  ended: '0192d3c4b5a677889900000000000004',
  sealed: '0192d3c4b5a677889900000000000005',
};

export function person(
  name: string,
  role: Participant['role'],
  at: number,
  state: ParticipantState = 'admitted',
): Participant {
  return { id: idAt(at, `${name.length}${role.length}`), name, role, state };
}

export function joinInfo(): JoinInfo {
  const cells = Array.from({ length: 21 * 21 }, (_, cell) => ({ x: cell % 21, y: Math.floor(cell / 21) }));
  const finder = (x: number, y: number) => {
    const [dx, dy] = [x > 10 ? x - 14 : x, y > 10 ? y - 14 : y];
    if ((x > 10 && y > 10) || dx < 0 || dy < 0 || dx > 6 || dy > 6) return null;
    const ring = Math.max(Math.abs(dx - 3), Math.abs(dy - 3));
    return ring === 3 || ring < 2;
  };
  const dark = cells.filter(({ x, y }) => finder(x, y) ?? (x * 7 + y * 13 + x * y) % 3 === 0);
  const path = dark.map(({ x, y }) => `M${x} ${y}h1v1h-1z`).join('');
  return {
    code: 'K7M4QX9TB',
    code_expires_at: Date.now() + 9.5 * MINUTE,
    link: 'https://support.northwind.example/join/Qw8fJ2nZ0dT5uYx1Lb3kRg',
    link_expires_at: Date.now() + 24 * 60 * MINUTE,
    qr_svg: `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 21 21" shape-rendering="crispEdges"><path d="${path}"/></svg>`,
  };
}

function session(
  id: string,
  title: string,
  minutesAgo: number,
  participants: Participant[],
  more: Partial<SessionView> = {},
): SessionView {
  const created_at = Date.now() - minutesAgo * MINUTE;
  return {
    id,
    org_id: ORG,
    org_name: ORG_NAME,
    title,
    state: 'open',
    created_at,
    participants,
    head: 12,
    attachments: POLICY,
    chat: CHAT,
    ...more,
  };
}

function sessions(): SessionView[] {
  const ago = (minutes: number) => Date.now() - minutes * MINUTE;
  const tech = person('Ada Berger', 'technician', ago(60));
  const ended = (minutes: number, state: 'ended' | 'sealed') => ({ state, ended_at: ago(minutes) });
  return [
    session(SESSION.main, 'Printer prints blank pages', 34, [tech, person('Mia Chen', 'customer', ago(33))], {
      unread: 3,
    }),
    session(SESSION.waiting, '', 6, [tech, person('Jonas Weber', 'customer', ago(3.4), 'waiting')]),
    session(SESSION.fresh, '', 0.6, [tech]),
    session(
      SESSION.ended,
      'VPN drops after sleep',
      95,
      [tech, person('Priya Nair', 'customer', ago(90))],
      ended(2, 'ended'),
    ),
    session(
      SESSION.sealed,
      'Outlook asks for the password',
      180,
      [tech, person('Tomás Oliveira', 'customer', ago(170))],
      ended(140, 'sealed'),
    ),
  ];
}

function replies() {
  const texts = {
    hello: 'Hello, I am Ada. How can I help you today?',
    restart: 'Please restart the computer and tell me when you are back.',
    rights: 'I need your consent for that: please press *Allow* in the window that opens now.',
    bye: 'Glad it works again. I will end the session in a moment; the transcript is kept.',
  };
  return Object.entries(texts).map(([shortcut, text]) => ({ id: shortcut, shortcut, text }));
}

/**
 * The policy as the flags narrow it: `quick`, `few` (types and number are limited), `tiny` (1 MB), `direct-off`, `session-only` and
 * `days` (how long files stay).
 */
function policyOf(flag: (name: string) => boolean): AttachmentPolicy {
  return {
    ...POLICY,
    send: flag('quick') ? 'quick' : 'tray',
    ...(flag('copy') ? { customer_transcript: 'on_request' as const } : {}),
    ...(flag('tiny') ? { stored_max_bytes: 1024 * 1024 } : {}),
    ...(flag('direct-off') ? { direct: 'off' as const } : {}),
    ...(flag('session-only') ? { retention: { type: 'session_only' as const } } : {}),
    ...(flag('days') ? { retention: { type: 'keep' as const, days: 30 } } : {}),
    ...(flag('few') ? { max_files: 20, allowed_types: ['pdf', 'png', 'jpg', 'log', 'txt'] } : {}),
  };
}

export function demoWorld(options: DemoOptions): World {
  const flag = (name: string) => options.flags.has(name);
  const attachments = policyOf(flag);
  const role = flag('technician') ? ('technician' as const) : ('admin' as const);
  const me: Me = {
    user: { id: idAt(Date.now(), '1'), email: 'ada@northwind.example', name: 'Ada Berger' },
    memberships: [
      { org_id: ORG, org_name: ORG_NAME, role },
      { org_id: '0192d3c4b5a67788990011aabbccdd02', org_name: 'Contoso Helpdesk', role: 'technician' },
    ],
  };
  return {
    options,
    signedIn: !flag('signed-out'),
    portal: flag('no-portal') ? null : 'https://support.northwind.example',
    me,
    settings: {
      lobby_for_links: false,
      lobby_for_codes: true,
      attachments,
      quotas: flag('few') ? { session_bytes: 2 * 1024 ** 3 } : {},
      idle_minutes: 60,
      chat: CHAT,
    },
    sessions: flag('empty') ? [] : sessions().map((session) => ({ ...session, attachments })),
    files: flag('empty') ? [] : entries(),
    reports: new Map(),
    huge: flag('huge') ? longConversation(100_000, flag('customer') ? 'customer' : 'technician') : [],
    replies: replies(),
    crew: demoCrew(me, role, SESSION.sealed, flag),
    bots: demoBots(me.user.name, flag),
  };
}
