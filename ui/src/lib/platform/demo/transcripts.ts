// What was said and sent in the demo's sessions, as Files read it.
import type {
  Attachment,
  FileActivity,
  FilesEntry,
  TranscriptFile,
  TranscriptItem,
  TranscriptMessage,
  TranscriptPage,
  TranscriptPerson,
  TranscriptWhat,
} from '$lib/proto';
import { attachment, documents } from './conversation';
import { has, type World } from './world';

const MINUTE = 60_000;
const PICTURE = { width: 320, height: 200 };
const made = new Map<string, Attachment[]>();
const written = new Map<string, TranscriptItem[]>();

/** The same ones for as long as the page lives. */
export function attachmentsOf({ session_id: id }: FilesEntry, more = false): Attachment[] {
  const known = made.get(id + more);
  if (known) return known;
  const snapshot = (name: string): Attachment => ({
    ...attachment(name, 412_000, 'image/png', PICTURE),
    capture: 'snapshot',
  });
  const files = [
    attachment('blank-page.png', 188_620, 'image/png', PICTURE),
    attachment(
      'HP LaserJet service report of the last two years, complete.pdf',
      1_258_291,
      'application/pdf',
    ),
    attachment('invoice\u202efdp.exe', 734_003, 'application/x-msdownload'),
    attachment('paper-jam.webm', 24_820_000, 'video/webm'),
    snapshot('Snapshot 14.02.11.png'),
    snapshot('Snapshot 14.09.48.png'),
    { ...attachment('Recording 14.03.webm', 61_400_000, 'video/webm'), capture: 'recording' as const },
    ...(more ? documents() : []),
  ];
  made.set(id + more, files);
  return files;
}

const kept = (file: Attachment | undefined): TranscriptFile[] =>
  file ? [{ attachment: file, fate: { type: 'kept' } }] : [];

/** A session's transcript; with the flag `huge`, of 100,000 messages. */
export function transcriptOf(world: World, entry: FilesEntry): TranscriptItem[] {
  const key = `${entry.session_id}${has(world, 'huge')}`;
  const known = written.get(key);
  if (known) return known;
  const items = has(world, 'huge') ? long(entry) : short(entry);
  written.set(key, items);
  return items;
}

const message = (text: string, more: Partial<TranscriptMessage> = {}): TranscriptWhat => ({
  type: 'message',
  text,
  ...more,
});

function short(entry: FilesEntry): TranscriptItem[] {
  const ada: TranscriptPerson = { name: entry.technicians[0] ?? '', role: 'technician' };
  const customer: TranscriptPerson = { name: entry.customers[0] ?? '', role: 'customer' };
  const at = (minutes: number) => entry.started_at + minutes * MINUTE;
  const [picture, report, trick, , snapshot] = attachmentsOf(entry);
  const line = (
    seq: number,
    minutes: number,
    by: TranscriptPerson | null,
    what: TranscriptWhat,
    technicians_only = false,
  ): TranscriptItem => ({ seq, at: at(minutes), ...(by ? { by } : {}), technicians_only, what });
  return [
    line(1, 0, ada, { type: 'joined' }),
    line(2, 2, customer, { type: 'waiting' }),
    line(3, 3, customer, { type: 'joined' }),
    line(
      4,
      3.6,
      customer,
      message('Hello! Outlook asks for my password every few minutes since this morning.'),
    ),
    line(5, 4.2, ada, message('Good morning, thanks for writing. Let’s have a look together.')),
    line(6, 4.4, ada, message('Is it the small window with the blue key, or the one in the browser?')),
    line(7, 5, customer, message('The small one. I took a picture.', { files: kept(picture) })),
    line(8, 6, ada, message('Was reset on Friday, see ticket 4211. They do not know yet.'), true),
    line(9, 7, ada, message('', { files: kept(snapshot) }), true),
    line(
      10,
      8,
      ada,
      message(
        'That is the old sign-in. Please do this:\n\n1. Open **Credential Manager**\n2. Remove everything that begins with `MicrosoftOffice16`\n3. Sign in anew: https://support.northwind.example/sign-in',
        { edited_at: at(8.5), files: kept(report) },
      ),
    ),
    line(
      12,
      14,
      customer,
      message('Done. It works now. Thank you!! 🎉', {
        reply_to: {
          seq: 10,
          by: ada,
          at: at(8),
          text: 'That is the old sign-in. Please do this: Open Credential Manager',
        },
        reactions: [
          { emoji: '🎉', people: [ada.name] },
          { emoji: '👍', people: [ada.name, 'Jonas Weber'] },
        ],
      }),
    ),
    line(15, 14.2, customer, { type: 'deleted', by: customer, at: at(14.4) }),
    line(
      16,
      15,
      customer,
      message('I also got this by mail yesterday, is it from you?', {
        files: trick ? [{ attachment: trick, fate: { type: 'gone', reason: 'revoked' } }] : [],
      }),
    ),
    line(17, 15.4, customer, { type: 'withdrawn', files: ['invoice\u202efdp.exe'], reason: 'revoked' }),
    line(18, 16, ada, message('No, please don’t open it: the name hides that it is a program.')),
    line(19, 17, customer, { type: 'left' }),
    line(20, 18, ada, { type: 'ended', reason: 'ended_by_technician' }),
  ];
}

