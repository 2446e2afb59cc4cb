// A flow's steps, and what is done to them. Nothing here changes what it is given.
import type { AnswerFormat, AnswerTest, Flow, FlowStep, SendAttachment } from '$lib/proto';
import { withOptional } from '$lib/components/types';

export type StepType = FlowStep['type'];
export type StepOf<T extends StepType> = Extract<FlowStep, { type: T }>;
export type FormatOf<T extends AnswerFormat['type']> = Extract<AnswerFormat, { type: T }>;

/** In the order in which they are offered. */
export const STEP_TYPES: readonly StepType[] = [
  'message',
  'question',
  'condition',
  'action',
  'ask_technician',
  'end',
];
export const FORMATS: readonly AnswerFormat['type'][] = ['any', 'choice', 'number', 'email', 'date'];
export const TESTS: readonly AnswerTest['type'][] = [
  'is',
  'contains',
  'at_least',
  'at_most',
  'before',
  'after',
  'has_files',
  'is_empty',
];

/** The limits of the wire: `FLOW_FORMAT` and `FLOW_MAX_*`, `FLOW_TEXT_MAX_CHARS`. */
export const FLOW_FORMAT = 1;
export const MAX_STEPS = 200;
export const MAX_OPTIONS = 20;
export const MAX_HEADERS = 20;
export const MAX_TRIES = 20;

export const emptyFlow = (): Flow => ({ format: FLOW_FORMAT, steps: [] });

const noAttachment = (): SendAttachment => ({
  text: '',
  file_name: '',
  endpoint: '',
  content_type: '',
  headers: [],
});

/** An id that no step of `flow` has: `question-3`. */
export function freeId(flow: Flow, type: StepType): string {
  const taken = new Set(flow.steps.map(({ id }) => id));
  const stem = type.replaceAll('_', '-');
  for (let number = flow.steps.length + 1; ; number += 1) {
    const id = `${stem}-${number}`;
    if (!taken.has(id)) return id;
  }
}

/** A step that says and asks nothing yet; a condition looks at `variable`. */
export function newStep(id: string, type: StepType, variable = ''): FlowStep {
  const base = { id, name: '' };
  switch (type) {
    case 'message':
    case 'ask_technician':
    case 'end':
      return { ...base, type, text: '' };
    case 'question':
      return { ...base, type, text: '', answer: { type: 'any' }, variable: '', retry_text: '' };
    case 'condition':
      return { ...base, type, variable, test: { type: 'is', value: '' } };
    case 'action':
      return { ...base, type, action: { type: 'send_attachment', ...noAttachment() }, failure_text: '' };
  }
}

/** What `type` of answer is wanted, before anything more is said of it. */
export function newFormat(type: AnswerFormat['type']): AnswerFormat {
  return type === 'choice' ? { type, options: ['', ''] } : { type };
}

/** Another test, with the value of the one before as far as it fits. */
export function testAs(type: AnswerTest['type'], before: AnswerTest): AnswerTest {
  const value = 'value' in before ? before.value : '';
  switch (type) {
    case 'is':
    case 'contains':
      return { type, value: String(value) };
    case 'at_least':
    case 'at_most':
      return { type, value: Number.isSafeInteger(Number(value)) ? Number(value) : 0 };
    case 'before':
    case 'after':
      return { type, day: 'day' in before ? before.day : '' };
    case 'has_files':
    case 'is_empty':
      return { type };
  }
}

export const indexOf = (flow: Flow, id: string): number => flow.steps.findIndex((step) => step.id === id);

/** `flow` with `step` at `index`, what stood there below it. */
export function insertStep(flow: Flow, index: number, step: FlowStep): Flow {
  return { ...flow, steps: flow.steps.toSpliced(index, 0, step) };
}

export function replaceStep(flow: Flow, step: FlowStep): Flow {
  return { ...flow, steps: flow.steps.map((one) => (one.id === step.id ? step : one)) };
}

/** Ways that led to it lead nowhere from now on, which the portal tells: nobody knows where they should lead instead. */
export function removeStep(flow: Flow, id: string): Flow {
  return { ...flow, steps: flow.steps.filter((step) => step.id !== id) };
}

/** One place up (-1) or down (1); `flow` itself where there is none. */
export function moveStep(flow: Flow, id: string, by: -1 | 1): Flow {
  const from = indexOf(flow, id);
  const step = flow.steps[from];
  const to = from + by;
  if (!step || to < 0 || to >= flow.steps.length) return flow;
  return { ...flow, steps: flow.steps.toSpliced(from, 1).toSpliced(to, 0, step) };
}

/** A copy of the step below itself, and the copy's id. A question's copy keeps its variable: it asks for the same once more. */
export function duplicateStep(flow: Flow, id: string): { flow: Flow; id: string } | null {
  const index = indexOf(flow, id);
  const step = flow.steps[index];
  if (!step) return null;
  const copy = { ...structuredClone(step), id: freeId(flow, step.type) };
  return { flow: insertStep(flow, index + 1, copy), id: copy.id };
}

/** `step` with `field` set, or without it: ways, tries, limits. */
export function withField<S extends FlowStep, K extends keyof S>(
  step: S,
  field: K,
  value: S[K] | undefined,
): S {
  return withOptional(step, field, value);
}

/** The action of `step` changed in part; `authorization: undefined` takes it out. */
export function withAction(step: StepOf<'action'>, change: Partial<SendAttachment>): StepOf<'action'> {
  const action = { ...step.action, ...change };
  if (action.authorization === undefined) delete action.authorization;
  return { ...step, action };
}

/** Whether two flows are the same, as their JSON is. */
export const sameFlow = (one: Flow, other: Flow): boolean => one === other || stable(one) === stable(other);

/** JSON with its keys in order. */
function stable(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([one], [other]) => (one < other ? -1 : 1)))
      : part,
  );
}
