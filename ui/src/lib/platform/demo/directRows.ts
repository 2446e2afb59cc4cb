// Direct files in every state that one can meet: the rows of a conversation, and the views that go with them.
import type {
  AttachmentItem,
  DirectFile,
  RecipientItem,
  RecipientState,
  TimelineItem,
  TransferState,
  TransferView,
} from '$lib/proto';
import { message } from './conversation';
import { idAt } from './ids';

const MINUTE = 60_000;
const MB = 1024 * 1024;
/** Of the demo's "files", which hold nothing. */
export const DIGEST = 'af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262';
export const CODE = 'K7M4QX';
let made = 0;

type More = Partial<Pick<AttachmentItem, 'yours' | 'withdrawn'>> & {
  direct?: DirectFile;
  recipients?: RecipientItem[];
};

function file(name: string, size: number, more: More = {}): AttachmentItem {
  const id = idAt(Date.now(), `c${(made += 1)}`);
  const direct = more.direct ?? { kind: 'file', files: 1 };
  const media_type = direct.kind === 'folder' ? 'inode/directory' : 'application/octet-stream';
  return { id, name, size, media_type, sha256: '', recipients: [], ...more, direct };
}

/** `share`: of the file that is there, from 0 to 1. */
function view(
  { id, size }: AttachmentItem,
  peer: string,
  way: TransferView['way'],
  state: TransferState,
  share: number,
  more: Partial<TransferView> = {},
): TransferView {
  const done = Math.round(size * share);
  const rate = state.type === 'moving' ? (more.lane === 'relay' ? 6 : 61) * MB : 0;
  const left = rate > 0 ? { seconds_left: Math.round((size - done) / rate) } : {};
  const lane = state.type === 'moving' ? { lane: 'webrtc' as const } : {};
  const code = state.type === 'waiting' || state.type === 'connecting' ? {} : { code: CODE };
  return { attachment: id, peer, way, state, done, size, rate, ...left, ...lane, ...code, ...more };
}

/** A state, how far it is, and what else is known of it. */
type Case = [name: string, state: TransferState, share: number, more?: Partial<TransferView>];

const CASES: readonly Case[] = [
  ['site-video.mp4', { type: 'moving' }, 0.43],
  ['database-dump.sql', { type: 'moving' }, 0.71, { lane: 'quic' }],
  ['mailbox.pst', { type: 'moving' }, 0.12, { lane: 'relay', relayed_why: 'udp_blocked' }],
  ['old-server.vhdx', { type: 'waiting' }, 0.3],
  ['scan-archive.tar', { type: 'connecting' }, 0],
  ['logs-of-may.zip', { type: 'paused', by: 'you' }, 0.55],
  ['logs-of-june.zip', { type: 'paused', by: 'peer' }, 0.2],
  ['logs-of-july.zip', { type: 'paused', by: 'both' }, 0.21],
  ['camera-4.mkv', { type: 'stalled', why: 'disk_full' }, 0.9],
  ['camera-5.mkv', { type: 'stalled', why: 'disk_error' }, 0.4],
  ['camera-6.mkv', { type: 'stalled', why: 'needs_place' }, 0],
  ['camera-7.mkv', { type: 'stalled', why: 'needs_source' }, 0.62],
  ['camera-8.mkv', { type: 'stalled', why: 'unreachable' }, 0.35],
  ['printer-image.iso', { type: 'done' }, 1, { digest: DIGEST }],
  ['not-wanted.iso', { type: 'cancelled', by: 'you' }, 0.1],
  ['wrong-one.iso', { type: 'cancelled', by: 'peer' }, 0.1],
  ['changing.log', { type: 'failed', failure: 'source_changed' }, 0.5],
  ['moved-away.log', { type: 'failed', failure: 'source_gone' }, 0.5],
  ['broken.bin', { type: 'failed', failure: 'digest_mismatch' }, 1],
  ['strange.bin', { type: 'failed', failure: 'peer_broke_rules' }, 0.1],
  ['bad-names', { type: 'failed', failure: 'unsafe_names' }, 0],
  ['too-large.raw', { type: 'failed', failure: 'too_large' }, 0],
  ['no-journal.raw', { type: 'failed', failure: 'storage_lost' }, 0.8],
];

const FOLDER: DirectFile = { kind: 'folder', files: 214 };

export interface DirectRows {
  items: TimelineItem[];
  views: TransferView[];
}

/** What the flags `direct`, `direct-in` and `direct-out` add to a conversation. */
export function directRows(has: (flag: string) => boolean, customer: boolean): DirectRows {
  const other = customer ? 'Ada Berger' : 'Mia Chen';
  const rows = [
    ...(has('direct') ? [offers(other)] : []),
    ...(has('direct-in') ? [incoming(other)] : []),
    ...(has('direct-out') ? [outgoing(other, customer ? 'Mia Chen' : 'Ada Berger')] : []),
  ];
  return { items: rows.flatMap(({ items }) => items), views: rows.flatMap(({ views }) => views) };
}

/** Offered by the other side, and not answered yet. */
function offers(other: string): DirectRows {
  const files = [
    file('front-office-backup.vhdx', 48_300 * MB, { yours: 'pending' }),
    file('Printer drivers', 1_830 * MB, { yours: 'pending', direct: FOLDER }),
    file('tool.exe', 4 * MB, { yours: 'declined' }),
  ];
  const text = 'These are too large for the portal, so they come straight from my computer.';
  return {
    items: [message(Date.now() - 5 * MINUTE, other, false, text, { attachments: files })],
    views: [],
  };
}

function incoming(other: string): DirectRows {
  const views: TransferView[] = [];
  const files = CASES.map(([name, state, share, more], at) => {
    const yours = state.type === 'done' ? ('received' as const) : ('accepted' as const);
    const one = file(name, (900 + at * 417) * MB, { yours });
    views.push(view(one, other, 'receiving', state, share, more));
    return one;
  });
  return { items: inMessages(files, other, false), views };
}

/** Each file to two people: one in the state of the case, the other one where people stand who are not so far. */
function outgoing(other: string, own: string): DirectRows {
  const views: TransferView[] = [];
  const rest: readonly RecipientState[] = [
    'pending',
    'accepted',
    'declined',
    'received',
    'revoked',
    'failed',
  ];
  const files = CASES.map(([name, state, share, more], at) => {
    const done = state.type === 'done';
    const recipients: RecipientItem[] = [
      { id: other, name: other, state: done ? 'received' : 'accepted', ...(done ? { blake3: DIGEST } : {}) },
      { id: 'Jonas Weber', name: 'Jonas Weber', state: rest[at % rest.length] ?? 'pending' },
    ];
    const one = file(name, (900 + at * 417) * MB, { recipients });
    views.push(view(one, other, 'sending', state, share, more));
    return one;
  });
  return { items: inMessages(files, own, true), views };
}

/** Few enough in each message that all of them show. */
function inMessages(files: AttachmentItem[], sender: string, own: boolean): TimelineItem[] {
  const items: TimelineItem[] = [];
  for (let at = 0; at < files.length; at += 6)
    items.push(message(Date.now() - 4 * MINUTE, sender, own, '', { attachments: files.slice(at, at + 6) }));
  return items;
}
