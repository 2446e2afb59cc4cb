// One session in Files, read like a document (rows Z14–Z17, A05).
import { readFile } from 'node:fs/promises';
import { expect, look, test } from './harness';

test('a transcript is read, searched and jumped in', async ({ page, sample }) => {
  await page.goto(`/files/${sample.sessions.printer}`);
  const text = page.getByTestId('transcript-text');
  await expect(text).toContainText('Glad it works again.');
  await expect(text.locator('[data-testid="transcript-message"]')).toHaveCount(9);
  await expect(text).toMatchAriaSnapshot({ name: 'transcript.yml' });
  await look(page, 'session');
  await page.setViewportSize({ width: 1280, height: 900 });

  await text.getByTestId('transcript-quote').click();
  await expect(page).toHaveURL(/#m\d+$/);
  await expect(page.locator('[data-seq]:focus')).toContainText('Shake the cartridge gently');

  await page.keyboard.press('Control+f');
  await page.keyboard.type('drum');
  await expect(page.getByTestId('find-said')).toHaveText('1 of 2');
  await expect(page.getByTestId('find-field')).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('find-said')).toHaveText('2 of 2');
});

test('a link leads to its message', async ({ page, sample }) => {
  await page.goto(`/files/${sample.sessions.printer}#m${sample.seqs.done}`);
  await expect(page.locator(`[data-seq="${sample.seqs.done}"]`)).toBeFocused();
  await expect(page.locator(`[data-seq="${sample.seqs.done}"]`)).toBeInViewport();
});

test('a transcript is saved as text', async ({ page, sample }) => {
  await page.goto(`/files/${sample.sessions.printer}`);
  await page.getByTestId('session-download').click();
  const saving = page.waitForEvent('download');
  await page.getByTestId('download-txt').click();
  const saved = await saving;
  expect(saved.suggestedFilename()).toBe('Printer prints blank pages transcript.txt');
  const text = await readFile(await saved.path(), 'utf8');
  expect(text).toMatch(/^\ufeff/);
  expect(text).toContain('The test page is fine!!');
});

test('a report is written, and what a session is, is told', async ({ page, sample }) => {
  await page.goto(`/files/${sample.sessions.quiet}`);
  const report = page.getByTestId('report');
  await report.getByTestId('report-edit').click();
  await report.getByText('No case').click();
  await report.getByTestId('report-notes').fill('Answered itself.');
  await report.getByTestId('report-save').click();
  await expect(report).toContainText('Answered itself.');
  await page.reload();
  await expect(report).toContainText('No case');
  await expect(page.getByTestId('about')).toContainText('Jonas Weber');
});

test('a session is held, and is not deleted while it is', async ({ page, sample }) => {
  await page.goto(`/files/${sample.sessions.hostile}`);
  await page.getByTestId('hold').click();
  await page.getByTestId('hold-reason').fill('Case 7');
  await page.getByTestId('hold-confirm').click();
  await expect(page.getByTestId('held')).toContainText('Case 7');
  await expect(page.getByTestId('files-delete')).toHaveCount(0);
  await look(page, 'session-held');
  await page.getByTestId('hold-release').click();
  await page.getByTestId('hold-confirm').click();
  await expect(page.getByTestId('held')).toHaveCount(0);
});
