// Bots as admins build them (rows C01, C03–C08, C13–C15): built in the page, rehearsed, published, exported and imported.
import { readFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import type { BotDetail, BotView, Flow } from '../src/lib/proto';
import { expect, expectNoViolations, look, test } from './harness';
import { anotherBrowser, colleague, typeSignIn } from './harness/people';
import type { Sample } from './harness/sample';

/** No name under `.invalid` is ever there (RFC 6761 §6.4): what is fetched from it always fails. */
const ENDPOINT = 'https://files.invalid/forms/{{form}}.pdf';
const HOSTILE = '<img src=x onerror=alert(1)>\u202efdp';

async function newBot(page: Page, name: string): Promise<string> {
  await page.goto('/admin/bots');
  await page.getByTestId('new-bot').first().click();
  await page.getByTestId('bot-name').fill(name);
  await page.getByTestId('bot-name-confirm').click();
  await expect(page.getByTestId('canvas')).toBeVisible();
  return new URL(page.url()).pathname.split('/').at(-1) ?? '';
}

/** Adds a step below the last one, and waits until it can be written in. */
async function add(page: Page, type: string) {
  const count = await page.getByTestId('step').count();
  await page.getByTestId('add-step').last().click();
  await page.getByTestId(`add-${type}`).click();
  await expect(page.getByTestId('step')).toHaveCount(count + 1);
  await expect(page.locator('[data-editor] :focus')).toBeVisible();
}

const saved = (page: Page) => expect(page.getByTestId('save-state')).toHaveAttribute('data-state', 'saved');
const detail = ({ admin, org }: Sample, bot: string) =>
  admin.ask<BotDetail>('GET', `/orgs/${org}/bots/${bot}`);
const open = (page: Page, index: number) => page.getByTestId('step').nth(index).getByTestId('step-open');

/** Hello, which form, the form, thank you; and somebody where that fails. */
async function build(page: Page) {
  await add(page, 'message');
  await page.getByTestId('step-text').fill('Hello {{customer}}!');
  await add(page, 'question');
  await page.getByTestId('step-text').fill('Which form do you need?');
  await page.getByTestId('answer-format').selectOption('choice');
  await page.getByTestId('option').nth(0).fill('Leave');
  await page.getByTestId('option').nth(1).fill('Something else');
  await page.getByTestId('step-variable').fill('form');
  await add(page, 'condition');
  await expect(page.getByTestId('condition-variable')).toHaveValue('form');
  await page.getByTestId('condition-value').selectOption('Leave');
  await add(page, 'action');
  await page.getByTestId('step-name').fill('Send the form');
  await page.getByTestId('failure-text').fill('That did not work.');
  await page.getByTestId('action-settings').click();
  await page.getByTestId('action-file-name').fill('Form {{form}}.pdf');
  await page.getByTestId('action-endpoint').fill(ENDPOINT);
  await page.getByTestId('action-content-type').fill('application/pdf');
  await page.getByTestId('header-add').click();
  await page.getByTestId('header-name').fill('X-Customer');
  await page.getByTestId('header-value').fill('{{customer}}');
  await add(page, 'question');
  await page.getByTestId('step-text').fill('Send it back when it is signed.');
  await add(page, 'ask_technician');
  await page.getByTestId('step-text').fill('One moment.');
  await add(page, 'end');
  await page.getByTestId('step-text').fill('Good bye, {{customer}}.');
  // Ways to steps that were not there yet.
  await open(page, 2).click();
  await page.getByTestId('way-otherwise').selectOption({ label: '6. Ask for a technician' });
  await saved(page);
}

test('a flow is built, tried, rehearsed, published, exported, and imported by another bot', async ({
  page,
  sample,
}) => {
  await page.goto('/admin/bots');
  await expect(page.getByRole('heading', { name: 'No bots yet' })).toBeVisible();
  await look(page, 'bots-none');
  const bot = await newBot(page, 'Forms');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Forms');
  await look(page, 'bot-empty');
  await build(page);
  await expect(page.getByTestId('problems')).toHaveCount(0);
  await expect(page.getByTestId('way')).toHaveText(/Otherwise\s*6\. Ask for a technician/);
  await look(page, 'bot-flow');

  // An authorization goes to the portal once, and never comes back.
  await open(page, 3).click();
  await page.getByTestId('action-settings').click();
  await page.getByTestId('authorization-input').fill('Bearer 4711-secret');
  await page.getByTestId('authorization-store').click();
  await expect(page.getByTestId('authorization')).toContainText('Stored. It is never shown again.');
  await saved(page);
  const stored = await detail(sample, bot);
  expect(JSON.stringify(stored)).not.toContain('4711-secret');
  expect(stored.draft.steps[3]).toMatchObject({
    action: { authorization: expect.stringMatching(/^[0-9a-f]{32}$/) as unknown as string },
  });
  await page.getByTestId('try-answer-form').fill('Leave');
  await page.getByTestId('try-it').click();
  await expect(page.getByTestId('tried')).toContainText(/after [\d,]+ ms/i);
  await expect(page.getByTestId('tried')).not.toContainText('The file can be sent.');
  await look(page, 'bot-action');

  await page.getByTestId('test').click();
  const panel = page.getByTestId('test-panel');
  await expect(panel).toContainText('Hello Mia!');
  await expect(open(page, 1)).toContainText('Here');
  await panel.getByTestId('test-choice').first().click();
  await expect(panel.getByTestId('test-failed')).toContainText('Customers do not see this.');
  await expect(panel).toContainText('That did not work.');
  await expect(panel).toContainText('Send it back when it is signed.');
  await look(page, 'bot-test');
  await panel.getByTestId('test-input').fill('signed.pdf');
  await panel.getByTestId('test-file').click();
  await panel.getByTestId('test-send').click();
  await expect(panel).toContainText('Waiting for a technician');
  await panel.getByTestId('test-take').click();
  await expect(panel).toContainText('the bot is silent');
  await panel.getByTestId('test-back').click();
  await expect(panel).toContainText('Good bye, Mia.');
  await expect(panel).toContainText('The session has ended');
  await page.keyboard.press('Escape');
  await expect(panel).toHaveCount(0);

  await page.getByTestId('publish').click();
  await expect(page.getByTestId('bot-state')).toContainText(/^Version 1, published .* by Ada Berger$/);
  await expect(page.getByText('Customers meet exactly this draft.')).toBeVisible();
  expect((await detail(sample, bot)).bot.published?.version).toBe(1);

  await page.getByTestId('bot-menu').click();
  await expectNoViolations(page, 'the menu of a bot');
  const saving = page.waitForEvent('download');
  await page.getByTestId('bot-export').click();
  const download = await saving;
  expect(download.suggestedFilename()).toBe('Forms.flow.json');
  const path = await download.path();
  const exported = JSON.parse(await readFile(path, 'utf8')) as Flow;
  expect(exported).toEqual((await detail(sample, bot)).draft);

  await newBot(page, HOSTILE);
  await expect(page.locator('main img')).toHaveCount(0);
  await page.getByTestId('import-file').setInputFiles(path);
  await expect(page.getByTestId('step')).toHaveCount(7);
  await expect(page.getByTestId('done')).toContainText('The authorization of 1 action was left out');
  await saved(page);
  await expect(page.getByTestId('problems')).toHaveCount(0);
  await page.getByTestId('import-file').setInputFiles({
    name: 'none.json',
    mimeType: 'application/json',
    buffer: Buffer.from('{"format": 1, "steps": [{"id": "a"}]}'),
  });
  await expect(page.getByRole('dialog')).toContainText('Your draft stays as it is.');
  await expectNoViolations(page, 'a file that is no flow');
  await page.keyboard.press('Escape');
  await expect(page.getByTestId('step')).toHaveCount(7);
  await page.goto('/admin/bots');
  await expect(page.getByTestId('bot-row')).toHaveCount(2);
  await look(page, 'bots');
});

test('problems are told where they are, and keep a flow from being published', async ({ page }) => {
  await newBot(page, 'Returns');
  await add(page, 'message');
  await page.getByTestId('step-text').fill('You want to return {{article}}?');
  await add(page, 'question');
  await page.getByTestId('step-text').fill('Why?');
  await page.getByTestId('answer-format').selectOption('choice');
  await page.getByTestId('option').nth(0).fill('Broken');
  await page.getByTestId('option').nth(1).fill('broken');
  await page.getByTestId('step-variable').fill('Why');
  await add(page, 'action');
  await page.getByTestId('action-settings').click();
  await page.getByTestId('action-endpoint').fill('ftp://files.invalid/label.pdf');
  await saved(page);
  await expect(page.getByTestId('publish')).toHaveAttribute('aria-disabled', 'true');
  await expect(page.getByTestId('publish')).toHaveAccessibleDescription(
    /^Put \d problems right to publish it\.$/,
  );
  await page.getByTestId('problems').click();
  await expect(page.getByTestId('problem')).toHaveText([
    /1\. Message: Text.*No question above gives this variable\./,
    /2\. Question: Variable.*Begin with a small letter/,
    /2\. Question: Options.*Another option says the same\./,
    /3\. Action: Endpoint.*Begin with https:\/\/ or http:\/\/\./,
  ]);
  await expectNoViolations(page, 'the list of problems');
  await page.getByTestId('problem').nth(1).click();
  await expect(page.getByTestId('step-variable')).toBeFocused();
  await expect(page.getByTestId('step-variable')).toHaveAttribute('aria-invalid', 'true');
  await look(page, 'bot-problems');
  await page.getByTestId('step-variable').fill('why');
  await expect(page.getByTestId('step-variable')).not.toHaveAttribute('aria-invalid', 'true');
});

test('a flow is arranged by keys alone, and goes back and forth', async ({ page, sample }) => {
  const bot = await newBot(page, 'Keys');
  const first = page.getByTestId('add-step');
  await first.focus();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('step-text')).toBeFocused();
  await page.keyboard.type('One');
  await add(page, 'message');
  await page.keyboard.type('Two');
  await open(page, 1).focus();
  await page.keyboard.press('Alt+ArrowUp');
  await expect(open(page, 0)).toBeFocused();
  await expect(open(page, 0)).toContainText('Two');
  await page.keyboard.press('Delete');
  await expect(page.getByTestId('step')).toHaveCount(1);
  await page.keyboard.press('Control+z');
  await page.keyboard.press('Control+z');
  await expect(open(page, 0)).toContainText('One');
  await page.keyboard.press('Control+Shift+z');
  await expect(open(page, 0)).toContainText('Two');
  await saved(page);
  expect((await detail(sample, bot)).draft.steps).toMatchObject([{ text: 'Two' }, { text: 'One' }]);
});

