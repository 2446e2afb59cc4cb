import { describe, expect, it } from 'vitest';
import type { AuditAction, AuditItem, Person } from '$lib/proto';
import source from '$lib/proto/AuditAction.ts?raw';
import { sentence } from '$lib/i18n/sentence';
import { ACTION_GROUPS, auditQuery, auditSentence, EVERYTHING, narrows } from './audit';
import { grantable, mayChange } from './roles';
import { matches, shownName } from './search';
import { ago } from './since';

const id = '0192d3c4b5a67788990011aabbccddee';
const person = (role: Person['role'], user = id): Person => ({
  user: { id: user, email: 'x@x.example', name: 'X' },
  role,
  state: 'active',
  since: 0,
  devices: 0,
});

describe('roles', () => {
  it.each([
    ['super_admin', ['super_admin', 'admin', 'technician', 'technician_own']],
    ['admin', ['admin', 'technician', 'technician_own']],
    ['technician_own', ['technician_own']],
  ] as const)('%s may give %s', (own, roles) => expect(grantable(own)).toEqual(roles));

  it.each([
    ['admin', person('super_admin'), false],
    ['admin', person('admin'), true],
    ['admin', person('technician'), true],
    ['super_admin', person('super_admin'), true],
    ['super_admin', person('technician', 'me'), false],
  ] as const)('%s and somebody else', (own, other, may) => expect(mayChange(own, 'me', other)).toBe(may));
});

describe('searching', () => {
  it.each([
    ['', true],
    ['tina', true],
    ['NORTH tina', true],
    ['francois', true],
    ['françois', true],
    ['tina else', false],
  ])('%s', (query, found) =>
    expect(matches(query, 'Tina François', 'tina@northwind.example', undefined)).toBe(found),
  );

  it('shows names on one line, with nothing hidden in them', () => {
    expect(shownName(' a\u202eb\n\n c\u0000 ')).toBe('a\ufffdb\ufffd\ufffd c\ufffd');
  });
});

describe('time', () => {
  it.each([
    [0, 'just now'],
    [4 * 60_000, 'just now'],
    [26 * 60_000, '26 minutes ago'],
    [3 * 3_600_000, '3 hours ago'],
    [9 * 86_400_000, '9 days ago'],
    [-5_000, 'just now'],
  ])('%d ms are %s', (since, words) => expect(ago(1_000_000_000_000 - since, 1_000_000_000_000)).toBe(words));
});

describe('the audit log', () => {
  const item = (change: Partial<AuditItem>): AuditItem => ({
    place: 1,
    at: 0,
    actor: 'Tina',
    action: 'file_read',
    subject: 'invoice.pdf',
    ...change,
  });
  const words = (change: Partial<AuditItem>) =>
    auditSentence(item(change))
      .map((part) => ('text' in part ? part.text : `[${part.value}]`))
      .join('');

  it('has a group and a sentence for every action', () => {
    const actions = [...source.matchAll(/"([a-z_]+)"/g)].map(([, action]) => action as AuditAction);
    expect(actions.length).toBeGreaterThan(15);
    const grouped = Object.values(ACTION_GROUPS).flat();
    expect([...grouped].sort()).toEqual([...actions].sort());
    for (const action of actions) expect(words({ action }), action).toContain('[Tina]');
  });

  it.each([
    [{}, '[Tina] opened [invoice.pdf]'],
    [
      { actor: undefined, action: 'session_deleted' },
      '[The portal] deleted the session [invoice.pdf] with its transcript and files',
    ],
    [{ subject: '' }, '[Tina] opened [something without a name]'],
    [{ action: 'signed_in', subject: '' }, '[Tina] signed in'],
    [
      { action: 'signed_in', subject: 'Firefox on Linux, 192.0.2.1' },
      '[Tina] signed in with [Firefox on Linux, 192.0.2.1]',
    ],
    [
      {
        action: 'settings_changed',
        subject: 'attachments.retention.days, attachments.retention.type, of.later',
      },
      '[Tina] changed policies: [How long files stay, of.later]',
    ],
    [{ action: 'settings_changed', subject: '' }, '[Tina] changed the policies'],
    [
      { action: 'role_changed', subject: 'admin: admin → admin: technician_own → admin' },
      '[Tina] changed the role of [admin: admin → admin: Technician, own sessions only → Admin]',
    ],
    [
      { action: 'person_invited', subject: 'admin@x.example (technician)' },
      '[Tina] invited [admin@x.example (Technician)]',
    ],
    // Names that look like ours, or like marks between the parts.
    [{ actor: '{what}' }, '[{what}] opened [invoice.pdf]'],
    [{ actor: '\u00010\u0001', subject: "'{who}'" }, "[\ufffd0\ufffd] opened ['{who}']"],
    [{ subject: 'a\u202efdp.exe' }, '[Tina] opened [a\ufffdfdp.exe]'],
  ] as [Partial<AuditItem>, string][])('%j', (change, expected) => expect(words(change)).toBe(expected));

  it('keeps values in their order whatever the sentence says first', () => {
    expect(sentence('audit.did.file_read', { what: '1', who: '0' })).toEqual([
      { name: 'who', value: '0' },
      { text: ' opened ' },
      { name: 'what', value: '1' },
    ]);
  });

  it('asks for whole days of the local time, and for nothing that is not chosen', () => {
    expect(auditQuery(EVERYTHING)).toEqual({});
    const query = auditQuery({ ...EVERYTHING, action: 'signed_in', from: '2026-03-28', to: '2026-03-29' });
    expect(query).toEqual({
      action: 'signed_in',
      from: new Date(2026, 2, 28).getTime(),
      to: new Date(2026, 2, 30).getTime(),
    });
    expect(auditQuery({ ...EVERYTHING, from: 'no day' })).toEqual({});
    expect([narrows(EVERYTHING), narrows({ ...EVERYTHING, session: id })]).toEqual([false, true]);
  });
});
