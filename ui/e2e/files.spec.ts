// Files as a technician looks something up in it (rows Z14, Z15).
import { expect, look, test } from './harness';

test('the list of sessions', async ({ page, sample }) => {
  await page.goto('/files');
  await expect(page.getByRole('heading', { level: 1, name: 'Files' })).toBeVisible();
  await expect(page.locator(`[data-session="${sample.sessions.printer}"]`)).toBeVisible();
  await look(page, 'files');
});
