import { describe, expect, it } from 'vitest';
import type { AttachmentItem, RecipientState, WithdrawReason } from '$lib/proto';
import type { MessageOf } from '$lib/session/chat.svelte';
import { dangerOf } from '$lib/util/fileName';
import {
  isAsked,
  isHere,
  isServed,
  isViewable,
  shapeOf,
  stateText,
  stepOf,
  tallyOf,
  typeText,
} from './fileState';

const file = (more: Partial<AttachmentItem> = {}): AttachmentItem => ({
  id: 'a',
  name: 'report.pdf',
  size: 1_258_291,
  media_type: 'application/pdf',
  sha256: '00',
  recipients: [],
  ...more,
});
const message = (own: boolean) => ({ seq: 1, kind: { own, sender_name: 'Mia' } }) as unknown as MessageOf;
const people = (...states: RecipientState[]) =>
  states.map((state, at) => ({ id: `p${at}`, name: ['Mia', 'Jonas', 'Priya'][at] ?? '', state }));

describe('what may be asked of a file', () => {
  // A02 A03 A11: no byte before one has accepted; who declined may think again.
  it.each<[RecipientState | undefined, WithdrawReason | undefined, boolean, boolean]>([
    // Not known yet: not accepted.
    [undefined, undefined, false, false],
    ['pending', undefined, false, true],
    ['declined', undefined, false, true],
    ['accepted', undefined, true, false],
    ['received', undefined, true, false],
    ['revoked', undefined, false, false],
    ['failed', undefined, false, false],
    ['transferring', undefined, false, false],
    ['pending', 'revoked', false, false],
    ['declined', 'declined_by_all', false, false],
    ['received', 'expired', false, false],
    [undefined, 'revoked', false, false],
  ])('%s, withdrawn %s', (yours, withdrawn, served, asked) => {
    const one = file({ ...(yours ? { yours } : {}), ...(withdrawn ? { withdrawn } : {}) });
    expect([isServed({ file: one, message: message(false) }), isAsked(one)]).toEqual([served, asked]);
    expect(isServed({ file: one, message: message(true) })).toBe(!withdrawn);
  });

  // A11: the portal refuses who asks before it has heard the answer, and a picture that was refused stays empty.
  it('asks for nothing before the portal has the answer', () => {
    const one = file({ yours: 'accepted', unconfirmed: true });
    expect(isServed({ file: one, message: message(false) })).toBe(false);
  });

  // N07: by what was found in it, not by its name.
  it.each<[Partial<AttachmentItem>, string]>([
    [{ name: 'a.png', media_type: 'text/html' }, 'document'],
    [{ name: 'a.txt', media_type: 'image/png', thumbnail: { width: 1, height: 1 } }, 'picture'],
    [{ name: 'a.svg', media_type: 'image/svg+xml' }, 'document'],
    [{ name: 'a.exe', media_type: 'video/webm' }, 'video'],
    [{ name: 'a', media_type: 'audio/ogg' }, 'audio'],
    [{ name: 'a.mp4', media_type: 'text/html', direct: { kind: 'file' } as never }, 'video'],
    [{ name: 'a.bin', media_type: 'video/mp4', direct: { kind: 'file' } as never }, 'file'],
    [{ name: 'a.png', media_type: 'image/png', direct: { kind: 'folder' } as never }, 'file'],
    [{ name: 'a', media_type: 'application/octet-stream' }, 'file'],
    // A document by its name or by what was found: what it is in the end, the viewer finds out.
    [{ name: 'a.docx', media_type: 'application/zip' }, 'document'],
    [{ name: 'a', media_type: 'application/rtf' }, 'document'],
    [{ name: 'a.csv', media_type: 'application/octet-stream' }, 'document'],
  ])('%o is a %s', (more, shape) => expect(shapeOf(file(more))).toBe(shape));
});