const WORDS = [
  'Thanks, I see it now.',
  'Could you try that again, please? The window with the blue key has to stay open while you do it.',
  'OK',
  'It says **access denied** again.',
  'I will look at it after lunch. There are three more people waiting for the same thing, and I want to be sure that it is not the server.',
];

function long(entry: FilesEntry): TranscriptItem[] {
  const people: TranscriptPerson[] = [
    { name: entry.technicians[0] ?? '', role: 'technician' },
    { name: entry.customers[0] ?? '', role: 'customer' },
  ];
  return Array.from({ length: 100_000 }, (_, index) => ({
    seq: index + 1,
    at: entry.started_at + index * 36_000,
    by: people[(index * 7) % 11 < 5 ? 0 : 1],
    technicians_only: false,
    what: message(`${WORDS[(index * 13) % WORDS.length]} #${index + 1}`),
  }));
}

/** As the portal pages it: what follows `after`, or what is around a place. */
export function page(
  items: readonly TranscriptItem[],
  { after, around, limit = 200 }: Record<string, string | number | undefined>,
): TranscriptPage {
  const count = Number(limit);
  const place = around === undefined ? Number(after ?? 0) : Number(around) - 1;
  let from = items.findIndex(({ seq }) => seq > place);
  if (from < 0) from = items.length;
  if (around !== undefined) from = Math.max(0, from - Math.floor(count / 2));
  const shown = items.slice(from, from + count);
  const next = from + count < items.length ? { next: shown.at(-1)?.seq ?? 0 } : {};
  return { items: shown, last: items.at(-1)?.seq ?? 0, ...next };
}

export function activityOf(entry: FilesEntry): FileActivity[] {
  const [picture, report, trick, video, snapshot] = attachmentsOf(entry) as [
    Attachment,
    Attachment,
    Attachment,
    Attachment,
    Attachment,
  ];
  const ada = { name: entry.technicians[0] ?? '', role: 'technician' as const };
  const customer = { name: entry.customers[0] ?? '', role: 'customer' as const };
  const at = (minutes: number) => entry.started_at + minutes * MINUTE;
  const direct: Attachment = {
    ...attachment('disk-image.vhdx', 84_000_000_000, 'application/octet-stream'),
    sha256: '',
    direct: { kind: 'file', files: 1 },
  };
  return [
    {
      attachment: picture,
      sender: customer,
      seq: 7,
      at: at(5),
      fate: { type: 'kept' },
      recipients: [{ person: ada, state: 'received' }],
    },
    { attachment: snapshot, sender: ada, seq: 9, at: at(7), fate: { type: 'kept' }, recipients: [] },
    {
      attachment: report,
      sender: ada,
      seq: 10,
      at: at(8),
      fate: { type: 'kept' },
      recipients: [{ person: customer, state: 'accepted' }],
    },
    {
      attachment: trick,
      sender: customer,
      seq: 16,
      at: at(15),
      fate: { type: 'gone', reason: 'revoked' },
      recipients: [{ person: ada, state: 'declined' }],
    },
    {
      attachment: direct,
      sender: ada,
      seq: 11,
      at: at(9),
      fate: { type: 'direct' },
      recipients: [{ person: customer, state: 'received' }],
    },
    { attachment: video, sender: ada, at: at(60), fate: { type: 'kept' }, recipients: [] },
  ];
}
