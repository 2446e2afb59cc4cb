// How steps, ways and problems are called, in a few words.
import { shownName } from '$lib/admin/search';
import { t } from '$lib/i18n';
import type { AnswerTest, Flow, FlowProblem, FlowStep, TryProblem } from '$lib/proto';
import { codeText } from '$lib/util/errors';
import type { StepType } from './steps';

/** Characters of a summary; what does not fit the card is cut there. */
const SUMMARY_MAX = 160;

/** A text of any length on one line, with what would hide something in it made visible. */
const shorten = (text: string): string =>
  shownName([...text.slice(0, 2 * SUMMARY_MAX)].slice(0, SUMMARY_MAX).join('').replace(/\s+/g, ' '));

export const typeName = (type: StepType): string => t(`step.${type}`);

/** As who builds the flow calls it, or what kind it is. */
export const stepName = (step: FlowStep): string => shownName(step.name) || typeName(step.type);

/** With its place: names are there twice. */
export function placedName(flow: Flow, index: number): string {
  const step = flow.steps[index];
  return step ? t('step.placed', { place: index + 1, name: stepName(step) }) : t('way.gone');
}

/** What the step says or does, on one line; '' where nothing is written yet. */
export function summaryOf(step: FlowStep): string {
  switch (step.type) {
    case 'condition':
      return t('step.summary.condition', { variable: step.variable || '…', test: testText(step.test) });
    case 'action': {
      const { file_name, endpoint } = step.action;
      return shorten(file_name || lastPart(endpoint));
    }
    default:
      return shorten(step.text);
  }
}

/** The file of an address, or its server. */
function lastPart(endpoint: string): string {
  const [path = ''] = endpoint.replace(/^https?:\/\//i, '').split('?');
  return path.split('/').filter(Boolean).at(-1) ?? '';
}

export function testText(test: AnswerTest): string {
  if ('value' in test) return t(`test.said.${test.type}`, { value: shorten(String(test.value)) || '…' });
  if ('day' in test) return t(`test.said.${test.type}`, { value: test.day || '…' });
  return t(`test.said.${test.type}`);
}

/** What is wrong, in a sentence. */
export const problemText = ({ code }: FlowProblem): string => t(`flowProblem.${code}`);

/** A part of a field's place in the JSON that a list of problems names. */
const FIELDS = [
  'name',
  'text',
  'variable',
  'retry_text',
  'tries',
  'next',
  'then',
  'otherwise',
  'on_failure',
  'if_nobody',
  'failure_text',
  'answer.options',
  'answer.max',
  'test.value',
  'test.day',
  'action.text',
  'action.file_name',
  'action.endpoint',
  'action.authorization',
  'action.content_type',
  'action.headers',
] as const;

/** The name of the field a problem is at; '' where it is the whole step's. */
export function fieldName(step: FlowStep, field: string | undefined): string {
  const known = FIELDS.find((one) => field === one || field?.startsWith(`${one}.`));
  if (known === undefined) return '';
  if (known === 'text') return t(`field.text.${step.type}`);
  return t(`field.${known.replace('.', '_') as FieldKey}`);
}

type Underscored<T extends string> = T extends `${infer A}.${infer B}` ? `${A}_${B}` : T;
type FieldKey = Underscored<Exclude<(typeof FIELDS)[number], 'text'>>;

/**
 * Why a file could not be sent, for who builds the flow: the portal's own words where it is its fetcher's, which knows the server and
 * the numbers; a code of the wire has its sentence here.
 */
export const tryProblemText = ({ code, message }: TryProblem): string => shownName(message) || codeText(code);
