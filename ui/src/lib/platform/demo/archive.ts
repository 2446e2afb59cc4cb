// Files of the demo: sessions of the last months, and what is read, found and counted of them.
import type {
  FilesEntry,
  FilesHit,
  FilesPage,
  FilesSearchPage,
  FilesSession,
  Outcome,
  SessionVault,
  Statistics,
  StorageKind,
} from '$lib/proto';
import { idAt } from './ids';
import { attachmentsOf, transcriptOf } from './transcripts';
import { has, SESSION, type World } from './world';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const PAGE = 50;

const TITLES = [
  'Outlook asks for the password',
  'New laptop: move of files',
  '',
  'Scanner not found',
  'Excel macro blocked',
  'VPN drops after sleep',
  'Blue screen after the update of last night, on all computers of the warehouse and the two in the office',
  '<b>bold</b> =HYPERLINK("http://evil.example","click")',
  'Second monitor stays black',
  'طابعة لا تعمل',
];
const CUSTOMERS = [
  'Tomás Oliveira',
  'Sofia Lindqvist',
  'Bao Tran',
  'Emre Yıldız',
  'Hannah Okafor',
  'Mal\u202elory <script>',
  'محمد الأحمد',
];
const OUTCOMES: (Outcome | undefined)[] = [
  'solved',
  'solved',
  undefined,
  'follow_up',
  'partly_solved',
  'not_solved',
];

/** Ended sessions, the newest first. */
export function entries(): FilesEntry[] {
  return Array.from({ length: 137 }, (_, index) => {
    // Busier days and quieter ones, none at weekends' height.
    const hours = index * 13 + (index % 7) * 5 + Math.floor(index / 9) * 11;
    const started_at = Date.now() - 180 * MINUTE - hours * 60 * MINUTE;
    const outcome = OUTCOMES[index % OUTCOMES.length];
    const attachment_count = [3, 0, 1, 5, 0, 2][index % 6] ?? 0;
    return {
      session_id: index === 0 ? SESSION.sealed : idAt(started_at, `f${index}`),
      title: TITLES[index % TITLES.length] ?? '',
      technicians: index % 4 === 3 ? ['Ada Berger', 'Jonas Weber'] : ['Ada Berger'],
      customers: [CUSTOMERS[index % CUSTOMERS.length] ?? ''],
      started_at,
      ended_at: started_at + (18 + ((index * 11) % 95)) * MINUTE,
      message_count: 14 + ((index * 9) % 140),
      attachment_count,
      stored_bytes: attachment_count * 1_204_000 * (1 + (index % 5) * 7),
      snapshot_count: index % 5 === 0 ? 2 : 0,
      recording_count: index % 8 === 0 ? 1 : 0,
      held: index % 19 === 3,
      ...(outcome ? { outcome } : {}),
      transcript: {
        size: 4812 + index * 900,
        sha256: 'a3f1c09e'.repeat(8),
        sealed_at: started_at + 45 * MINUTE,
      },
    };
  });
}

type Query = Record<string, string | number | undefined>;

const words = (text: string) => text.toLocaleLowerCase();
const within = (list: readonly string[], part: unknown) =>
  !part || list.some((name) => words(name).includes(words(String(part))));

const HAS: Record<string, (entry: FilesEntry) => boolean> = {
  files: ({ attachment_count }) => attachment_count > 0,
  snapshots: ({ snapshot_count }) => snapshot_count > 0,
  recordings: ({ recording_count }) => recording_count > 0,
  report: ({ outcome }) => outcome !== undefined,
  hold: ({ held }) => held,
};

const SORTS: Record<string, (a: FilesEntry, b: FilesEntry) => number> = {
  newest: (a, b) => b.started_at - a.started_at,
  oldest: (a, b) => a.started_at - b.started_at,
  longest: (a, b) => b.ended_at - b.started_at - (a.ended_at - a.started_at),
  largest: (a, b) => b.stored_bytes - a.stored_bytes,
};

export function listFiles({ files, crew }: World, query: Query): FilesPage {
  const chosen = crew.people.find(({ user }) => user.id === query.technician)?.user.name;
  const technician = query.technician === undefined ? '' : (chosen ?? 'nobody');
  const from = Number(query.after ?? 0);
  const found = files
    .filter((entry) => within([entry.title, ...entry.customers, ...entry.technicians], query.q))
    .filter((entry) => within(entry.technicians, technician) && within(entry.customers, query.customer))
    .filter(
      ({ started_at }) => started_at >= Number(query.from ?? 0) && started_at < Number(query.to ?? Infinity),
    )
    .filter(({ stored_bytes }) => stored_bytes >= Number(query.min_bytes ?? 0))
    .filter(({ stored_bytes }) => stored_bytes <= Number(query.max_bytes ?? Infinity))
    .filter((entry) =>
      String(query.has ?? '')
        .split(',')
        .every((one) => one === '' || HAS[one]?.(entry)),
    )
    .sort(SORTS[String(query.sort ?? 'newest')]);
  const end = from + Number(query.limit ?? PAGE);
  return { entries: found.slice(from, end), ...(end < found.length ? { next: String(end) } : {}) };
}

