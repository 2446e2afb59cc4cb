// Steps, ways and variables of a flow, and its history; each by a table.
import { describe, expect, it } from 'vitest';
import type { Flow, FlowStep } from '$lib/proto';
import { changed, historyOf, redone, undone } from './history';
import { duplicateStep, freeId, insertStep, moveStep, newStep, removeStep, sameFlow, testAs } from './steps';
import {
  insertVariable,
  isUsed,
  knownVariables,
  suggestedVariable,
  variablesIn,
  variablesOf,
} from './variables';
import { endsBelow, jumpsOf, reachedIn, waysOf } from './ways';

const says = (id: string, next?: string): FlowStep => ({
  id,
  name: '',
  type: 'message',
  text: id,
  ...(next === undefined ? {} : { next }),
});
const asks = (id: string, variable: string, more: Partial<FlowStep> = {}) =>
  ({ ...newStep(id, 'question'), text: '?', variable, ...more }) as FlowStep;
const flowOf = (...steps: FlowStep[]): Flow => ({ format: 1, steps });
const ids = ({ steps }: Flow) => steps.map(({ id }) => id).join(' ');

describe('steps', () => {
  const flow = flowOf(says('a'), says('b'), says('c'));

  it.each([
    ['a', -1, 'a b c'],
    ['a', 1, 'b a c'],
    ['c', -1, 'a c b'],
    ['c', 1, 'a b c'],
    ['z', 1, 'a b c'],
  ] as const)('%s moved by %i', (id, by, order) => expect(ids(moveStep(flow, id, by))).toBe(order));

  it('are put in, copied and taken out, and the flow they came from stays', () => {
    expect(ids(insertStep(flow, 1, says('x')))).toBe('a x b c');
    const copied = duplicateStep(flow, 'b');
    expect(copied && [ids(copied.flow), copied.id]).toEqual(['a b message-4 c', 'message-4']);
    expect(duplicateStep(flow, 'z')).toBeNull();
    expect(ids(removeStep(flow, 'b'))).toBe('a c');
    expect(ids(flow)).toBe('a b c');
  });

  it('get ids that the portal takes and no other step has', () => {
    expect(freeId(flow, 'ask_technician')).toBe('ask-technician-4');
    expect(freeId(flowOf(says('message-2')), 'message')).toBe('message-3');
  });

  it('are the same whatever the order of their keys', () => {
    const { steps, format } = flow;
    expect(sameFlow(flow, { steps, format })).toBe(true);
    expect(sameFlow(flow, flowOf(says('a')))).toBe(false);
  });

  it.each([
    ['contains', { type: 'is', value: 'x' }, { type: 'contains', value: 'x' }],
    ['at_least', { type: 'is', value: '12' }, { type: 'at_least', value: 12 }],
    ['at_least', { type: 'is', value: 'many' }, { type: 'at_least', value: 0 }],
    ['is', { type: 'at_most', value: 3 }, { type: 'is', value: '3' }],
    ['after', { type: 'before', day: '2026-11-22' }, { type: 'after', day: '2026-11-22' }],
    ['has_files', { type: 'is', value: 'x' }, { type: 'has_files' }],
  ] as const)('a test as %s keeps what fits', (type, before, after) =>
    expect(testAs(type, before)).toEqual(after),
  );
});

describe('ways', () => {
  it.each<[string, FlowStep, string[]]>([
    ['a message', says('a'), ['next']],
    ['a question', asks('a', 'v'), ['next']],
    ['a question with tries', asks('a', 'v', { tries: 3 } as Partial<FlowStep>), ['next', 'otherwise']],
    ['a condition', newStep('a', 'condition'), ['then', 'otherwise']],
    ['an action', newStep('a', 'action'), ['next', 'on_failure']],
    ['a technician', newStep('a', 'ask_technician'), ['next', 'if_nobody']],
    ['an end', newStep('a', 'end'), []],
  ])('of %s', (_name, step, fields) => expect(waysOf(step).map(({ field }) => field)).toEqual(fields));

  it('that do not simply go down are drawn', () => {
    const flow = flowOf(says('a', 'c'), says('b', 'c'), says('c', 'a'), says('d', 'gone'), says('e', 'e'));
    expect(
      flow.steps.map((_, index) => jumpsOf(flow, index).map(({ index: to, back }) => [to, back])),
    ).toEqual([[[2, false]], [], [[0, true]], [[-1, false]], [[4, true]]]);
  });

  it.each<[string, Flow, boolean[]]>([
    ['no steps', flowOf(), []],
    ['one below the other', flowOf(says('a'), says('b')), [true, true]],
    ['one that is jumped over', flowOf(says('a', 'c'), says('b'), says('c')), [true, false, true]],
    ['one after the end', flowOf(newStep('a', 'end'), says('b')), [true, false]],
    ['round and round', flowOf(says('a', 'b'), says('b', 'a')), [true, true]],
    ['a way to nowhere', flowOf(says('a', 'gone'), says('b')), [true, false]],
  ])('reach: %s', (_name, flow, reached) => expect(reachedIn(flow)).toEqual(reached));

  it.each<[Flow, boolean]>([
    [flowOf(), false],
    [flowOf(says('a')), true],
    [flowOf(says('a', 'a')), false],
    [flowOf(newStep('a', 'end')), false],
    [flowOf(newStep('a', 'condition')), true],
  ])('end below the last step or not', (flow, ends) => expect(endsBelow(flow)).toBe(ends));
});

