import type {
  AttachmentItem,
  Attachment,
  Delivery,
  MessageItem,
  Notice,
  Reaction,
  TimelineItem,
} from '$lib/proto';
import { idAt } from './ids';

const MINUTE = 60_000;
/** The last time that JavaScript's `Date` can hold: no limit. */
export const FOREVER = 8_640_000_000_000_000;
let made = 0;

export function attachment(
  name: string,
  size: number,
  media_type: string,
  thumbnail?: Attachment['thumbnail'],
): Attachment {
  const id = idAt(Date.now(), `a${(made += 1)}`);
  return { id, name, size, media_type, sha256: '0'.repeat(64), ...(thumbnail ? { thumbnail } : {}) };
}

export function attachments(): Attachment[] {
  return [
    attachment('blank-page.png', 188_620, 'image/png', { width: 320, height: 200 }),
    attachment(
      'HP LaserJet service report of the last two years, complete.pdf',
      1_258_291,
      'application/pdf',
    ),
    attachment('invoice\u202efdp.exe', 734_003, 'application/x-msdownload'),
  ];
}

/** What the flag `documents` adds: documents that the demo has in full. */
export const documents = (): Attachment[] => [
  attachment('printers.csv', 12_400, 'text/csv'),
  attachment('protocol.txt', 1_640, 'text/plain'),
];

/** As it stands after the offer, with consent `auto`. */
export function offered(file: Attachment): AttachmentItem {
  return { ...file, recipients: [] };
}

export function message(
  at: number,
  senderName: string,
  own: boolean,
  text: string,
  more: Partial<MessageItem> & { delivery?: Delivery } = {},
): TimelineItem {
  made += 1;
  return {
    key: `m${made}`,
    seq: made,
    at,
    kind: {
      type: 'message',
      sender: senderName,
      sender_name: senderName,
      own,
      private: false,
      text,
      mentions: [],
      reactions: [],
      delivery: { state: 'sent' },
      ...(own ? { edit_until: FOREVER, delete_until: FOREVER } : {}),
      ...more,
      // With consent `auto`, what others send is accepted by the offer itself.
      attachments: (more.attachments ?? []).map((file) => (own ? file : { yours: 'accepted', ...file })),
    },
  };
}

export function notice(at: number, what: Notice): TimelineItem {
  made += 1;
  return { key: `n${made}`, seq: made, at, kind: { type: 'notice', notice: what } };
}

const reaction = (emoji: string, own: boolean, ...names: string[]): Reaction => ({
  emoji,
  count: names.length + (own ? 1 : 0),
  own,
  names,
});

/** Half an hour of help, as `own` sees it. */
export function conversation(own: 'technician' | 'customer'): TimelineItem[] {
  const start = Date.now() - 33 * MINUTE;
  const at = (minutes: number) => start + minutes * MINUTE;
  const tech = (minutes: number, text: string, more: Partial<MessageItem> = {}) =>
    message(at(minutes), 'Ada Berger', own === 'technician', text, more);
  const customer = (minutes: number, text: string, more: Partial<MessageItem> = {}) =>
    message(at(minutes), 'Mia Chen', own === 'customer', text, more);
  const [picture, report, trick] = attachments();
  const files = (file: Attachment | undefined) => ({ attachments: file ? [offered(file)] : [] });
  return [
    notice(at(0), { what: 'joined', name: 'Mia Chen' }),
    customer(0.6, 'Hello! Our printer in the front office only prints blank pages since this morning.'),
    tech(1.2, 'Good morning Mia, thanks for writing. Let’s have a look together.'),
    tech(1.4, 'Could you send me a picture of what comes out?'),
    customer(4, '', files(picture)),
    customer(4.3, 'That is all. It even says “printed successfully”.'),
    tech(
      6,
      'Thank you, that helps. It is likely the imaging drum. Here is the report from the last service:',
      files(report),
    ),
    ...(own === 'technician'
      ? [tech(7, 'Drum was due in March, see ticket 4211. @Mia Chen does not know yet.', { private: true })]
      : []),
    tech(
      12,
      'Please do this:\n\n1. Open the **front cover** and take the cartridge out\n2. Shake it gently, _five or six_ times\n3. Put it back until it clicks\n\nThen print the test page from here: https://support.northwind.example/printers/test',
      { edited_at: at(12.5) },
    ),
    customer(19, 'Done. The test page is fine!! 🎉', {
      reactions: [
        reaction('🎉', own === 'technician', ...(own === 'technician' ? [] : ['Ada Berger'])),
        reaction('👍', false, 'Jonas Weber', 'Priya Nair'),
      ],
      reply: {
        seq: made - 2,
        quote: 'Please do this: Open the front cover and take the cartridge out',
        sender_name: 'Ada Berger',
        deleted: false,
      },
    }),
    {
      ...customer(19.2, ''),
      kind: {
        type: 'deleted',
        sender_name: 'Mia Chen',
        own: own === 'customer',
        deleted_by_name: 'Mia Chen',
        deleted_by_own: own === 'customer',
        deleted_at: at(19.3),
      },
    },
    customer(19.4, 'I also got this by mail yesterday, is it from you?', files(trick)),
    tech(
      21,
      'No, please don’t open it: the name hides that it is a program. Delete the mail, I’ll tell our security people.\n\n```sh\nGet-PrintJob -PrinterName "Front office" | Remove-PrintJob\n```',
    ),
  ];
}

const WORDS = [
  'Thanks, I see it now.',
  'Could you try that again, please? The window with the blue key has to stay open while you do it.',
  'OK',
  'It says **access denied** again.',
  'The log has this line:\n```\nerror 0x80070005 in spoolsv.exe\n```',
  'I will look at it after lunch. There are three more people waiting for the same thing, and I want to be sure that it is not the server.',
  'See https://support.northwind.example/printers/test',
  '- first\n- second\n- third',
];

/** `count` messages of two people over the last days, the newest now. */
export function longConversation(count: number, own: 'technician' | 'customer'): TimelineItem[] {
  const start = Date.now() - count * 0.6 * MINUTE;
  return Array.from({ length: count }, (_, index) => {
    const tech = (index * 7) % 11 < 5;
    const words = WORDS[(index * 13) % WORDS.length] ?? '';
    const text = `${words}${words.includes('\n') ? '\n' : ' '}#${index + 1}`;
    const item = message(
      start + index * 0.6 * MINUTE,
      tech ? 'Ada Berger' : 'Mia Chen',
      tech === (own === 'technician'),
      text,
      {
        ...(index % 97 === 5 ? { attachments: attachments().slice(0, 1).map(offered) } : {}),
        ...(index % 23 === 4 ? { reactions: [reaction('👍', true)] } : {}),
      },
    );
    return { ...item, key: `l${index + 1}`, seq: index + 1 };
  });
}