/** Messages and files that have the words; five at a time. */
export function searchFiles(world: World, { q = '', after = 0 }: Query): FilesSearchPage {
  const sought = words(String(q)).trim();
  const hits = world.files.slice(0, 12).flatMap((entry): FilesHit[] => {
    const about = {
      session_id: entry.session_id,
      title: entry.title || entry.customers.join(', '),
      started_at: entry.started_at,
    };
    const messages = transcriptOf(world, entry).flatMap(({ seq, at, by, what }): FilesHit[] => {
      if (what.type !== 'message' || !words(what.text).includes(sought)) return [];
      const place = { type: 'message' as const, seq, at, ...(by ? { by: by.name } : {}) };
      return [{ ...about, place, excerpt: excerpt(what.text, sought) }];
    });
    const named = attachmentsOf(entry).filter(({ name }) => words(name).includes(sought));
    const files = named.map((file): FilesHit => {
      const place = { type: 'file' as const, attachment: file, seq: 5, inside: false };
      return { ...about, place, excerpt: excerpt(file.name, sought) };
    });
    return [...messages, ...files];
  });
  const [from, end] = [Number(after), Number(after) + 5];
  const next = end < hits.length ? { next: String(end) } : {};
  return { hits: sought === '' ? [] : hits.slice(from, end), ...next, waiting: has(world, 'indexing') };
}

function excerpt(text: string, sought: string) {
  const start = words(text).indexOf(sought);
  const end = start + sought.length;
  const from = Math.max(0, start - 40);
  return [
    { text: (from > 0 ? '…' : '') + text.slice(from, start), hit: false },
    { text: text.slice(start, end), hit: true },
    { text: text.slice(end, end + 60), hit: false },
  ];
}

export function filesSession(world: World, entry: FilesEntry): FilesSession {
  const shared = attachmentsOf(entry, has(world, 'documents'));
  const report =
    entry.outcome === undefined
      ? {}
      : {
          report: {
            outcome: entry.outcome,
            notes:
              'Removed the saved password and signed in anew.\nTell them about the new sign-in on Monday.',
            by: 'Ada Berger',
            at: entry.ended_at + MINUTE,
          },
        };
  const hold = entry.held ? { hold: { reason: 'Case 2026-118', by: 'Ada Berger', at: entry.ended_at } } : {};
  const expired = has(world, 'expired');
  return {
    entry: has(world, 'sealing') ? { ...entry, transcript: undefined } : entry,
    attachments: expired ? shared.slice(1) : shared,
    expired: expired ? shared.slice(0, 1) : [],
    people: peopleOf(entry, world),
    ...report,
    ...hold,
    ...(world.reports.get(entry.session_id) ?? {}),
  } as FilesSession;
}

function peopleOf(entry: FilesEntry, world: World): FilesSession['people'] {
  const { started_at: began, ended_at } = entry;
  const technicians = entry.technicians.map((name, at) => ({
    name,
    role: 'technician' as const,
    state: 'admitted' as const,
    user_id: at === 0 ? world.me.user.id : idAt(began, `u${at}`),
    came_at: began + at * MINUTE,
    joined_at: began + at * MINUTE,
  }));
  const customers = entry.customers.map((name) => ({
    name,
    role: 'customer' as const,
    state: 'left' as const,
    came_at: began + 2 * MINUTE,
    joined_at: began + 3 * MINUTE,
    left_at: ended_at - MINUTE,
  }));
  return [...technicians, ...customers];
}

export function vaultOf(world: World, entry: FilesEntry): SessionVault {
  if (has(world, 'sealing')) return { files: [] };
  const hash = (at: number) => `${at + 1}b7d40c2`.slice(0, 8).repeat(8);
  const transcripts = (['txt', 'html', 'json'] as const).map((kind, at) => ({
    kind: `transcript_${kind}` as const,
    name: `transcript.${kind}`,
    size: (entry.transcript?.size ?? 0) * (at + 1),
    sha256: hash(at),
  }));
  const files = attachmentsOf(entry)
    .filter(({ direct }) => !direct)
    .map(({ id, name, size, capture }, at) => ({
      kind: capture ?? ('attachment' as const),
      name,
      size,
      sha256: hash(at + 3),
      attachment_id: id,
    }));
  const manifest = { place: 1204, sha256: hash(9), sealed_at: entry.transcript?.sealed_at ?? 0, addenda: 1 };
  return { manifest, files: [...transcripts, ...files] };
}

const SHARES: [StorageKind, number, number][] = [
  ['pictures', 412, 1.2],
  ['videos', 18, 6.4],
  ['sounds', 7, 0.1],
  ['documents', 260, 0.9],
  ['other', 31, 0.4],
  ['snapshots', 96, 0.6],
  ['recordings', 22, 11.8],
  ['transcripts', 411, 0.05],
];

export function statistics(world: World, { from, to }: Query): Statistics {
  if (has(world, 'empty')) return { days: [], storage: [], frees: [] };
  const first = new Date(Number(from));
  first.setHours(0, 0, 0, 0);
  const count = Math.max(1, Math.ceil((Number(to) - first.getTime()) / DAY));
  const days = Array.from({ length: count }, (_, index) => {
    const at = new Date(first);
    at.setDate(at.getDate() + index);
    const weekend = at.getDay() === 0 || at.getDay() === 6;
    const sessions = weekend ? index % 2 : 3 + ((index * 7) % 9);
    const join_median = (35 + ((index * 17) % 40)) * 1000;
    const joined = sessions > 0 ? { join_median, join_p90: join_median * 2.4 + 20_000 } : {};
    return { at: at.getTime(), sessions, ...joined };
  });
  const storage = SHARES.map(([kind, files, gigabytes]) => ({
    kind,
    files,
    bytes: Math.round(gigabytes * 1024 ** 3),
  }));
  const today = new Date().setHours(0, 0, 0, 0);
  const frees = Array.from({ length: 90 }, (_, index) => ({
    at: today + index * DAY,
    bytes: index % 7 > 4 ? 0 : ((index * 31) % 17) * 12 * 1024 ** 2,
    sessions: index % 7 > 4 ? 0 : (index * 31) % 4,
    files: index % 7 > 4 ? 0 : (index * 31) % 17,
  })).filter(({ bytes }) => bytes > 0);
  return { days, storage, frees: has(world, 'forever') ? [] : frees };
}
