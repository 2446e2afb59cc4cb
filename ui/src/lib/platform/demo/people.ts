// An organisation's people, their devices and what they did; some with names that try to break out.
import type {
  AuditAction,
  AuditItem,
  Device,
  Invitation,
  Me,
  OrgRole,
  Person,
  PersonChange,
  SecretLink,
  WireError,
} from '$lib/proto';
import type { CallParams, Operation } from '../types';
import { idAt } from './ids';

export interface Crew {
  people: Person[];
  invitations: Invitation[];
  devices: Device[];
  audit: AuditItem[];
  mail: boolean;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const FIREFOX = 'Firefox 140 on Windows';
const CHROME = 'Chrome 142 on macOS';

/** Right-to-left marks, markup and a formula, as somebody may well call themselves. */
const HOSTILE = '<b>=HYPERLINK("https://evil.example")</b>\u202ereganam';

function person(
  name: string,
  email: string,
  role: OrgRole,
  seen: number | undefined,
  devices: number,
): Person {
  const at = Date.now();
  return {
    user: { id: idAt(at - 90 * DAY, `${email.length}${name.length}a`), email, name },
    role,
    state: 'active',
    since: at - 90 * DAY,
    ...(seen === undefined ? {} : { last_seen_at: at - seen }),
    devices,
  };
}

function people(me: Me, role: OrgRole): Person[] {
  const rows = [
    person('Tina Okonkwo', 'tina@northwind.example', 'super_admin', 3 * HOUR, 2),
    person('Jonas Lindqvist', 'jonas.lindqvist@northwind.example', 'technician', 26 * MINUTE, 1),
    person('مريم الحسيني', 'maryam@northwind.example', 'technician', 9 * DAY, 1),
    person(HOSTILE, 'x@northwind.example', 'technician_own', undefined, 0),
    {
      ...person('Peer van Dijk', 'peer@northwind.example', 'technician', 41 * DAY, 0),
      state: 'deactivated' as const,
    },
    person(
      'Maximiliane Freifrau von und zu Hohenlohe-Waldenburg-Schillingsfürst the Third',
      'maximiliane.hohenlohe-waldenburg-schillingsfuerst@service.northwind.example',
      'technician_own',
      2 * DAY,
      1,
    ),
  ];
  return [{ ...person('', '', role, 0, 2), user: me.user }, ...rows];
}

function devices(people: readonly Person[]): Device[] {
  const at = Date.now();
  const list: Device[] = [];
  const add = (
    who: Person | undefined,
    label: string,
    client: Device['client'],
    seen: number,
    address?: string,
  ) => {
    if (!who) return;
    list.push({
      id: idAt(at - seen, `d${list.length}`),
      user_id: who.user.id,
      user_name: who.user.name,
      client,
      label,
      signed_in_at: at - seen - 6 * DAY,
      last_seen_at: at - seen,
      ...(address === undefined ? {} : { address }),
      current: list.length === 0,
    });
  };
  const [ada, tina, jonas, maryam, , , max] = people;
  add(ada, CHROME, 'browser', 0, '203.0.113.24');
  add(jonas, 'Deskside 0.1.0 on Linux', 'desktop', 26 * MINUTE, '2001:db8:4f1:22::17');
  add(tina, 'Deskside 0.1.0 on Windows', 'desktop', 3 * HOUR, '198.51.100.7');
  add(ada, 'Deskside 0.1.0 on Linux', 'desktop', 5 * HOUR, '203.0.113.24');
  add(tina, 'Safari on iPhone', 'browser', 2 * DAY, '198.51.100.93');
  add(max, '<script>alert(1)</script>\u202exof', 'browser', 2 * DAY);
  add(maryam, FIREFOX, 'browser', 9 * DAY, '192.0.2.56');
  return list;
}

const DEEDS: readonly [AuditAction, who: number | null, subject: string][] = [
  ['signed_in', 0, `${CHROME}, 203.0.113.24`],
  ['file_read', 1, 'invoice.pdf'],
  ['transcript_read', 1, 'Outlook asks for the password'],
  ['settings_changed', 1, 'attachments.retention.type, quotas.org_bytes'],
  ['person_invited', 0, 'lena@northwind.example (technician)'],
  ['archive_downloaded', 2, 'VPN drops after sleep'],
  ['file_read', 4, '=cmd|"/c calc"!A1\u202efdp.exe'],
  ['role_changed', 1, 'Jonas Lindqvist: technician_own → technician'],
  ['device_revoked', 1, `Jonas Lindqvist: ${FIREFOX}`],
  ['person_deactivated', 1, 'Peer van Dijk'],
  ['hold_set', 1, 'Printer prints blank pages'],
  ['report_saved', 2, 'Printer prints blank pages'],
  ['session_deleted', null, 'Scanner not found'],
  ['files_expired', null, 'New laptop: move of files'],
  ['transcript_copied', null, 'New laptop: move of files'],
  ['password_changed', 3, ''],
  ['audit_exported', 1, ''],
];
const OF_SESSIONS: readonly AuditAction[] = [
  'file_read',
  'transcript_read',
  'archive_downloaded',
  'hold_set',
  'report_saved',
  'transcript_copied',
  'session_deleted',
  'files_expired',
];

/** `count` entries of the last weeks; the place goes up by time. */
function audit(people: readonly Person[], session: string, count: number): AuditItem[] {
  return Array.from({ length: count }, (_, index) => {
    const [action, who, subject] = DEEDS[index % DEEDS.length] ?? (['signed_in', 0, ''] as const);
    const actor = who === null ? undefined : people[who]?.user.name;
    return {
      place: count - index,
      at: Date.now() - index * 97 * MINUTE,
      ...(actor === undefined ? {} : { actor }),
      action,
      subject,
      ...(OF_SESSIONS.includes(action) ? { session_id: session } : {}),
    };
  });
}

export function demoCrew(me: Me, role: OrgRole, session: string, flag: (name: string) => boolean): Crew {
  const all = people(me, role);
  const here = flag('empty') ? all.slice(0, 1) : all;
  const at = Date.now();
  return {
    people: here,
    invitations: flag('empty')
      ? []
      : [
          {
            id: idAt(at, 'i1'),
            email: 'lena.brandt@northwind.example',
            role: 'technician',
            by: me.user.name,
            at: at - 5 * HOUR,
            expires_at: at + 67 * HOUR,
          },
          {
            id: idAt(at, 'i2'),
            email: 'old@northwind.example',
            role: 'admin',
            by: 'Tina Okonkwo',
            at: at - 5 * DAY,
            expires_at: at - 2 * DAY,
          },
        ],
    devices: devices(here).slice(0, flag('empty') ? 1 : undefined),
    audit: flag('empty') ? [] : audit(all, session, 120),
    mail: flag('mail'),
  };
}

const refuse = (code: WireError['code'], field?: string): never => {
  const error: WireError = { code, message: code, ...(field ? { field } : {}) };
  throw error;
};

const link = (page: string, mailed = false): SecretLink => ({
  link: `https://support.northwind.example/${page}#Zk3vQ8yWmT1uXb6NfRcJ0pLs9HdGeAa5i2oVx7KtBwE`,
  expires_at: Date.now() + 72 * HOUR,
  mailed,
});

/** What the portal answers about people; `undefined` for what is not about them. */
export function answerOfPeople(crew: Crew, me: Me, operation: Operation, params: CallParams): unknown {
  const { path = {}, query = {} } = params;
  const body = (params.body ?? {}) as Record<string, string>;
  switch (operation) {
    case 'list_people':
      return { people: [...crew.people], invitations: [...crew.invitations], mail: crew.mail };
    case 'invite_person':
      return invite(crew, me, body as unknown as { email: string; role: OrgRole; mail: boolean });
    case 'withdraw_invitation':
      crew.invitations = crew.invitations.filter(({ id }) => id !== path.invitation);
      return null;
    case 'change_person':
      return change(crew, path.user ?? '', params.body as PersonChange);
    case 'make_password_reset':
      return link('reset-password');
    case 'list_devices':
      return {
        devices: crew.devices.filter(({ user_id }) => [undefined, user_id].includes(query.user as string)),
      };
    case 'list_own_devices':
      return { devices: crew.devices.filter(({ user_id }) => user_id === me.user.id) };
    case 'revoke_device':
    case 'revoke_own_device':
      crew.devices = crew.devices.filter(({ id }) => id !== path.device);
      return null;
    case 'list_audit':
      return auditPage(crew, query);
    case 'look_up_invitation':
    case 'accept_invitation':
      return invitation(body.token ?? '');
    case 'reset_password':
      return body.token === 'used' ? refuse('not_found') : null;
    case 'change_password':
      return body.current === 'wrong' ? refuse('wrong_credentials') : null;
    case 'forgot_password':
      return null;
    case 'get_statistics':
      // No time asked for: only what goes by itself.
      if (query.from !== query.to) return undefined;
      return { days: [], storage: [], frees: frees() };
    default:
      return undefined;
  }
}

function frees() {
  const at = Date.now();
  return [
    { at: at + 3 * DAY, bytes: 1_640_000_000, sessions: 0, files: 27 },
    { at: at + 12 * DAY, bytes: 310_000_000, sessions: 2, files: 14 },
  ];
}

function invite(crew: Crew, me: Me, { email, role, mail }: { email: string; role: OrgRole; mail: boolean }) {
  if (crew.people.some(({ user }) => user.email === email)) refuse('email_taken', 'email');
  const at = Date.now();
  const made = {
    id: idAt(at, `${email.length}`),
    email,
    role,
    by: me.user.name,
    at,
    expires_at: at + 72 * HOUR,
  };
  crew.invitations = [made, ...crew.invitations];
  return link('invite', mail);
}

function change(crew: Crew, user: string, { role, state }: PersonChange) {
  crew.people = crew.people.map((one) =>
    one.user.id === user
      ? {
          ...one,
          ...(role ? { role } : {}),
          ...(state ? { state } : {}),
          devices: state === 'deactivated' ? 0 : one.devices,
        }
      : one,
  );
  if (state === 'deactivated') crew.devices = crew.devices.filter(({ user_id }) => user_id !== user);
  return crew.people.find((one) => one.user.id === user) ?? refuse('not_found');
}

function auditPage(crew: Crew, query: Record<string, string | number | undefined>) {
  const name = crew.people.find(({ user }) => user.id === query.actor)?.user.name;
  const all = crew.audit.filter(
    (item) =>
      item.place < Number(query.before ?? Infinity) &&
      (query.action === undefined || item.action === query.action) &&
      (query.actor === undefined || item.actor === name) &&
      (query.session === undefined || item.session_id === query.session) &&
      item.at >= Number(query.from ?? 0) &&
      item.at < Number(query.to ?? Infinity),
  );
  const limit = Number(query.limit ?? 50);
  return { items: all.slice(0, limit), more: all.length > limit };
}

function invitation(token: string) {
  if (token === 'used') refuse('not_found');
  const known = token === 'known';
  return {
    org_name: 'Contoso Helpdesk',
    email: known ? 'ada@northwind.example' : 'lena.brandt@northwind.example',
    role: 'technician',
    expires_at: Date.now() + 67 * HOUR,
    known,
  };
}
