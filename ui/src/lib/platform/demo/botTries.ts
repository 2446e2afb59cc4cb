// What stands in for the portal's engine and its fetches in the demo: enough for a conversation to be looked at, no more.
import type {
  AnswerFormat,
  AnswerTest,
  Flow,
  FlowStep,
  Rehearsed,
  RehearsedLine,
  RehearsedPlace,
  RehearseInput,
  SendAttachment,
  Tried,
  TryAction,
} from '$lib/proto';

interface State {
  step: string | null;
  place: RehearsedPlace;
  answers: Record<string, string>;
  tries: number;
}

const fill = (text: string, answers: Record<string, string>) =>
  text.replace(/\{\{\s*(\w+)\s*\}\}/g, (_all, name: string) => answers[name] ?? '');

/** Addresses with `missing` in them are not there. */
export function tryAction({ action, answers }: TryAction): Tried {
  return fetched(action, answers);
}

function fetched(action: SendAttachment, answers: Record<string, string>): Tried {
  const endpoint = fill(action.endpoint, answers);
  if (endpoint.includes('missing')) {
    const message = 'The endpoint answered 404 Not Found.';
    return { status: 404, problem: { code: 'status', message }, took_millis: 87 };
  }
  const name = fill(action.file_name, answers) || endpoint.split(/[/?]/).at(-1) || 'file';
  const media_type = action.content_type || 'application/pdf';
  return { file: { name, media_type, size: 48_213 }, status: 200, took_millis: 214 };
}

export function rehearse({ flow, state, event }: RehearseInput): Rehearsed {
  const now: State =
    state === undefined
      ? { step: flow.steps[0]?.id ?? null, place: 'asked', answers: {}, tries: 0 }
      : (JSON.parse(state) as State);
  const lines: RehearsedLine[] = [];
  const step = flow.steps.find(({ id }) => id === now.step);
  if (event.type === 'begin') now.answers.customer = event.customer;
  if (event.type === 'begin') run(flow, now, lines);
  else if (event.type === 'said' && now.place === 'asked' && step?.type === 'question') {
    answered(flow, now, step, [event.text, ...event.files].join(' ').trim(), event.files.length > 0, lines);
  } else if (event.type === 'taken_over') now.place = 'taken';
  else if (event.type === 'technician_wanted') {
    now.place = 'queued';
    lines.push({ type: 'queued' });
  } else if (step?.type === 'ask_technician') {
    now.step = wayTo(flow, step, event.type === 'nobody_came' ? step.if_nobody : step.next);
    run(flow, now, lines);
  } else run(flow, now, lines);
  const { step: here, place } = now;
  return { lines, state: JSON.stringify(now), place, ...(here === null ? {} : { step: here }) };
}

function answered(
  flow: Flow,
  now: State,
  step: Extract<FlowStep, { type: 'question' }>,
  said: string,
  hasFiles: boolean,
  lines: RehearsedLine[],
) {
  if (fits(step.answer, said) || hasFiles) {
    now.answers[step.variable] = said;
    now.tries = 0;
    now.step = wayTo(flow, step, step.next);
    return run(flow, now, lines);
  }
  now.tries += 1;
  if (step.tries !== undefined && now.tries >= step.tries) {
    now.step = wayTo(flow, step, step.otherwise);
    return run(flow, now, lines);
  }
  lines.push({ type: 'text', text: fill(step.retry_text || step.text, now.answers), ask: step.answer });
}

function fits(format: AnswerFormat, said: string): boolean {
  switch (format.type) {
    case 'any':
      return true;
    case 'choice':
      return format.options.some((option) => option.toLowerCase() === said.toLowerCase());
    case 'number':
      return (
        said !== '' && Number(said) >= (format.min ?? -Infinity) && Number(said) <= (format.max ?? Infinity)
      );
    case 'email':
      return /^\S+@\S+\.\S+$/.test(said);
    case 'date':
      return /^\d{4}-\d\d-\d\d$/.test(said);
  }
}

function wayTo(flow: Flow, step: FlowStep, way: string | undefined): string | null {
  if (way !== undefined) return way;
  return flow.steps[flow.steps.indexOf(step) + 1]?.id ?? null;
}

function run(flow: Flow, now: State, lines: RehearsedLine[]) {
  for (let count = 0; count < 50; count += 1) {
    const step = flow.steps.find(({ id }) => id === now.step);
    if (!step || step.type === 'end') {
      if (step?.text) lines.push({ type: 'text', text: fill(step.text, now.answers) });
      lines.push({ type: 'ended' });
      now.place = 'over';
      return;
    }
    if (act(flow, now, step, lines)) return;
  }
}

/** Whether it waits there. */
function act(
  flow: Flow,
  now: State,
  step: Exclude<FlowStep, { type: 'end' }>,
  lines: RehearsedLine[],
): boolean {
  const say = (text: string) => text !== '' && lines.push({ type: 'text', text: fill(text, now.answers) });
  switch (step.type) {
    case 'message':
      say(step.text);
      now.step = wayTo(flow, step, step.next);
      return false;
    case 'question':
      lines.push({ type: 'text', text: fill(step.text, now.answers), ask: step.answer });
      now.place = 'asked';
      return true;
    case 'condition':
      now.step = wayTo(
        flow,
        step,
        holds(step.test, now.answers[step.variable] ?? '') ? step.then : step.otherwise,
      );
      return false;
    case 'action': {
      const { file, problem } = fetched(step.action, now.answers);
      if (file) lines.push({ type: 'file', text: fill(step.action.text, now.answers), file });
      if (problem) {
        lines.push({ type: 'file_failed', problem });
        say(step.failure_text);
      }
      now.step = wayTo(flow, step, file ? step.next : step.on_failure);
      return false;
    }
    case 'ask_technician':
      say(step.text);
      lines.push({ type: 'queued' });
      now.place = 'queued';
      return true;
  }
}

function holds(test: AnswerTest, said: string): boolean {
  switch (test.type) {
    case 'is':
      return said.toLowerCase() === test.value.toLowerCase();
    case 'contains':
      return said.toLowerCase().includes(test.value.toLowerCase());
    case 'at_least':
      return Number(said) >= test.value;
    case 'at_most':
      return Number(said) <= test.value;
    case 'before':
      return said < test.day;
    case 'after':
      return said > test.day;
    case 'has_files':
      return said.includes('.');
    case 'is_empty':
      return said === '';
  }
}
