// What customers answered, by name: which of it is known at a step, and what stands in texts as `{{name}}`.
import type { Flow, SendAttachment } from '$lib/proto';
import { graphOf } from './ways';

/** Holds the customer's name; the portal fills it in. */
export const CUSTOMER = 'customer';
const NAME_MAX_CHARS = 32;

export const isVariable = (name: string): boolean => /^[a-z][a-z0-9_]{0,31}$/.test(name);

/** How a variable stands in a text. */
export const placeholder = (name: string): string => `{{${name}}}`;

/** The variables in a text, each once; `null` where its braces do not fit together. */
export function variablesIn(text: string): string[] | null {
  const names: string[] = [];
  for (let rest = text; ;) {
    const start = rest.indexOf('{{');
    if (start < 0) return [...new Set(names)];
    const end = rest.indexOf('}}', start + 2);
    const name = end < 0 ? '' : rest.slice(start + 2, end).trim();
    if (!isVariable(name)) return null;
    names.push(name);
    rest = rest.slice(end + 2);
  }
}

/** The variables that the request of an action is made with. */
export function variablesOf({ endpoint, file_name, headers }: SendAttachment): string[] {
  const texts = [endpoint, file_name, ...headers.map(({ value }) => value)];
  return [...new Set(texts.flatMap((text) => variablesIn(text) ?? []))];
}

/** Variables that may have been asked for when each step is come to: what stands on some way from the first step to it. */
export function knownVariables(flow: Flow): string[][] {
  const graph = graphOf(flow);
  const known = flow.steps.map(() => new Set([CUSTOMER]));
  const open = flow.steps.map((_, index) => index);
  for (let index = open.pop(); index !== undefined; index = open.pop()) {
    const step = flow.steps[index];
    const after = new Set(known[index]);
    if (step?.type === 'question' && isVariable(step.variable)) after.add(step.variable);
    for (const next of graph[index] ?? []) {
      const there = known[next] ?? new Set();
      const before = there.size;
      for (const name of after) there.add(name);
      if (there.size > before) open.push(next);
    }
  }
  return known.map((names) => [...names]);
}

/** Words of questions that say nothing about their answer. */
const IDLE = new Set(
  'a about an and any are at be can could did do does enter for give have hello here hi how i in is it kind many me much my of on or our please send still tell that the there this to type us want was we what when where which who will with would you your'.split(
    ' ',
  ),
);
const WORDS = 3;

/** A name for the answer to `question`, made of its words: `invoice_number`. None of `taken`; '' where there are no words. */
export function suggestedVariable(question: string, taken: readonly string[]): string {
  const words = question
    .replace(/\{\{.*?\}\}/g, ' ')
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '' && !IDLE.has(word));
  const stem = words
    .slice(0, WORDS)
    .join('_')
    .replace(/^[0-9_]+/, '')
    .slice(0, NAME_MAX_CHARS - 3)
    .replace(/_+$/, '');
  if (stem === '') return '';
  const names = [CUSTOMER, ...taken];
  if (!names.includes(stem)) return stem;
  for (let number = 2; ; number += 1) if (!names.includes(`${stem}_${number}`)) return `${stem}_${number}`;
}

/** `text` with the variable put in where the caret, or what is selected, stands; and where the caret stands then. */
export function insertVariable(
  text: string,
  start: number,
  end: number,
  name: string,
): { text: string; caret: number } {
  const put = placeholder(name);
  return { text: text.slice(0, start) + put + text.slice(end), caret: start + put.length };
}

/** Whether any text or condition of `flow` uses the variable. */
export function isUsed(flow: Flow, name: string): boolean {
  const uses = new RegExp(`\\{\\{\\s*${name}\\s*\\}\\}`);
  return flow.steps.some(
    (step) => (step.type === 'condition' && step.variable === name) || uses.test(JSON.stringify(step)),
  );
}
