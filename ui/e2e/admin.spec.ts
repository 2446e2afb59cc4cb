// People, devices, policies and the audit log as admins use them (rows Z17, Z22; pains P28, P29), and the pages around signing in.
import { readFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import { expect, expectNoViolations, look, test } from './harness';
import { anotherBrowser, colleague, typeSignIn } from './harness/people';
import { HOSTILE } from './harness/sample';

const rowOf = (page: Page, name: string) => page.getByTestId('person-row').filter({ hasText: name });

async function choose(page: Page, name: string, item: string) {
  await rowOf(page, name).getByTestId('person-menu').click();
  await page.getByTestId(item).click();
}

test('somebody is invited by a link, comes in, gets another role, and is deactivated', async ({
  page,
  browser,
  sample,
}) => {
  await page.goto('/');
  await page.getByRole('link', { name: 'Admin' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('People');
  await page.getByTestId('invite').click();
  await page.getByTestId('invite-email').fill('lena@northwind.example');
  await page.getByRole('radio', { name: 'Technician, own sessions only' }).check();
  await expectNoViolations(page, 'invite');
  await page.getByTestId('invite-submit').click();
  const link = await page.getByTestId('secret-link').inputValue();
  expect(link).toMatch(new RegExp(`^${sample.url}/invite#[\\w-]{40,}$`));
  await expectNoViolations(page, 'the link');
  await page.getByTestId('invite-done').click();
  await expect(page.getByTestId('invitation-row')).toContainText('lena@northwind.example');
  await expect(page.getByTestId('invitation-row')).toContainText('Invited by Ada Berger, just now');

  // In another browser: the secret is in no address that goes over the network, and in none that stays.
  const theirs = await (await anotherBrowser(browser)).newPage();
  const asked: string[] = [];
  theirs.on('request', (request) => asked.push(request.url()));
  await theirs.goto(link);
  await expect(theirs.getByRole('heading', { level: 1 })).toHaveText('Join Northwind Support');
  expect(new URL(theirs.url()).hash).toBe('');
  await expect(theirs.locator('main')).toMatchAriaSnapshot(`
    - main:
      - heading "Join Northwind Support" [level=1]
      - term: You sign in with
      - definition: lena@northwind.example
      - term: Role
      - definition: /Technician, own sessions only/
      - textbox "Your name"
      - textbox "Choose a password"
      - button "Join"
  `);
  await look(theirs, 'invite');
  await theirs.getByTestId('invite-name').fill('Lena Brandt');
  await theirs.getByTestId('invite-password').fill('northwind');
  await theirs.getByTestId('invite-accept').click();
  await expect(theirs.getByText('The password needs at least 12 characters.')).toBeVisible();
  await theirs.getByTestId('invite-password').fill('a lamp beside the window');
  await theirs.getByTestId('invite-accept').click();
  await expect(theirs.getByRole('heading', { level: 1 })).toHaveText('Sessions');
  await expect(theirs.getByRole('link', { name: 'Admin' })).toHaveCount(0);
  expect(asked.filter((url) => url.includes(link.split('#')[1] ?? ''))).toEqual([]);

  // The link worked once.
  const late = await (await anotherBrowser(browser)).newPage();
  await late.goto(link);
  await expect(late.getByTestId('invite-dead')).toBeVisible();
  await look(late, 'invite-dead');
  await late.context().close();

  // Another role holds at once: what she opens next is there.
  await page.reload();
  await expect(rowOf(page, 'Lena Brandt')).toContainText('Technician, own sessions only');
  await choose(page, 'Lena Brandt', 'person-change-role');
  await page.getByRole('radio', { name: 'Admin', exact: true }).check();
  await expectNoViolations(page, 'role');
  await page.getByTestId('question-confirm').click();
  await expect(rowOf(page, 'Lena Brandt').getByTestId('person-role')).toHaveText('Admin');
  await theirs.reload();
  await theirs.getByRole('link', { name: 'Admin' }).click();
  await expect(rowOf(theirs, 'Lena Brandt')).toBeVisible();
  // Nobody above her, and not herself.
  await rowOf(theirs, 'Ada Berger').getByTestId('person-menu').click();
  await expect(theirs.getByRole('menuitem', { name: 'Show devices' })).toBeVisible();
  await expect(theirs.getByTestId('person-deactivate')).toHaveCount(0);
  await theirs.keyboard.press('Escape');

  // Signed out at once: in a room, where the draft is kept, without a click of hers.
  await theirs.goto(`/s/${sample.sessions.open}`);
  await theirs.getByTestId('composer-input').fill('I was just about to say');
  await expect(theirs.getByTestId('timeline')).toBeVisible();
  await choose(page, 'Lena Brandt', 'person-deactivate');
  await expect(page.getByRole('dialog')).toMatchAriaSnapshot(`
    - dialog "Deactivate Lena Brandt?":
      - heading "Deactivate Lena Brandt?" [level=2]
      - text: /Lena Brandt is signed out everywhere at once.*stays under their name/
      - button "Cancel"
      - button "Deactivate"
  `);
  await page.getByTestId('question-confirm').click();
  await expect(theirs.getByTestId('signed-out')).toBeVisible({ timeout: 5_000 });
  await look(theirs, 'signed-out');
  await expect(rowOf(page, 'Lena Brandt')).toContainText('Deactivated');
  await typeSignIn(theirs, { email: 'lena@northwind.example', password: 'a lamp beside the window' });
  await expect(theirs.getByRole('alert').last()).toContainText(/deactivated|wrong/);

  await choose(page, 'Lena Brandt', 'person-reactivate');
  await page.getByTestId('question-confirm').click();
  await expect(rowOf(page, 'Lena Brandt')).not.toContainText('Deactivated');
  await theirs.getByTestId('sign-in-submit').click();
  await expect(theirs.getByTestId('composer-input')).toHaveValue('I was just about to say');
  await theirs.context().close();
});

test('people, with names that try to be something else', async ({ page, sample }) => {
  await colleague(sample, 'Mallory <b>=1+1</b>', 'technician_own');
  await page.goto('/admin/people');
  await expect(rowOf(page, 'Mallory <b>=1+1</b>')).toBeVisible();
  await expect(page.locator('main')).toMatchAriaSnapshot(`
    - main:
      - navigation "Admin":
        - link "People"
        - link "Devices"
        - link "Policies"
        - link "Bots"
        - link "Audit log"
      - heading "People" [level=1]
      - button "Invite"
      - region:
        - list
  `);
  await look(page, 'people');
});

test('an invitation is withdrawn by keys alone', async ({ page, browser, sample }) => {
  await page.goto('/admin/people');
  const invite = page.getByTestId('invite');
  await expect(invite).toBeEnabled();
  await invite.focus();
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('invite-email')).toBeFocused();
  await page.keyboard.type('olga@northwind.example');
  await page.keyboard.press('Tab');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('secret-link')).toBeFocused();
  const link = await page.getByTestId('secret-link').inputValue();
  await page.keyboard.press('Escape');
  await expect(invite).toBeFocused();
  const row = page.getByTestId('invitation-row').filter({ hasText: 'olga@' });
  await row.getByRole('button', { name: 'Withdraw the invitation of olga@northwind.example' }).focus();
  await page.keyboard.press('Enter');
  // The first answer changes nothing.
  await expect(page.getByRole('button', { name: 'Cancel' })).toBeFocused();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect(row).toHaveCount(0);
  await expect(page.getByRole('heading', { level: 1 })).toBeFocused();
  const theirs = await (await anotherBrowser(browser)).newPage();
  await theirs.goto(link.replace(/^https?:\/\/[^/]+/, sample.url));
  await expect(theirs.getByTestId('invite-dead')).toBeVisible();
  await theirs.context().close();
});

test('a device is found and signed out, and its browser says so', async ({ page, browser, sample }) => {
  const tina = await colleague(sample, 'Tina Okonkwo', 'technician');
  const theirs = await (await anotherBrowser(browser)).newPage();
  await theirs.goto(sample.url);
  await typeSignIn(theirs, tina);
  await expect(theirs.getByRole('heading', { level: 1 })).toHaveText('Sessions');

  await page.goto('/admin/people');
  await rowOf(page, 'Tina Okonkwo').getByRole('link', { name: '2 devices' }).click();
  await expect(page.getByText('Only devices of Tina Okonkwo')).toBeVisible();
  await page.getByRole('link', { name: 'Show all' }).click();
  await page.getByTestId('device-search').fill('tina browser');
  const row = page.getByTestId('device-row');
  await expect(row).toHaveCount(1);
  await expect(row).toContainText('Tina Okonkwo');
  await expect(row).toContainText('Seen just now');
  await page.getByTestId('device-search').fill('');
  await look(page, 'devices');
  await page.getByTestId('device-search').fill('tina browser');
  await row.getByTestId('device-revoke').click();
  await expect(page.getByRole('dialog')).toMatchAriaSnapshot(`
    - dialog "Sign out this device?":
      - heading "Sign out this device?" [level=2]
      - text: /of Tina Okonkwo is signed out at once/
      - button "Keep it signed in"
      - button "Sign it out"
  `);
  await page.getByTestId('device-revoke-confirm').click();
  await expect(page.getByRole('heading', { name: 'No device is like that' })).toBeVisible();
  await expect(theirs.getByTestId('signed-out')).toBeVisible();
  // Her other device goes on.
  await tina.api.ask('GET', '/me');
  await theirs.context().close();
});

test('the own devices and password', async ({ browser, sample }) => {
  const maryam = await colleague(sample, 'Maryam Hosseini', 'technician');
  const page = await (await anotherBrowser(browser)).newPage();
  await page.goto(`${sample.url}/settings`);
  await typeSignIn(page, maryam);
  await expect(page.getByTestId('device-row')).toHaveCount(2);
  await expect(page.getByTestId('device-row').first()).toContainText('This device');
  await expect(page.getByTestId('policies-link')).toHaveText('Look at them');
  await look(page, 'settings');

  await page.getByTestId('password-change').click();
  await expect(page.getByTestId('password-current')).toBeFocused();
  await page.getByTestId('password-current').fill('not the one');
  await page.getByTestId('password-new').fill('two lamps beside the window');
  await page.getByTestId('password-save').click();
  await expect(page.getByText('That is not your password.')).toBeVisible();
  await expectNoViolations(page, 'password');
  await page.getByTestId('password-current').fill(maryam.password);
  await page.getByTestId('password-save').click();
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect(page.getByTestId('device-row')).toHaveCount(1);
  await expect(maryam.api.ask('GET', '/me')).rejects.toThrow(/401/);

  await page.getByTestId('policies-link').click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Policies of Northwind Support');
  await expect(page.getByTestId('kept-files')).toBeDisabled();
  await look(page, 'policies-read');
  await page.goto(`${sample.url}/admin`);
  await expect(page.getByText('These pages are for admins')).toBeVisible();
  await page.context().close();
});

test('policies are changed and undone', async ({ page }) => {
  await page.goto('/admin/policies');
  await expect(page.getByTestId('kept-files')).toBeVisible();
  await expect(page.locator('main')).toMatchAriaSnapshot(`
    - main:
      - heading "Policies" [level=1]
      - region "Who comes in"
      - region "When nobody is left"
      - region "Messages"
      - region "Files in sessions"
      - region "Room for stored files"
      - region "How long things are kept"
  `);
  await look(page, 'policies');
  await page.getByTestId('kept-files').selectOption('days');
  await page.getByTestId('kept-files-days').fill('30');
  await page.keyboard.press('Tab');
  await page.getByTestId('kept-confirm').click();
  await expect(page.getByText('Files are deleted after 30 days')).toBeVisible();
  await page.getByTestId('kept-files-days').scrollIntoViewIfNeeded();
  await look(page, 'policies-days');
  await page.reload();
  await expect(page.getByTestId('kept-files-days')).toHaveValue('30');
  // Longer than before deletes nothing: no question.
  await page.getByTestId('kept-files').selectOption('forever');
  await expect(page.getByText('Files stay until somebody deletes their message.')).toBeVisible();
  await page.getByTestId('policy-idle').selectOption('15');
  await expect(page.getByText('15 minutes later the session has ended')).toBeVisible();
  await page.reload();
  await expect(page.getByTestId('policy-idle')).toHaveValue('15');
  const lobby = page.getByRole('switch', { name: 'Customers with a code wait to be let in' });
  await lobby.uncheck();
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(lobby).toBeChecked();
  await page.reload();
  await expect(page.getByTestId('kept-files')).toHaveValue('forever');
  await expect(lobby).toBeChecked();
});

test('the audit log tells who saw what, leads there, and goes into a table', async ({ page, sample }) => {
  const max = await colleague(sample, '=HYPERLINK("https://evil.example")', 'technician');
  const { org, sessions, url } = sample;
  const files = await max.api.ask<{ attachments: { id: string; name: string }[] }>(
    'GET',
    `/orgs/${org}/files/${sessions.hostile}`,
  );
  const file = files.attachments[0];
  const got = await fetch(`${url}/api/v1/sessions/${sessions.hostile}/attachments/${file?.id ?? ''}`, {
    headers: max.api.headers,
  });
  expect(got.ok).toBe(true);
  await got.arrayBuffer();

  await page.goto('/admin/audit');
  await page.getByTestId('audit-action').selectOption('file_read');
  // Rows of before the filter are there until its answer is.
  const row = page.locator('[data-testid="audit-row"][data-action="file_read"]', { hasText: '=HYPERLINK' });
  await expect(row).toContainText(`=HYPERLINK("https://evil.example") opened ${file?.name ?? ''}`);
  const saving = page.waitForEvent('download');
  await page.getByTestId('audit-export').click();
  const saved = await saving;
  expect(saved.suggestedFilename()).toBe('audit.csv');
  const table = await readFile(await saved.path(), 'utf8');
  expect(table.charCodeAt(0)).toBe(0xfeff);
  // No cell begins with what a spreadsheet would compute.
  expect(table).not.toMatch(/(^|[,"\n])[=+@-]/);
  expect(table).toContain('HYPERLINK');

  await page.getByTestId('audit-actor').selectOption({ label: 'Ada Berger' });
  await expect(row).toHaveCount(0);
  await page.getByTestId('audit-action').selectOption('');
  await page.getByTestId('audit-actor').selectOption('');
  await expect(page.getByTestId('audit-row').first()).toBeVisible();
  await look(page, 'audit');
  await page.getByTestId('audit-from').fill('2001-01-01');
  await page.getByTestId('audit-to').fill('2001-01-02');
  await page.getByRole('button', { name: 'Clear the filter' }).click();
  await page.getByTestId('audit-action').selectOption('file_read');
  await row.getByRole('link', { name: 'Open session' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(HOSTILE.title);
});

test('a forgotten password, and a link that sets a new one', async ({ page, browser, sample }) => {
  const jonas = await colleague(sample, 'Jonas Weber', 'technician');
  const theirs = await (await anotherBrowser(browser)).newPage();
  await theirs.goto(sample.url);
  await theirs.getByRole('link', { name: 'Forgot your password?' }).click();
  await expect(theirs.getByRole('heading', { level: 1 })).toHaveText('Forgot your password?');
  await look(theirs, 'forgot-password');
  await theirs.getByTestId('forgot-email').fill(jonas.email);
  await theirs.getByTestId('forgot-submit').click();
  // This portal has no mail server, and says what to do.
  await expect(theirs.getByRole('alert')).toContainText('ask an admin');

  await page.goto('/admin/people');
  await choose(page, 'Jonas Weber', 'person-reset');
  await page.getByTestId('question-confirm').click();
  const link = await page.getByTestId('secret-link').inputValue();
  await page.getByTestId('question-done').click();
  await theirs.goto(link);
  await expect(theirs.getByRole('heading', { level: 1 })).toHaveText('Set a new password');
  expect(new URL(theirs.url()).hash).toBe('');
  await look(theirs, 'reset-password');
  await theirs.getByTestId('reset-new').fill('a chair below the window');
  await theirs.getByTestId('reset-submit').click();
  await expect(theirs.getByTestId('reset-done')).toBeVisible();
  await expectNoViolations(theirs, 'reset-done');
  await expect(jonas.api.ask('GET', '/me')).rejects.toThrow(/401/);
  await theirs.getByRole('link', { name: 'Sign in' }).click();
  await typeSignIn(theirs, { email: jonas.email, password: 'a chair below the window' });
  await expect(theirs.getByRole('heading', { level: 1 })).toHaveText('Sessions');
  // It worked once.
  await theirs.goto(link);
  await theirs.getByTestId('reset-new').fill('a table below the window');
  await theirs.getByTestId('reset-submit').click();
  await expect(theirs.getByTestId('reset-dead')).toBeVisible();
  await theirs.context().close();
});
