// How it goes on the whole, for those who manage (row Z16).
import { expect, look, test } from './harness';

test('the overview', async ({ page }) => {
  await page.goto('/files');
  await page.getByRole('link', { name: 'Overview' }).click();
  await expect(page.getByTestId('chart-sessions')).toBeVisible();
  await expect(page.getByTestId('chart-storage')).toContainText('Pictures');
  await look(page, 'overview');
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.getByTestId('range-7').click();
  await expect(page).toHaveURL('/files/overview?days=7');
  const points = page.getByTestId('chart-sessions').getByRole('img');
  await expect(points).toHaveCount(7);
  await points.first().focus();
  await page.keyboard.press('End');
  await expect(points.last()).toBeFocused();
  await expect(points.last()).toHaveAttribute('aria-label', /Sessions: [1-9]/);
  await page.getByTestId('chart-sessions').getByText('Show as a table').click();
  await expect(page.getByTestId('chart-sessions').getByRole('row')).toHaveCount(8);
});
