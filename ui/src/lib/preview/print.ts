// Paper: what is to be printed stands alone in the page for as long as the dialog is open.
import { mount, unmount } from 'svelte';
import type { Component } from 'svelte';

/** Milliseconds after which a host that never says that printing is over is taken at its word. */
const FORGOTTEN = 10 * 60_000;

/** Draws `component` on paper. It is gone when the dialog is. */
export function print<Props extends Record<string, unknown>>(
  component: Component<Props>,
  props: Props,
  ready: () => Promise<void>,
): void {
  const target = document.createElement('div');
  target.className = 'print-area';
  document.body.append(target);
  const drawn = mount(component, { target, props });
  const over = () => {
    removeEventListener('afterprint', over);
    clearTimeout(timer);
    void unmount(drawn);
    target.remove();
  };
  const timer = setTimeout(over, FORGOTTEN);
  addEventListener('afterprint', over);
  void ready().then(() => window.print());
}
