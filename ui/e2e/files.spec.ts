// Files as a technician looks something up in them (rows Z14, Z15, Z16).
import { expect, look, test } from './harness';
import { HOSTILE } from './harness/sample';

const rows = '[data-testid="files-row"]';

test('the list is searched, filtered, sorted, and says so in its address', async ({ page, sample }) => {
  await page.goto('/files');
  const field = page.getByTestId('files-search');
  await expect(field).toBeFocused();
  await expect(page.locator(rows)).toHaveCount(3);
  await look(page, 'files');
  await page.setViewportSize({ width: 1280, height: 900 });

  await page.keyboard.type('mia');
  await expect(page).toHaveURL('/files?q=mia');
  await expect(page.locator(rows)).toHaveCount(1);
  await field.press('Escape');
  await expect(page.locator(rows)).toHaveCount(3);

  await page.getByTestId('filter-has-files').click();
  await expect(page).toHaveURL('/files?has=files');
  await expect(page.locator(rows)).toHaveCount(2);
  await page.getByTestId('filter-when').click();
  await page.getByRole('menuitemradio', { name: 'Today' }).click();
  await expect(page).toHaveURL('/files?when=today&has=files');
  await page.goBack();
  await expect(page).toHaveURL('/files?has=files');
  await page.reload();
  await expect(page.getByTestId('filter-has-files')).toHaveAttribute('aria-pressed', 'true');
  await expect(page.locator(rows)).toHaveCount(2);
  await page.getByTestId('filter-clear').click();

  await page.getByTestId('files-sort').selectOption('oldest');
  await expect(page).toHaveURL('/files?sort=oldest');
  await expect(page.locator(rows).first()).toHaveAttribute('data-session', sample.sessions.printer);
});

test('the list by keyboard, and several sessions as one zip', async ({ page, sample }) => {
  await page.goto('/files?sort=oldest');
  await expect(page.locator(rows)).toHaveCount(3);
  await page.keyboard.press('ArrowDown');
  await expect(page.locator(rows).first()).toBeFocused();
  await page.keyboard.press('x');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('x');
  await expect(page.getByTestId('files-selection')).toContainText('2 sessions selected');
  await look(page, 'files-selected');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(`/files/${sample.sessions.printer}`);
});

test('what was said, and what stands in documents, leads to its place', async ({ page, sample }) => {
  await page.goto('/files');
  await page.getByTestId('files-search').fill('cartridge');
  const hits = page.getByTestId('files-hit');
  await expect(hits).toHaveCount(1);
  await expect(hits.locator('mark')).toHaveText('cartridge');
  await look(page, 'files-hits');
  await hits.click();
  await expect(page).toHaveURL(new RegExp(`/files/${sample.sessions.printer}\\?find=cartridge#m\\d+$`));
  await expect(page.locator('[data-seq]:focus')).toContainText('Shake the cartridge gently');
  await expect(page.getByTestId('find-said')).toHaveText('1 of 1');

  await page.goto('/files?q=unit%20due');
  await expect(hits).toHaveCount(1);
  await expect(hits).toContainText('service-report.txt');
  await expect(hits.locator('mark').first()).toHaveText('unit');
});

test('hostile names are words, and nothing else', async ({ page, sample }) => {
  await page.goto('/files');
  const row = page.locator(`[data-session="${sample.sessions.hostile}"]`);
  await expect(row).toContainText(HOSTILE.title);
  await row.click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(HOSTILE.title);
  await expect(page).toHaveTitle(/HYPERLINK/);
  await expect(page.getByTestId('about')).toContainText('Mallory <script>');
  await expect(page.locator('main img[src="x"], main script')).toHaveCount(0);
});

test('the list as it is read aloud', async ({ page }) => {
  await page.goto('/files?sort=oldest');
  await expect(page.locator(rows)).toHaveCount(3);
  await expect(page.getByRole('list', { name: 'Sessions' })).toMatchAriaSnapshot({ name: 'list.yml' });
});

test('where nothing is like that', async ({ page }) => {
  await page.goto('/files?q=there-is-no-such-thing');
  await expect(page.getByText('Nothing found')).toBeVisible();
  await look(page, 'files-nothing');
  await page.getByRole('button', { name: 'Show everything' }).click();
  await expect(page.locator(rows)).toHaveCount(3);
});
