// Messages with files in every state that one can meet, each behind a flag of the demo.
import type { AttachmentItem, MessageItem, RecipientState, TimelineItem, WithdrawReason } from '$lib/proto';
import { documents, message, offered } from './conversation';
import { idAt } from './ids';

const MINUTE = 60_000;
let made = 0;

function file(name: string, size: number, media_type: string, more: Partial<AttachmentItem> = {}) {
  const id = idAt(Date.now(), `d${(made += 1)}`);
  const sha256 = `${made}`.padStart(8, '0').repeat(8);
  return { id, name, size, media_type, sha256, recipients: [], ...more } satisfies AttachmentItem;
}

const PICTURE = { media_type: 'image/png', thumbnail: { width: 320, height: 200 } };
const PEOPLE = ['Mia Chen', 'Jonas Weber', 'Priya Nair'];
const stand = (...states: RecipientState[]) => ({
  recipients: states.map((state, at) => ({ id: PEOPLE[at] ?? '', name: PEOPLE[at] ?? '', state })),
});
const gone = (withdrawn: WithdrawReason, more: Partial<AttachmentItem> = {}) => ({ withdrawn, ...more });

const pending = { yours: 'pending' as const };

function asked(): MessageItem['attachments'][] {
  return [
    [file('Fix-printer-4211.exe', 3_412_000, 'application/x-msdownload', pending)],
    [
      file('drum-unit.jpg', 2_204_113, 'image/jpeg', { ...PICTURE, ...pending }),
      file('quote.xlsm', 48_211, 'application/vnd.ms-excel.sheet.macroEnabled.12', pending),
      file('service-manual.pdf', 14_820_000, 'application/pdf', { yours: 'declined' }),
      file('accepted.png', 188_000, 'image/png', { ...PICTURE, yours: 'accepted' }),
    ],
  ];
}

function sent(): MessageItem['attachments'][] {
  return [
    [file('driver-setup.msi', 9_200_000, 'application/x-msi', stand('pending'))],
    [
      file('test-page.png', 188_000, 'image/png', {
        ...PICTURE,
        ...stand('received', 'accepted', 'pending'),
      }),
      file('steps.pdf', 820_000, 'application/pdf', stand('received', 'declined', 'accepted')),
      file('driver.zip', 4_200_000, 'application/zip', stand('received', 'received', 'received')),
    ],
  ];
}

const withdrawn = () => [
  file('wrong-file.pdf', 102_400, 'application/pdf', gone('revoked', { yours: 'revoked' })),
  file('unwanted.zip', 1_024_000, 'application/zip', gone('declined_by_all', { yours: 'declined' })),
  file('old.png', 88_000, 'image/png', { ...PICTURE, ...gone('expired', { yours: 'received' }) }),
  file('notes.txt', 1_200, 'text/plain', gone('session_ended', { yours: 'revoked' })),
];

const media = () => [
  file('noise-of-the-printer.wav', 88_244, 'audio/wav'),
  file('paper-jam.webm', 24_820_000, 'video/webm'),
  file('from-my-phone.mov', 104_820_000, 'video/quicktime'),
];

const many = () =>
  Array.from({ length: 40 }, (_, at) =>
    at % 5 === 0
      ? file(`page-${at + 1}.png`, 188_000 + at, 'image/png', PICTURE)
      : file(`protocol-${String(at + 1).padStart(2, '0')}.log`, 4_800 + at * 311, 'text/plain'),
  );

/** What the flags `consent`, `states`, `withdrawn`, `media`, `documents` and `many` add to a conversation. */
export function fileRows(has: (flag: string) => boolean, customer: boolean): TimelineItem[] {
  const now = Date.now();
  const other = customer ? 'Ada Berger' : 'Mia Chen';
  const own = customer ? 'Mia Chen' : 'Ada Berger';
  const theirs = (attachments: AttachmentItem[], text = '') =>
    message(now - 8 * MINUTE, other, false, text, { attachments });
  const mine = (attachments: AttachmentItem[], text = '') =>
    message(now - 7 * MINUTE, own, true, text, { attachments });
  return [
    ...(has('many') ? [theirs(many(), 'All of them.')] : []),
    ...(has('documents') ? [theirs(documents().map(offered), 'Look at these:')] : []),
    ...(has('media') ? [theirs(media(), 'Listen to this:')] : []),
    ...(has('withdrawn')
      ? [
          theirs(withdrawn()),
          mine(withdrawn().map(({ yours: _yours, ...one }) => ({ ...one, name: `my-${one.name}` }))),
        ]
      : []),
    ...(has('consent') ? asked().map((files) => theirs(files)) : []),
    ...(has('states') ? sent().map((files) => mine(files)) : []),
  ];
}
