// What every page has to pass: no violation that axe knows, and a look at it in both themes and at three widths.
import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { expect } from '@playwright/test';
import type { AxeResults } from 'axe-core';

/** Where the pictures go, for people to look at. */
const FOLDER = process.env.DESKSIDE_LOOKS ?? join(tmpdir(), 'deskside-looks');
/** A phone, a tablet, a desktop. */
const SIZES = [
  { width: 390, height: 844 },
  { width: 820, height: 1180 },
  { width: 1280, height: 900 },
];
const THEMES = ['light', 'dark'] as const;

const { source } = createRequire(import.meta.url)('axe-core') as { source: string };

export async function expectNoViolations(page: Page, where: string): Promise<void> {
  // Not a script of the page: its policy allows none but its own.
  await page.evaluate(source);
  const { violations } = await page.evaluate(() =>
    (globalThis as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run(),
  );
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join('\n')}`);
  expect(found, where).toEqual([]);
}

/** Takes a picture of `page` as `name` in every theme and size, and looks through each with axe. */
export async function look(page: Page, name: string): Promise<void> {
  await mkdir(FOLDER, { recursive: true });
  const before = page.viewportSize();
  for (const theme of THEMES) {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
    for (const size of SIZES) {
      await page.setViewportSize(size);
      const where = `${name}-${theme}-${size.width}`;
      await page.screenshot({ path: join(FOLDER, `${where}.png`), animations: 'disabled' });
      await expectNoViolations(page, where);
      await expectNoSidewaysScroll(page, where);
    }
  }
  if (before) await page.setViewportSize(before);
  await page.emulateMedia({ colorScheme: null, reducedMotion: null });
}

/** A page that is wider than its window hides what stands at its end. */
async function expectNoSidewaysScroll(page: Page, where: string): Promise<void> {
  const wider = await page.evaluate(() =>
    [document.documentElement, ...document.querySelectorAll('main')].some(
      (element) => element.scrollWidth > element.clientWidth + 1,
    ),
  );
  expect(wider, `${where} scrolls sideways`).toBe(false);
}