test('two people with one draft: nothing is lost, and a draft outlives its page', async ({
  page,
  browser,
  sample,
}) => {
  const bot = await newBot(page, 'Shared');
  await add(page, 'message');
  await page.getByTestId('step-text').fill('First');
  await saved(page);

  const berta = await colleague(sample, 'Berta Novak', 'admin');
  const theirs = await (await anotherBrowser(browser)).newPage();
  await theirs.goto(`${sample.url}/admin/bots/${bot}`);
  await typeSignIn(theirs, berta);
  await open(theirs, 0).click();
  await theirs.getByTestId('step-text').fill('Theirs');
  await saved(theirs);
  await theirs.context().close();

  await page.getByTestId('step-text').fill('Mine');
  await expect(page.getByTestId('conflict')).toBeVisible();
  await look(page, 'bot-conflict');
  await page.getByTestId('conflict-load').click();
  await expect(page.getByTestId('step-text')).toHaveValue('Theirs');
  await page.getByTestId('done').getByRole('button', { name: 'Undo' }).click();
  await expect(page.getByTestId('step-text')).toHaveValue('Mine');
  await saved(page);

  await page.getByTestId('step-text').fill('Mine, and at once away');
  await page.getByRole('link', { name: 'People' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('People');
  await page.goto(`/admin/bots/${bot}`);
  await expect(open(page, 0)).toContainText('Mine, and at once away');
});

test('limits, names and the end of a bot', async ({ page, sample }) => {
  const bot = await newBot(page, 'Limits');
  const choose = async (item: string) => {
    await page.getByTestId('bot-menu').click();
    await page.getByTestId(item).click();
  };
  await choose('bot-settings');
  await page.getByTestId('bot-max-bytes').fill('5');
  await page.getByTestId('bot-max-files').fill('3');
  await page.getByTestId('types-input').fill('pdf, png');
  await page.getByTestId('types-add').click();
  await page.getByTestId('bot-email').fill('billing@northwind.example');
  await look(page, 'bot-settings');
  await page.getByTestId('bot-settings-save').click();
  await expect(page.getByRole('dialog')).toHaveCount(0);
  const { bot: kept } = await detail(sample, bot);
  expect(kept.settings).toEqual({
    limits: { max_bytes: 5 * 1024 * 1024, max_files: 3, allowed_types: ['pdf', 'png'] },
    email: 'billing@northwind.example',
  });

  await choose('bot-rename');
  await page.getByTestId('bot-name').fill('Closer limits');
  await page.getByTestId('bot-name-confirm').click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Closer limits');

  await add(page, 'end');
  await saved(page);
  await page.getByTestId('publish').click();
  await expect(page.getByTestId('bot-state')).toContainText('Version 1');
  await choose('bot-withdraw');
  await page.getByTestId('question-confirm').click();
  await expect(page.getByTestId('bot-state')).toHaveText('Not published');
  await choose('bot-versions');
  await expect(page.getByTestId('version')).toHaveCount(1);
  await expectNoViolations(page, 'versions');
  await page.keyboard.press('Escape');
  await choose('bot-delete');
  await expect(page.getByRole('dialog')).toContainText('This cannot be undone.');
  await page.getByTestId('question-confirm').click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Bots');
  const { bots } = await sample.admin.ask<{ bots: BotView[] }>('GET', `/orgs/${sample.org}/bots`);
  expect(bots.map(({ id }) => id)).not.toContain(bot);
});
