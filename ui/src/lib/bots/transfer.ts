// A flow as a file: written for export, read for import. What is read is made anew, field by field; what it has more is left out.
import type { AnswerFormat, AnswerTest, Flow, FlowStep, SendAttachment } from '$lib/proto';
import { saveName } from '$lib/util/saveName';
import { Read, Unreadable } from './reading';
import { FLOW_FORMAT, FORMATS, MAX_STEPS, STEP_TYPES, TESTS } from './steps';

/** `FLOW_MAX_BYTES` of the wire's limits. */
export const MAX_BYTES = 1024 * 1024;

export type ImportProblem =
  | { what: 'too_large' | 'no_json' | 'no_flow' | 'too_many' }
  | { what: 'other_format'; format: number }
  | { what: 'wrong'; place: string; expected: Unreadable['expected'] };

export type Imported =
  | {
      flow: Flow;
      /** Steps whose authorization was left out, because it is another bot's. */
      dropped: number;
    }
  | { problem: ImportProblem };

export const exportName = (bot: string): string => `${saveName(bot, 'bot')}.flow.json`;
export const exportText = (flow: Flow): string => `${JSON.stringify(flow, null, 2)}\n`;

/** `isKnown`: whether an authorization is this bot's. */
export function importFlow(text: string, isKnown: (secret: string) => boolean): Imported {
  if (text.length > MAX_BYTES) return { problem: { what: 'too_large' } };
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { problem: { what: 'no_json' } };
  }
  try {
    return readFlow(new Read(json), isKnown);
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    const { place, expected } = error;
    return {
      problem: place === '' || place === 'steps' ? { what: 'no_flow' } : { what: 'wrong', place, expected },
    };
  }
}

function readFlow(read: Read, isKnown: (secret: string) => boolean): Imported {
  const format = read.get('format');
  if (!format.isThere && !read.get('steps').isThere) return { problem: { what: 'no_flow' } };
  if (format.number() !== FLOW_FORMAT) return { problem: { what: 'other_format', format: format.number() } };
  const listed = read.get('steps').list();
  if (listed.length > MAX_STEPS) return { problem: { what: 'too_many' } };
  let dropped = 0;
  const steps = listed.map((one) => {
    const step = readStep(one);
    if (step.type !== 'action' || step.action.authorization === undefined) return step;
    if (isKnown(step.action.authorization)) return step;
    dropped += 1;
    const { authorization: _foreign, ...action } = step.action;
    return { ...step, action };
  });
  return { flow: { format: FLOW_FORMAT, steps }, dropped };
}

const text = (read: Read) => read.text();

function readStep(read: Read): FlowStep {
  const base = { id: read.get('id').text(), name: read.get('name').textOrNone() };
  const type = read.get('type').oneOf(STEP_TYPES);
  const next = read.optional('next', text);
  switch (type) {
    case 'message':
      return { ...base, type, text: read.get('text').text(), ...next };
    case 'question':
      return {
        ...base,
        type,
        text: read.get('text').text(),
        answer: readFormat(read.get('answer')),
        variable: read.get('variable').text(),
        retry_text: read.get('retry_text').textOrNone(),
        ...read.optional('tries', (tries) => tries.number()),
        ...read.optional('otherwise', text),
        ...next,
      };
    case 'condition':
      return {
        ...base,
        type,
        variable: read.get('variable').text(),
        test: readTest(read.get('test')),
        ...read.optional('then', text),
        ...read.optional('otherwise', text),
      };
    case 'action':
      return {
        ...base,
        type,
        action: readAction(read.get('action')),
        failure_text: read.get('failure_text').textOrNone(),
        ...read.optional('on_failure', text),
        ...next,
      };
    case 'ask_technician':
      return {
        ...base,
        type,
        text: read.get('text').textOrNone(),
        ...read.optional('if_nobody', text),
        ...next,
      };
    case 'end':
      return { ...base, type, text: read.get('text').textOrNone() };
  }
}

function readFormat(read: Read): AnswerFormat {
  const type = read.get('type').oneOf(FORMATS);
  if (type === 'choice') {
    const options = read.get('options').list().map(text);
    return { type, options };
  }
  if (type !== 'number') return { type };
  const limit = (value: Read) => value.number();
  const whole = read.get('whole').isTrue();
  return {
    type,
    ...read.optional('min', limit),
    ...read.optional('max', limit),
    ...(whole ? { whole } : {}),
  };
}

function readTest(read: Read): AnswerTest {
  const type = read.get('type').oneOf(TESTS);
  switch (type) {
    case 'is':
    case 'contains':
      return { type, value: read.get('value').text() };
    case 'at_least':
    case 'at_most':
      return { type, value: read.get('value').number() };
    case 'before':
    case 'after':
      return { type, day: read.get('day').text() };
    case 'has_files':
    case 'is_empty':
      return { type };
  }
}

function readAction(read: Read): { type: 'send_attachment' } & SendAttachment {
  const headers = read.get('headers');
  return {
    type: read.get('type').oneOf(['send_attachment']),
    text: read.get('text').textOrNone(),
    file_name: read.get('file_name').textOrNone(),
    endpoint: read.get('endpoint').textOrNone(),
    ...read.optional('authorization', text),
    content_type: read.get('content_type').textOrNone(),
    headers: (headers.isThere ? headers.list() : []).map((header) => ({
      name: header.get('name').text(),
      value: header.get('value').text(),
    })),
  };
}
