// What tests of the bots' pages have in common: the pages on the in-memory host, and short ways to do and see things on them.
import { cleanup, render, screen, waitFor } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import axe from 'axe-core';
import { afterEach, beforeAll, beforeEach, expect, vi } from 'vitest';
import App from '$app/App.svelte';
import { router } from '$app/router.svelte';
import { createPlatform } from '$lib/platform/demo';
import type { DraftInput, Flow } from '$lib/proto';

export const WAIT = { timeout: 8000 };
export const user = userEvent.setup();

export async function open(path: string, ...flags: string[]) {
  router.navigate(path);
  const platform = await createPlatform({ delay: 1, flags: new Set(flags), desktop: false });
  const call = vi.spyOn(platform, 'call');
  render(App, { platform });
  return { platform, call };
}
export type Call = Awaited<ReturnType<typeof open>>['call'];

export const byId = (id: string) => screen.findByTestId(id, {}, WAIT);
export const bodies = (call: Call, operation: string) =>
  call.mock.calls.filter(([name]) => name === operation).map(([, params]) => params?.body);
export const steps = () => screen.queryAllByTestId('step').map(({ dataset }) => dataset.type);
export const card = (id: string) =>
  document.querySelector<HTMLElement>(`[data-step="${id}"] .open`) ?? expect.unreachable(`no step ${id}`);
export const isSaved = () =>
  waitFor(() => expect(screen.getByTestId('save-state').dataset.state).toBe('saved'), WAIT);
export const said = (words: string | RegExp) =>
  waitFor(() => {
    const live = [...document.querySelectorAll('[aria-live="polite"]')].map(({ textContent }) =>
      textContent.replace('\u00a0', ''),
    );
    expect(live.some((text) => (typeof words === 'string' ? text === words : words.test(text)))).toBe(true);
  }, WAIT);
export const free = () => waitFor(() => expect(document.body.style.pointerEvents).not.toBe('none'), WAIT);
export const saved = (call: Call): Flow => (bodies(call, 'save_bot_draft').at(-1) as DraftInput).flow;
export const menu = async (item: string) => {
  await free();
  await user.click(await byId('bot-menu'));
  await user.click(await byId(item));
};
/** Adds a step below the one at `index` (from 1; 0 is the top). */
export async function add(type: string, index: number) {
  await free();
  const buttons = screen.getAllByTestId('add-step');
  await user.click(buttons[index] ?? expect.unreachable('no place'));
  await user.click(await byId(`add-${type}`));
  await free();
}
export const field = (name: string) => screen.getByTestId(name) as HTMLInputElement;
export async function type(name: string, text: string) {
  await user.clear(await byId(name));
  await user.click(field(name));
  await user.paste(text);
}

export async function noViolations() {
  document.documentElement.lang = 'en';
  const { violations } = await axe.run(document, { rules: { 'color-contrast': { enabled: false } } });
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([]);
}

beforeAll(async () => {
  const parts = import.meta.glob([
    '../src/pages/*.svelte',
    '../src/app/*.svelte',
    '../src/lib/bots/Bot*.svelte',
  ]);
  await Promise.all(Object.values(parts).map((load) => load()));
}, 120_000);
beforeEach(() => sessionStorage.clear());
afterEach(() => {
  cleanup();
  router.navigate('/');
  localStorage.clear();
});
