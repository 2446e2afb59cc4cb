// C01 C03 C04 C05 C06 C07 C08: flows as files.
import { describe, expect, it } from 'vitest';
import { brokenFlow, invoiceFlow } from '$lib/platform/demo/botFlows';
import { exportName, exportText, importFlow, type ImportProblem } from './transfer';

const SECRET = '0192d3c4b5a67788990000000000f001';
const all = () => true;
const none = () => false;

describe('an export', () => {
  it.each([
    ['Invoices', 'Invoices.flow.json'],
    ['../a/b:c\u202efdp', 'a b cfdp.flow.json'],
    ['', 'bot.flow.json'],
  ])('of %j is called %s', (bot, name) => expect(exportName(bot)).toBe(name));

  it.each([invoiceFlow(), brokenFlow(), { format: 1, steps: [] }])('is read as it was', (flow) => {
    expect(importFlow(exportText(flow), all)).toEqual({ flow, dropped: 0 });
  });
});

describe('an import', () => {
  it("leaves out authorizations that are another bot's", () => {
    const read = importFlow(exportText(invoiceFlow()), none);
    if (!('flow' in read)) return expect.unreachable();
    expect(read.dropped).toBe(1);
    expect(JSON.stringify(read.flow)).not.toContain(SECRET);
  });

  it('fills in what may be left out, and leaves out what no flow has', () => {
    const text = JSON.stringify({
      format: 1,
      by: 'somebody',
      steps: [
        {
          id: 'a',
          type: 'question',
          text: '?',
          variable: 'v',
          answer: { type: 'number', whole: false, min: null },
        },
        {
          id: 'b',
          type: 'action',
          action: { type: 'send_attachment', endpoint: 'https://x.example', cookie: 1 },
        },
        { id: 'c', type: 'end' },
      ],
    });
    expect(importFlow(text, none)).toEqual({
      dropped: 0,
      flow: {
        format: 1,
        steps: [
          {
            id: 'a',
            name: '',
            type: 'question',
            text: '?',
            variable: 'v',
            answer: { type: 'number' },
            retry_text: '',
          },
          {
            id: 'b',
            name: '',
            type: 'action',
            action: {
              type: 'send_attachment',
              text: '',
              file_name: '',
              endpoint: 'https://x.example',
              content_type: '',
              headers: [],
            },
            failure_text: '',
          },
          { id: 'c', name: '', type: 'end', text: '' },
        ],
      },
    });
  });

  const wrong = (place: string, expected: string) => ({ what: 'wrong', place, expected }) as ImportProblem;
  const step = (more: object) => JSON.stringify({ format: 1, steps: [{ id: 'a', ...more }] });
  it.each<[string, string, ImportProblem]>([
    ['nothing', '', { what: 'no_json' }],
    ['half of it', '{"format": 1, "steps": [', { what: 'no_json' }],
    ['a page', '<html></html>', { what: 'no_json' }],
    ['a number', '1', { what: 'no_flow' }],
    ['nothing at all', 'null', { what: 'no_flow' }],
    ['a list', '[]', { what: 'no_flow' }],
    ['something else', '{"name": "x"}', { what: 'no_flow' }],
    ['a flow without a list', '{"format": 1, "steps": {}}', { what: 'no_flow' }],
    ['a flow of tomorrow', '{"format": 2, "steps": []}', { what: 'other_format', format: 2 }],
    ['a format that is a text', '{"format": "1", "steps": []}', wrong('format', 'number')],
    ['a step that is none', '{"format": 1, "steps": [1]}', wrong('steps.0', 'object')],
    ['a step without an id', '{"format": 1, "steps": [{"type": "end"}]}', wrong('steps.0.id', 'there')],
    ['another kind of step', step({ type: 'script', code: 'alert(1)' }), wrong('steps.0.type', 'known')],
    ['a message without words', step({ type: 'message' }), wrong('steps.0.text', 'there')],
    ['a text that is none', step({ type: 'message', text: 1 }), wrong('steps.0.text', 'text')],
    ['a way that is none', step({ type: 'message', text: '', next: 1 }), wrong('steps.0.next', 'text')],
    [
      'half a number',
      step({ type: 'question', text: '', variable: '', answer: { type: 'any' }, tries: 1.5 }),
      wrong('steps.0.tries', 'number'),
    ],
    [
      'options that are none',
      step({ type: 'question', text: '', variable: '', answer: { type: 'choice', options: 'a' } }),
      wrong('steps.0.answer.options', 'list'),
    ],
    [
      'a header without a value',
      step({ type: 'action', action: { type: 'send_attachment', headers: [{ name: 'X' }] } }),
      wrong('steps.0.action.headers.0.value', 'there'),
    ],
    [
      'another action',
      step({ type: 'action', action: { type: 'run_program' } }),
      wrong('steps.0.action.type', 'known'),
    ],
    [
      'too many steps',
      JSON.stringify({ format: 1, steps: Array.from({ length: 201 }, () => 0) }),
      { what: 'too_many' },
    ],
    ['too much', `"${'x'.repeat(1024 * 1024)}"`, { what: 'too_large' }],
    ['a name that every object has', '{"__proto__": {"format": 1, "steps": []}}', { what: 'no_flow' }],
  ])('of %s is refused', (_name, text, problem) => expect(importFlow(text, all)).toEqual({ problem }));
});