describe('what the viewer shows', () => {
  const direct = { kind: 'file' } as unknown as NonNullable<AttachmentItem['direct']>;
  const folder = { kind: 'folder' } as unknown as NonNullable<AttachmentItem['direct']>;
  const picture = { name: 'a.png', media_type: 'image/png', thumbnail: { width: 1, height: 1 } };
  const program = { name: 'a.exe', media_type: 'application/x-msdownload' };
  it.each<
    [string, Partial<AttachmentItem>, { here: [own: boolean, theirs: boolean]; seen: [boolean, boolean] }]
  >([
    ['a document', { yours: 'accepted' }, { here: [false, false], seen: [true, true] }],
    ['one that is not accepted', { yours: 'pending' }, { here: [false, false], seen: [true, false] }],
    [
      'one that is gone',
      { yours: 'received', withdrawn: 'expired' },
      { here: [false, false], seen: [false, false] },
    ],
    ['a picture', { ...picture, yours: 'received' }, { here: [false, false], seen: [true, true] }],
    ['a program', { ...program, yours: 'received' }, { here: [false, false], seen: [false, false] }],
    // Of a direct file the portal has nothing: only what is on this computer, as what its name says.
    ['a direct one', { direct, yours: 'received' }, { here: [true, true], seen: [true, true] }],
    [
      'a direct one on its way',
      { direct, yours: 'transferring' },
      { here: [true, false], seen: [true, false] },
    ],
    [
      'a direct one taken back',
      { direct, yours: 'received', withdrawn: 'revoked' },
      { here: [false, false], seen: [false, false] },
    ],
    [
      'a direct picture',
      { name: 'a.png', direct, yours: 'received' },
      { here: [true, true], seen: [true, true] },
    ],
    [
      'a direct picture on its way',
      { name: 'a.png', direct, yours: 'transferring' },
      { here: [true, false], seen: [true, false] },
    ],
    [
      'a direct program',
      { ...program, direct, yours: 'received' },
      { here: [true, true], seen: [false, false] },
    ],
    [
      'a direct folder',
      { direct: folder, yours: 'received' },
      { here: [false, false], seen: [false, false] },
    ],
  ])('%s', (_name, more, { here, seen }) => {
    const both = [true, false].map((own) => ({ file: file(more), message: message(own) }));
    expect([both.map(isHere), both.map(isViewable)]).toEqual([here, seen]);
  });

  it('in Files: what the portal has, and nothing direct', () => {
    expect([isViewable({ file: file() }), isViewable({ file: file({ direct }) })]).toEqual([true, false]);
  });
});

describe('how a file stands', () => {
  // A10 A12 A13: up arrow, paper-clip, received.
  it('counts the recipients by what they did', () => {
    expect(tallyOf(people('received', 'pending', 'declined'))).toEqual([
      { step: 'pending', names: ['Jonas'] },
      { step: 'received', names: ['Mia'] },
      { step: 'declined', names: ['Priya'] },
    ]);
    expect(tallyOf([])).toEqual([]);
    expect((['transferring', 'paused', 'accepted'] as const).map(stepOf)).toEqual(Array(3).fill('accepted'));
  });

  it.each<[Partial<AttachmentItem>, boolean, boolean, string]>([
    [{ yours: 'pending' }, false, false, 'waiting for your answer'],
    [{ yours: 'pending' }, false, true, 'Not accepted before the session ended'],
    [{ yours: 'declined' }, false, false, 'You declined it'],
    [{ yours: 'accepted' }, false, false, ''],
    [{ yours: 'received' }, false, false, 'Received'],
    [{ recipients: people('pending') }, true, false, 'sent, not accepted yet by Mia'],
    [{ recipients: people('accepted', 'accepted') }, true, false, 'accepted by Mia and Jonas'],
    // Whom else it was offered to is the sender's to know.
    [{ yours: 'accepted', recipients: people('declined') }, false, false, ''],
    [{ withdrawn: 'revoked' }, true, false, 'You took it back'],
    [{ withdrawn: 'revoked', yours: 'revoked' }, false, false, 'Taken back by the sender'],
    [{ withdrawn: 'declined_by_all' }, false, false, 'Deleted: nobody wanted it'],
    [{ withdrawn: 'session_ended' }, false, true, 'Deleted at the end of the session'],
    [{ withdrawn: 'expired' }, false, true, 'Deleted: kept for 30 days only'],
  ])('%o, own: %s, ended: %s', (more, own, ended, text) => {
    const retention = { type: 'keep' as const, days: 30 };
    expect(stateText({ file: file(more), message: message(own) }, ended, retention)).toBe(text);
  });

  it('says what kind it is, with the ending', () => {
    expect(['a.exe', 'a.tar', 'a', 'a.xlsm', 'x\u202efdp.exe'].map(typeText)).toEqual([
      'Program (EXE)',
      'Archive (TAR)',
      'File',
      'Table (XLSM)',
      'Program (EXE)',
    ]);
  });
});

describe('warnings', () => {
  it.each([
    ['setup.exe', '', 'program'],
    ['SETUP.EXE', '', 'program'],
    ['invoice\u202efdp.exe', '', 'program'],
    ['invoice.pdf.exe . .', '', 'program'],
    ['invoice.exe\u200b', '', 'program'],
    ['a.lnk', '', 'program'],
    ['a.ps1', 'text/plain', 'program'],
    ['photo.png', 'application/x-msdownload', 'program'],
    ['photo.png', 'application/x-executable', 'program'],
    ['budget.xlsm', '', 'macros'],
    ['budget.doc', '', 'macros'],
    ['budget', 'application/vnd.ms-excel.sheet.macroEnabled.12', 'macros'],
    ['budget.xlsx', 'application/zip', null],
    ['report.pdf', 'application/pdf', null],
    ['exe', '', null],
    ['', '', null],
  ])('%s of %s: %s', (name, type, danger) => expect(dangerOf(name, type)).toBe(danger));
});
