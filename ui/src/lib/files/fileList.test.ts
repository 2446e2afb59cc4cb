import { expect, it } from 'vitest';
import type { AttachmentItem, TimelineItem } from '$lib/proto';
import { message } from '$lib/platform/demo/conversation';
import { FileIndex, filesOf, type Filter, listed } from './fileList';

const file = (name: string, more: Partial<AttachmentItem> = {}): AttachmentItem => ({
  id: name,
  name,
  size: 1,
  media_type: 'application/octet-stream',
  sha256: '00',
  recipients: [],
  ...more,
});
const picture = { media_type: 'image/png', thumbnail: { width: 1, height: 1 } };
const of = (own: boolean, ...attachments: AttachmentItem[]) => message(0, 'Mia', own, '', { attachments });
const items: TimelineItem[] = [
  of(false, file('a.png', picture), file('Report.pdf')),
  message(0, 'Mia', false, 'words'),
  of(true, file('b.zip'), file('sheet.xlsx')),
  of(
    false,
    file('asked.png', { ...picture, yours: 'pending' }),
    file('c.webm', { media_type: 'video/webm' }),
  ),
];
const names = (refs: readonly { file: AttachmentItem }[]) => refs.map((ref) => ref.file.name);

// A05: everything that was sent and received, the newest first.
it.each<[Filter, string, string[]]>([
  ['all', '', ['c.webm', 'asked.png', 'sheet.xlsx', 'b.zip', 'Report.pdf', 'a.png']],
  ['sent', '', ['sheet.xlsx', 'b.zip']],
  ['received', '', ['c.webm', 'asked.png', 'Report.pdf', 'a.png']],
  ['pictures', '', ['asked.png', 'a.png']],
  ['documents', '', ['sheet.xlsx', 'Report.pdf']],
  ['other', '', ['c.webm', 'b.zip']],
  ['all', ' REPORT ', ['Report.pdf']],
  ['sent', 'report', []],
])('lists %s like "%s"', (filter, name, found) =>
  expect(names(listed(filesOf(items), filter, name))).toEqual(found),
);

it('follows a list as it changes', () => {
  const index = new FileIndex();
  const changed = [...items];
  const same = () => expect(index.update([...changed])).toEqual(filesOf(changed));
  same();
  changed.push(of(true, file('new.txt')));
  same();
  changed[0] = of(false, file('a.png', { withdrawn: 'revoked' }));
  same();
  changed.unshift(of(true, file('older.txt')));
  same();
  changed.splice(2, 3);
  same();
  changed.length = 0;
  same();
});
