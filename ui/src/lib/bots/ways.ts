// Where steps lead: each to the one below, unless a way of its names another one.
import type { Flow, FlowStep } from '$lib/proto';

export type WayField = 'next' | 'otherwise' | 'then' | 'on_failure' | 'if_nobody';

export interface Way {
  field: WayField;
  /** Absent: the step below, or the end after the last one. */
  to?: string;
}

/** The ways that lead on from `step`, whether or not they name a step; an end has none. */
export function waysOf(step: FlowStep): Way[] {
  const way = (field: WayField, to: string | undefined): Way =>
    to === undefined ? { field } : { field, to };
  switch (step.type) {
    case 'message':
      return [way('next', step.next)];
    case 'question':
      return [
        way('next', step.next),
        // Whoever may try for ever never comes to it.
        ...(step.tries === undefined ? [] : [way('otherwise', step.otherwise)]),
      ];
    case 'condition':
      return [way('then', step.then), way('otherwise', step.otherwise)];
    case 'action':
      return [way('next', step.next), way('on_failure', step.on_failure)];
    case 'ask_technician':
      return [way('next', step.next), way('if_nobody', step.if_nobody)];
    case 'end':
      return [];
  }
}

/** A way as the canvas draws it. */
export interface Jump {
  field: WayField;
  to: string;
  /** The place of the step that it leads to; -1 where there is none. */
  index: number;
  /** It leads back, to a step above or to the same one. */
  back: boolean;
}

/** The ways of the step at `index` that do not simply go down. */
export function jumpsOf(flow: Flow, index: number): Jump[] {
  const step = flow.steps[index];
  if (!step) return [];
  return waysOf(step).flatMap(({ field, to }) => {
    if (to === undefined) return [];
    const there = flow.steps.findIndex(({ id }) => id === to);
    return there === index + 1 ? [] : [{ field, to, index: there, back: there >= 0 && there <= index }];
  });
}

/** Where the steps lead, by their places; a way to a step that is not there leads nowhere. */
export function graphOf(flow: Flow): number[][] {
  const places = new Map(flow.steps.map(({ id }, index) => [id, index] as const).reverse());
  const below = (index: number) => (index + 1 < flow.steps.length ? index + 1 : undefined);
  return flow.steps.map((step, index) =>
    waysOf(step)
      .map(({ to }) => (to === undefined ? below(index) : places.get(to)))
      .filter((place) => place !== undefined),
  );
}

/** Which steps some way leads to. */
export function reachedIn(flow: Flow): boolean[] {
  const graph = graphOf(flow);
  const reached = flow.steps.map(() => false);
  const open = flow.steps.length > 0 ? [0] : [];
  for (let index = open.pop(); index !== undefined; index = open.pop()) {
    if (reached[index]) continue;
    reached[index] = true;
    open.push(...(graph[index] ?? []));
  }
  return reached;
}

/** Whether a conversation that does the last step comes to its end there. */
export function endsBelow(flow: Flow): boolean {
  const last = flow.steps.at(-1);
  return last !== undefined && waysOf(last).some(({ to }) => to === undefined);
}
