import type { Attachment, Delivery, Notice, TimelineItem } from '$lib/proto';
import { idAt } from './world';

const MINUTE = 60_000;
let made = 0;

function attachment(
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

export function message(
  at: number,
  senderName: string,
  own: boolean,
  text: string,
  more: { attachments?: Attachment[]; delivery?: Delivery; sender?: string } = {},
): TimelineItem {
  made += 1;
  return {
    key: `m${made}`,
    seq: made,
    at,
    kind: {
      type: 'message',
      sender: more.sender ?? senderName,
      sender_name: senderName,
      own,
      private: false,
      text,
      mentions: [],
      reactions: [],
      attachments: more.attachments ?? [],
      delivery: more.delivery ?? { state: 'sent' },
    },
  };
}

export function notice(at: number, what: Notice): TimelineItem {
  made += 1;
  return { key: `n${made}`, seq: made, at, kind: { type: 'notice', notice: what } };
}

/** Half an hour of help, as `own` sees it. */
export function conversation(own: 'technician' | 'customer'): TimelineItem[] {
  const start = Date.now() - 33 * MINUTE;
  const at = (minutes: number) => start + minutes * MINUTE;
  const tech = (minutes: number, text: string, files: Attachment[] = []) =>
    message(at(minutes), 'Ada Berger', own === 'technician', text, { attachments: files });
  const customer = (minutes: number, text: string, files: Attachment[] = []) =>
    message(at(minutes), 'Mia Chen', own === 'customer', text, { attachments: files });
  const [picture, report, trick] = attachments();
  const list = (file: Attachment | undefined) => (file ? [file] : []);
  return [
    notice(at(0), { what: 'joined', name: 'Mia Chen' }),
    customer(0.6, 'Hello! Our printer in the front office only prints blank pages since this morning.'),
    tech(1.2, 'Good morning Mia, thanks for writing. Let’s have a look together.'),
    tech(1.4, 'Could you send me a picture of what comes out?'),
    customer(4, '', list(picture)),
    customer(4.3, 'That is all. It even says “printed successfully”.'),
    tech(
      6,
      'Thank you, that helps. It is likely the imaging drum. Here is the report from the last service:',
      list(report),
    ),
    tech(
      12,
      'Please open the front cover, take the cartridge out and shake it gently five or six times. Put it back until it clicks, then print the test page from here: https://support.northwind.example/printers/test',
    ),
    customer(19, 'Done. The test page is fine!! 🎉'),
    customer(19.4, 'I also got this by mail yesterday, is it from you?', list(trick)),
    tech(
      21,
      'No, please don’t open it: the name hides that it is a program. Delete the mail, I’ll tell our security people.',
    ),
  ];
}