describe('variables', () => {
  it.each<[string, string[] | null]>([
    ['', []],
    ['plain { text }', []],
    ['Hi {{ name }}, {{name}} and {{a_2}}', ['name', 'a_2']],
    ['{{a', null],
    ['{{}}', null],
    ['{{A}}', null],
    ['{{{{a}}}}', null],
  ])('in %j', (text, names) => expect(variablesIn(text)).toEqual(names));

  it('are known where some way comes from their question', () => {
    const flow = flowOf(
      asks('a', 'first', { next: 'c' } as Partial<FlowStep>),
      asks('b', 'never'),
      says('c'),
      asks('d', 'Wrong'),
      asks('e', 'last', { next: 'c' } as Partial<FlowStep>),
    );
    expect(knownVariables(flow).map((names) => names.toSorted().join(' '))).toEqual([
      'customer',
      'customer',
      // `b` leads there, though no way leads to `b`; and `e` leads back.
      'customer first last never',
      'customer first last never',
      'customer first last never',
    ]);
  });

  it.each([
    ['What is your invoice number?', [], 'invoice_number'],
    ['What is your invoice number?', ['invoice_number'], 'invoice_number_2'],
    ['Which printer do you have, and since when does it print blank pages?', [], 'printer_since_print'],
    ['Über welches Gerät?', [], 'uber_welches_gerat'],
    ['Hello {{customer}}, how are you?', [], ''],
    ['Are you a customer?', [], 'customer_2'],
    ['2026?', [], ''],
    ['رقم الفاتورة؟', [], ''],
    [`${'x'.repeat(60)}?`, [], 'x'.repeat(29)],
  ])('for %j', (question, taken, name) => expect(suggestedVariable(question, taken)).toBe(name));

  it('are put in at the caret', () => {
    expect(insertVariable('Hi !', 3, 3, 'name')).toEqual({ text: 'Hi {{name}}!', caret: 11 });
    expect(insertVariable('Hi you!', 3, 6, 'name')).toEqual({ text: 'Hi {{name}}!', caret: 11 });
  });

  it('of a request stand in its address, its name and its headers', () => {
    const action = {
      text: '{{not_here}}',
      file_name: '{{a}}.pdf',
      endpoint: 'https://x.example/{{b}}?{{a}}',
      content_type: '',
      headers: [{ name: 'X', value: '{{c}}' }],
    };
    expect(variablesOf(action)).toEqual(['b', 'a', 'c']);
  });

  it('are used in texts and by conditions', () => {
    const flow = flowOf({ ...newStep('a', 'condition', 'v') }, {
      ...says('b'),
      text: 'Hi {{ w }}',
    } as FlowStep);
    expect(['v', 'w', 'x'].map((name) => isUsed(flow, name))).toEqual([true, true, false]);
  });
});

describe('the history', () => {
  it('goes back and forth', () => {
    let history = changed(changed(historyOf('a'), 'b', 1), 'c', 2);
    history = undone(history) ?? history;
    expect(history.present).toBe('b');
    expect(redone(history)?.present).toBe('c');
    expect(undone(undone(history) ?? history)).toBeNull();
    expect(redone(changed(history, 'd', 3))).toBeNull();
    expect(changed(history, 'b', 4)).toBe(history);
  });

  it.each<[string, [string, number, string?][], number]>([
    [
      'typing in one field',
      [
        ['b', 0, 'x'],
        ['c', 500, 'x'],
        ['d', 900, 'x'],
      ],
      1,
    ],
    [
      'typing in two fields',
      [
        ['b', 0, 'x'],
        ['c', 500, 'y'],
      ],
      2,
    ],
    [
      'typing after a pause',
      [
        ['b', 0, 'x'],
        ['c', 5_000, 'x'],
      ],
      2,
    ],
    [
      'what is no typing',
      [
        ['b', 0],
        ['c', 1],
      ],
      2,
    ],
  ])('takes %s as so many steps', (_name, changes, steps) => {
    const history = changes.reduce(
      (history, [value, at, field]) => changed(history, value, 100_000 + at, field),
      historyOf('a'),
    );
    expect(history.past).toHaveLength(steps);
  });

  it('does not grow for ever', () => {
    let history = historyOf(0);
    for (let value = 1; value <= 500; value += 1) history = changed(history, value, value);
    expect(history.past).toHaveLength(200);
  });
});
