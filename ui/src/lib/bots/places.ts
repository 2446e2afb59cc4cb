// Where steps and their fields stand in the page. Compared, not put into a selector: ids of imported flows can be anything.

const withData = (root: ParentNode, name: string, value: string): HTMLElement | undefined =>
  [...root.querySelectorAll<HTMLElement>(`[data-${name}]`)].find(({ dataset }) => dataset[name] === value);

/** The step's row on the canvas. */
export const rowOf = (step: string) => withData(document, 'step', step);

/** What of the row takes the keyboard. */
export const cardOf = (step: string) => rowOf(step)?.querySelector<HTMLElement>('.open');

/** What takes the keyboard where there is no step to go to. */
export const addButton = () => document.querySelector<HTMLElement>('[data-canvas] [data-testid="add-step"]');

/** The open editor's field at a place in the step's JSON, or what comes nearest: the list around it. */
export function fieldOf(place: string): HTMLElement | undefined {
  const editor = document.querySelector('[data-editor]');
  const parts = place.split('.');
  for (let length = parts.length; editor && length > 0; length -= 1) {
    const found = withData(editor, 'field', parts.slice(0, length).join('.'));
    if (found) return found;
  }
  return undefined;
}

/** Where a new step is written in first. */
export const firstField = () =>
  document.querySelector<HTMLElement>('[data-editor] :is(textarea, select, input):not([data-field="name"])');
