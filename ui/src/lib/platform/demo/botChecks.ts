// Some of what the portal checks of a flow; enough to see how problems look.
import type { Flow, FlowProblem, FlowProblemCode, FlowStep } from '$lib/proto';
import { isVariable, knownVariables, variablesIn } from '$lib/bots/variables';
import { reachedIn, waysOf } from '$lib/bots/ways';

export function checkFlow(flow: Flow, secrets: ReadonlySet<string>): FlowProblem[] {
  if (flow.steps.length === 0) return [{ code: 'no_steps' }];
  const known = knownVariables(flow);
  const reached = reachedIn(flow);
  const ids = new Set(flow.steps.map(({ id }) => id));
  return flow.steps.flatMap((step, index) => {
    const found: FlowProblem[] = [];
    const add = (code: FlowProblemCode, field?: string) =>
      found.push({ step: step.id, code, ...(field === undefined ? {} : { field }) });
    if (!reached[index]) add('unreachable');
    const template = (field: string, text: string) => {
      const names = variablesIn(text);
      if (names === null) add('template_invalid', field);
      else if (names.some((name) => !known[index]?.includes(name))) add('variable_unknown', field);
    };
    checkStep(step, add, template, secrets);
    if (step.type === 'condition' && !known[index]?.includes(step.variable))
      add('variable_unknown', 'variable');
    for (const { field, to } of waysOf(step))
      if (to !== undefined && !ids.has(to)) add('step_unknown', field);
    return found;
  });
}

function checkStep(
  step: FlowStep,
  add: (code: FlowProblemCode, field?: string) => void,
  template: (field: string, text: string) => void,
  secrets: ReadonlySet<string>,
) {
  if ((step.type === 'message' || step.type === 'question') && step.text.trim() === '') add('empty', 'text');
  if ('text' in step) template('text', step.text);
  if (step.type === 'question') {
    if (!isVariable(step.variable)) add('variable_invalid', 'variable');
    if (step.answer.type === 'choice') checkOptions(step.answer.options, add);
    const { answer } = step;
    if (answer.type === 'number' && (answer.min ?? -Infinity) > (answer.max ?? Infinity))
      add('range_empty', 'answer.max');
  }
  if (step.type === 'condition' && 'value' in step.test && String(step.test.value).trim() === '') {
    add('empty', 'test.value');
  }
  if (step.type === 'action') checkAction(step.action, add, template, secrets);
}

function checkOptions(options: readonly string[], add: (code: FlowProblemCode, field?: string) => void) {
  if (options.length === 0) add('too_few_options', 'answer.options');
  options.forEach((option, index) => {
    const same = options.slice(0, index).some((other) => other.toLowerCase() === option.toLowerCase());
    if (option.trim() === '') add('empty', `answer.options.${index}`);
    else if (same) add('option_taken', `answer.options.${index}`);
  });
}

function checkAction(
  action: Extract<FlowStep, { type: 'action' }>['action'],
  add: (code: FlowProblemCode, field?: string) => void,
  template: (field: string, text: string) => void,
  secrets: ReadonlySet<string>,
) {
  template('action.file_name', action.file_name);
  if (action.endpoint === '') add('empty', 'action.endpoint');
  else if (!/^https?:\/\//i.test(action.endpoint)) add('scheme_not_allowed', 'action.endpoint');
  else if (/^https?:\/\/[^/?]*\{\{/i.test(action.endpoint)) add('variable_in_host', 'action.endpoint');
  else template('action.endpoint', action.endpoint);
  if (action.authorization !== undefined && !secrets.has(action.authorization)) {
    add('secret_unknown', 'action.authorization');
  }
  if (action.content_type !== '' && !action.content_type.includes('/')) {
    add('content_type_invalid', 'action.content_type');
  }
  action.headers.forEach(({ name, value }, index) => {
    const field = `action.headers.${index}`;
    if (!/^[\w-]+$/.test(name)) add('header_invalid', `${field}.name`);
    else if (/^(host|authorization|content-type)$/i.test(name)) add('header_reserved', `${field}.name`);
    template(`${field}.value`, value);
  });
}
