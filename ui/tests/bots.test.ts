// Bots as admins build them, on the in-memory host (rows C01, C03–C08, C13–C15).
import { cleanup, render, screen, waitFor, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import axe from 'axe-core';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import App from '$app/App.svelte';
import { router } from '$app/router.svelte';
import { importFlow } from '$lib/bots/transfer';
import { createPlatform } from '$lib/platform/demo';
import { BOT } from '$lib/platform/demo/bots';
import { invoiceFlow } from '$lib/platform/demo/botFlows';
import type { DraftInput, Flow } from '$lib/proto';

const WAIT = { timeout: 8000 };
const user = userEvent.setup();

async function open(path: string, ...flags: string[]) {
  router.navigate(path);
  const platform = await createPlatform({ delay: 1, flags: new Set(flags), desktop: false });
  const call = vi.spyOn(platform, 'call');
  render(App, { platform });
  return { platform, call };
}
type Call = Awaited<ReturnType<typeof open>>['call'];

const byId = (id: string) => screen.findByTestId(id, {}, WAIT);
const bodies = (call: Call, operation: string) =>
  call.mock.calls.filter(([name]) => name === operation).map(([, params]) => params?.body);
const steps = () => screen.queryAllByTestId('step').map(({ dataset }) => dataset.type);
const card = (id: string) =>
  document.querySelector<HTMLElement>(`[data-step="${id}"] .open`) ?? expect.unreachable(`no step ${id}`);
const isSaved = () =>
  waitFor(() => expect(screen.getByTestId('save-state').dataset.state).toBe('saved'), WAIT);
const said = (words: string | RegExp) =>
  waitFor(() => {
    const live = [...document.querySelectorAll('[aria-live="polite"]')].map(({ textContent }) =>
      textContent.replace('\u00a0', ''),
    );
    expect(live.some((text) => (typeof words === 'string' ? text === words : words.test(text)))).toBe(true);
  }, WAIT);
const free = () => waitFor(() => expect(document.body.style.pointerEvents).not.toBe('none'), WAIT);
const saved = (call: Call): Flow => (bodies(call, 'save_bot_draft').at(-1) as DraftInput).flow;
const menu = async (item: string) => {
  await free();
  await user.click(await byId('bot-menu'));
  await user.click(await byId(item));
};
/** Adds a step below the one at `index` (from 1; 0 is the top). */
async function add(type: string, index: number) {
  await free();
  const buttons = screen.getAllByTestId('add-step');
  await user.click(buttons[index] ?? expect.unreachable('no place'));
  await user.click(await byId(`add-${type}`));
  await free();
}
const field = (name: string) => screen.getByTestId(name) as HTMLInputElement;
async function type(name: string, text: string) {
  await user.clear(await byId(name));
  await user.click(field(name));
  await user.paste(text);
}

async function noViolations() {
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

describe('the list of bots', () => {
  it('says what is published and what is not, and names of theirs break nothing', async () => {
    await open('/admin/bots');
    const rows = await screen.findAllByTestId('bot-row', {}, WAIT);
    expect(rows.map(({ textContent }) => textContent.replace(/\s+/g, ' ').trim())).toEqual([
      expect.stringMatching(/^Invoices Version 2, published .* · 9 steps$/) as string,
      'New laptops Not published · no steps Draft',
      'Returns <img src=x onerror=alert(1)>\ufffdfdp Not published · 5 steps Draft',
    ]);
    expect(document.querySelector('main img')).toBeNull();
    expect(document.body.textContent).not.toContain('\u202e');
    await noViolations();
  });

  it('begins with what a bot is and the first action', async () => {
    await open('/admin/bots', 'empty');
    expect(await screen.findByText('No bots yet', {}, WAIT)).toBeTruthy();
    expect(screen.getAllByRole('button', { name: 'New bot' })).toHaveLength(2);
  });

  it('says that it could not be loaded, and tries again', async () => {
    const { platform } = await open('/admin/people');
    await screen.findAllByTestId('person-row', {}, WAIT);
    const call = vi.spyOn(platform, 'call').mockRejectedValue({ code: 'unavailable', message: '' });
    await user.click(screen.getByRole('link', { name: 'Bots' }));
    expect(await screen.findByText('The bots could not be loaded', {}, WAIT)).toBeTruthy();
    call.mockRestore();
    await user.click(screen.getByRole('button', { name: 'Try again' }));
    expect(await screen.findAllByTestId('bot-row', {}, WAIT)).toHaveLength(3);
  });

  it('is no matter of technicians', async () => {
    const { call } = await open('/admin/bots', 'technician');
    expect(await screen.findByText('These pages are for admins', {}, WAIT)).toBeTruthy();
    expect(bodies(call, 'list_bots')).toEqual([]);
  });

  it('asks for a name of its own', async () => {
    await open('/admin/bots');
    await user.click(await byId('new-bot'));
    await user.click(await byId('bot-name-confirm'));
    expect(screen.getByText('Give it a name.')).toBeTruthy();
    await type('bot-name', 'invoices');
    await user.click(screen.getByTestId('bot-name-confirm'));
    expect(
      await screen.findByText('Another bot has that name. Choose a different one.', {}, WAIT),
    ).toBeTruthy();
    expect(field('bot-name').value).toBe('invoices');
  });
});

// C01 C03 C04 C05 C06 C07 C08
it('is created, built of steps of each kind, and published', async () => {
  const { call } = await open('/admin/bots');
  await user.click(await byId('new-bot'));
  await type('bot-name', 'Forms');
  await user.click(screen.getByTestId('bot-name-confirm'));
  expect(await screen.findByRole('heading', { level: 1, name: 'Forms' }, WAIT)).toBeTruthy();
  await free();
  expect(screen.getByTestId('publish').getAttribute('aria-disabled')).toBe('true');
  expect(screen.getByText('Add a step to publish it.')).toBeTruthy();

  await add('message', 0);
  // The keyboard stands where it is written.
  await waitFor(() => expect(document.activeElement).toBe(screen.getByTestId('step-text')), WAIT);
  await said('Message is added at place 1');
  await user.paste('Hello ');
  await user.click(screen.getByTestId('insert-variable'));
  await user.click(await byId('variable-customer'));
  await waitFor(() => expect(field('step-text').value).toBe('Hello {{customer}}'), WAIT);

  await add('question', 1);
  await type('step-text', 'Which form do you need?');
  expect(field('step-variable').value).toBe('form_need');
  await user.selectOptions(screen.getByTestId('answer-format'), 'Choice');
  const options = await screen.findAllByTestId('option', {}, WAIT);
  await user.click(options[0] as HTMLElement);
  await user.paste('Leave');
  await user.keyboard('{Enter}');
  await waitFor(() => expect(document.activeElement).toBe(screen.getAllByTestId('option')[1]), WAIT);
  await user.paste('Expenses');

  await add('condition', 2);
  expect(field('condition-variable').value).toBe('form_need');
  await user.selectOptions(await byId('condition-value'), 'Leave');

  await add('action', 3);
  expect(
    within(screen.getByTestId('step-editor'))
      .getAllByRole('tab')
      .map((tab) => tab.textContent.trim()),
  ).toEqual(['Details', 'Settings']);
  expect((screen.getByTestId('action-type') as HTMLSelectElement).selectedOptions[0]?.textContent).toBe(
    'Send attachment',
  );
  await user.click(screen.getByTestId('action-settings'));
  await type('action-endpoint', 'https://forms.example/leave.pdf');
  await type('action-content-type', 'application/pdf');
  await user.click(screen.getByTestId('header-add'));
  await waitFor(() => expect(document.activeElement).toBe(screen.getByTestId('header-name')), WAIT);
  await user.paste('X-Form');
  await type('header-value', 'leave');

  await add('question', 4);
  await type('step-text', 'Send it back here.');
  await add('ask_technician', 5);
  await add('end', 6);
  await type('step-text', 'Good bye!');

  await user.click(card('condition-3'));
  const elsewhere = await byId('way-otherwise');
  await user.selectOptions(elsewhere, '6. Ask for a technician');
  const chip = screen.getByTestId('way');
  expect(chip.textContent.replace(/\s+/g, ' ').trim()).toBe('Otherwise 6. Ask for a technician');
  await user.click(chip);
  await waitFor(() => expect(document.activeElement).toBe(card('ask-technician-6')), WAIT);

  await isSaved();
  expect(steps()).toEqual([
    'message',
    'question',
    'condition',
    'action',
    'question',
    'ask_technician',
    'end',
  ]);
  const draft = saved(call);
  expect(draft.steps[1]).toMatchObject({ answer: { type: 'choice', options: ['Leave', 'Expenses'] } });
  expect(draft.steps[2]).toMatchObject({
    variable: 'form_need',
    test: { type: 'is', value: 'Leave' },
    otherwise: 'ask-technician-6',
  });
  expect(draft.steps[3]).toMatchObject({
    action: {
      type: 'send_attachment',
      file_name: '',
      endpoint: 'https://forms.example/leave.pdf',
      content_type: 'application/pdf',
      headers: [{ name: 'X-Form', value: 'leave' }],
    },
  });
  expect(draft.steps[4]).toMatchObject({ answer: { type: 'any' }, variable: 'back' });
  await noViolations();

  await waitFor(() => expect(screen.getByTestId('publish').getAttribute('aria-disabled')).toBeNull(), WAIT);
  await user.click(screen.getByTestId('publish'));
  await said('Published as version 1');
  expect(screen.getByTestId('bot-state').textContent).toMatch(/^Version 1, published .* by Ada Berger$/);
  expect(screen.getByText('Customers meet exactly this draft.')).toBeTruthy();
});

describe('the draft', () => {
  const openFlow = async (...flags: string[]) => {
    const opened = await open(`/admin/bots/${BOT.invoices}`, ...flags);
    await screen.findAllByTestId('step', {}, WAIT);
    return opened;
  };

  it('goes back and forth as a whole, what is typed in one go in one go', async () => {
    const { call } = await openFlow();
    await user.click(card('hello'));
    await user.type(await byId('step-text'), ' Hi');
    await user.type(screen.getByTestId('step-name'), 'Greeting');
    await user.keyboard('{Control>}z{/Control}');
    await said('Taken back');
    expect(field('step-name').value).toBe('');
    expect(field('step-text').value).toMatch(/ Hi$/);
    await user.click(screen.getByTestId('undo'));
    expect(field('step-text').value).not.toMatch(/ Hi$/);
    expect(screen.getByTestId('undo').hasAttribute('disabled')).toBe(true);
    await user.keyboard('{Control>}y{/Control}{Control>}{Shift>}z{/Shift}{/Control}');
    expect(field('step-name').value).toBe('Greeting');
    await isSaved();
    expect(saved(call).steps[0]).toMatchObject({ name: 'Greeting' });
  });

  it('is moved by keys, and the keyboard goes along', async () => {
    const { call } = await openFlow();
    card('topic').focus();
    await user.keyboard('{Alt>}{ArrowUp}{/Alt}');
    await said('What is it about? is now at place 1 of 9');
    expect(document.activeElement).toBe(card('topic'));
    await user.keyboard('{Alt>}{ArrowUp}{/Alt}');
    await said('It is the first step already');
    await user.keyboard('{ArrowDown}');
    await waitFor(() => expect(document.activeElement).toBe(card('hello')), WAIT);
    await user.click(within(screen.getAllByTestId('step')[1] as HTMLElement).getByTestId('step-down'));
    await isSaved();
    expect(
      saved(call)
        .steps.map(({ id }) => id)
        .slice(0, 3),
    ).toEqual(['topic', 'is-invoice', 'hello']);
    expect((document.activeElement as HTMLElement).dataset.testid).toBe('step-down');

    // Into a step's fields and back.
    card('number').focus();
    await user.keyboard('{Enter}');
    expect(document.activeElement).toBe(card('number'));
    await user.keyboard('{Enter}');
    expect(document.activeElement).toBe(screen.getByTestId('step-text'));
    await user.keyboard('{Escape}');
    expect(document.activeElement).toBe(card('number'));
  });

  it('of another revision is not published', async () => {
    const { platform } = await openFlow();
    await user.click(card('hello'));
    await type('step-text', 'Hi');
    await isSaved();
    const real = platform.call.bind(platform);
    vi.spyOn(platform, 'call').mockImplementation((operation, params) =>
      operation === 'publish_bot'
        ? Promise.reject(Object.assign(new Error('draft_changed'), { code: 'draft_changed' }))
        : real(operation, params),
    );
    await user.click(screen.getByTestId('publish'));
    expect(await byId('conflict')).toBeTruthy();
  });

  it('loses a step without a question, and gets it back', async () => {
    const { call } = await openFlow();
    card('person').focus();
    await user.keyboard('{Delete}');
    expect(steps()).toHaveLength(8);
    await waitFor(() => expect(document.activeElement).toBe(card('sorry')), WAIT);
    // Three ways led to it: they say so, and nothing can be published until they lead somewhere.
    await isSaved();
    await waitFor(() => expect(screen.getByTestId('problems').textContent).toContain('3 problems'), WAIT);
    expect(
      screen.getAllByTestId('way').filter(({ textContent }) => textContent.includes('is gone')),
    ).toHaveLength(3);
    await user.click(within(screen.getByTestId('done')).getByRole('button', { name: 'Undo' }));
    expect(steps()).toHaveLength(9);
    await isSaved();
    expect(saved(call).steps).toHaveLength(9);
    await waitFor(() => expect(screen.queryByTestId('problems')).toBeNull(), WAIT);
  });

  it('gets a copy of a step', async () => {
    await openFlow();
    await user.click(within(screen.getAllByTestId('step')[4] as HTMLElement).getByTestId('step-menu'));
    await user.click(await byId('step-duplicate'));
    await waitFor(() => expect(steps().slice(4, 6)).toEqual(['action', 'action']), WAIT);
    await said('Send the invoice is duplicated');
  });

  it('that somebody else changed is theirs or mine, and nothing is lost', async () => {
    const { platform, call } = await openFlow('conflict');
    const saveText = vi.spyOn(platform, 'saveText');
    await user.click(card('hello'));
    await type('step-text', 'Mine');
    const banner = await byId('conflict');
    expect(banner.textContent).toContain('Somebody else has changed this draft meanwhile');
    expect(screen.getByTestId('publish').getAttribute('aria-disabled')).toBe('true');
    await user.click(screen.getByTestId('conflict-export'));
    expect(saveText).toHaveBeenCalledWith(expect.stringContaining('"Mine"'), 'Invoices.flow.json');
    await user.click(screen.getByTestId('conflict-load'));
    await waitFor(() => expect(screen.queryByTestId('conflict')).toBeNull(), WAIT);
    expect(field('step-text').value).toMatch(/^Hello/);
    // Undo brings mine back, over theirs this time.
    await user.click(within(await byId('done')).getByRole('button', { name: 'Undo' }));
    expect(field('step-text').value).toBe('Mine');
    await isSaved();
    expect(saved(call).steps[0]).toMatchObject({ text: 'Mine' });
  });

  it('is saved when the page goes, and is there when it comes back', async () => {
    const { call } = await openFlow();
    await user.click(card('bye'));
    await type('step-text', 'See you!');
    await user.click(screen.getAllByRole('link', { name: 'Bots' })[0] as HTMLElement);
    await screen.findAllByTestId('bot-row', {}, WAIT);
    expect(saved(call).steps.at(-1)).toMatchObject({ text: 'See you!' });
    await user.click(screen.getByRole('link', { name: 'Invoices' }));
    await screen.findAllByTestId('step', {}, WAIT);
    expect(card('bye').textContent).toContain('See you!');
  });

  it('that could not be saved says so, stays, and is saved later', async () => {
    const { platform, call } = await openFlow();
    await user.click(card('bye'));
    const refused = vi.spyOn(platform, 'call').mockRejectedValue({ code: 'unavailable', message: '' });
    await type('step-text', 'See you!');
    expect((await screen.findByRole('alert', {}, WAIT)).textContent).toContain(
      'Not saved: The portal cannot be',
    );
    refused.mockRestore();
    const again = vi.spyOn(platform, 'call');
    await user.click(screen.getByRole('button', { name: 'Try again' }));
    await isSaved();
    expect(saved(again).steps.at(-1)).toMatchObject({ text: 'See you!' });
    expect(bodies(call, 'publish_bot')).toEqual([]);
  });
});

describe('problems', () => {
  it('stand at their fields, are counted, and lead there', async () => {
    await open(`/admin/bots/${BOT.broken}`);
    await user.click(await byId('problems'));
    const list = await screen.findAllByTestId('problem', {}, WAIT);
    expect(list).toHaveLength(9);
    await noViolations();
    const endpoint = list.find(({ textContent }) => textContent.includes('Endpoint')) as HTMLElement;
    await user.click(endpoint);
    await waitFor(() => expect(document.activeElement).toBe(screen.getByTestId('action-endpoint')), WAIT);
    const input = field('action-endpoint');
    expect(input.getAttribute('aria-invalid')).toBe('true');
    const [described = ''] = input.getAttribute('aria-describedby')?.split(' ') ?? [];
    expect(document.getElementById(described)?.textContent).toContain('Begin with https:// or http://.');
    // As it is put right, it goes.
    await type('action-endpoint', 'https://files.example/label.pdf');
    await waitFor(() => expect(input.getAttribute('aria-invalid')).toBeNull(), WAIT);
    await waitFor(() => expect(screen.getByTestId('problems').textContent).toContain('8 problems'), WAIT);
  });

  it('of options stand at theirs', async () => {
    await open(`/admin/bots/${BOT.broken}`);
    await screen.findAllByTestId('step', {}, WAIT);
    await user.click(card('why'));
    const options = await screen.findAllByTestId('option', {}, WAIT);
    expect(options.map((option) => option.getAttribute('aria-invalid'))).toEqual([null, 'true', 'true']);
  });

  it('are no reproach to a step that was just added', async () => {
    await open(`/admin/bots/${BOT.fresh}`);
    await byId('canvas');
    await add('message', 0);
    await isSaved();
    await waitFor(() => expect(screen.getByTestId('problems').textContent).toContain('1 problem'), WAIT);
    expect(field('step-text').getAttribute('aria-invalid')).toBeNull();
    await user.type(field('step-text'), 'a{Backspace}');
    await waitFor(() => expect(field('step-text').getAttribute('aria-invalid')).toBe('true'), WAIT);
  });
});

describe('an action', () => {
  const openAction = async (tab: 'details' | 'settings') => {
    const opened = await open(`/admin/bots/${BOT.invoices}`);
    await screen.findAllByTestId('step', {}, WAIT);
    await user.click(card('send'));
    await user.click(await byId(`action-${tab}`));
    return opened;
  };

  // C05: what is stored is never shown again.
  it('takes an authorization that nobody sees again', async () => {
    const { call } = await openAction('settings');
    expect(screen.getByTestId('authorization').textContent).toContain('Stored. It is never shown again.');
    await user.click(screen.getByTestId('authorization-replace'));
    await waitFor(() => expect(document.activeElement).toBe(screen.getByTestId('authorization-input')), WAIT);
    expect(field('authorization-input').type).toBe('password');
    await user.paste('Bearer 4711-secret');
    await user.keyboard('{Enter}');
    await said('The authorization is stored');
    expect(bodies(call, 'create_bot_secret')).toEqual([{ value: 'Bearer 4711-secret' }]);
    await isSaved();
    const action = saved(call).steps[4];
    expect(action).toMatchObject({
      action: { authorization: expect.stringMatching(/^[0-9a-f]{32}$/) as string },
    });
    expect(JSON.stringify(saved(call))).not.toContain('4711-secret');
    expect(document.body.innerHTML).not.toContain('4711-secret');

    await user.click(screen.getByTestId('authorization-remove'));
    await waitFor(() => expect(document.activeElement).toBe(screen.getByTestId('authorization-input')), WAIT);
    expect(field('authorization-input').value).toBe('');
    await isSaved();
    await waitFor(() => expect(JSON.stringify(saved(call).steps[4])).not.toContain('authorization'), WAIT);
  });

  // C01 C03 C04 C06
  it('is tried with values for what it asks', async () => {
    const { call } = await openAction('settings');
    await type('try-answer-invoice_number', '4711');
    await user.click(screen.getByTestId('try-it'));
    await waitFor(
      () => expect(screen.getByTestId('tried').textContent).toContain('The file can be sent.'),
      WAIT,
    );
    const tried = screen.getByTestId('tried').textContent.replace(/\s+/g, ' ');
    expect(tried).toContain('Invoice 4711.pdf');
    expect(tried).toContain('application/pdf · 47.1 KB');
    expect(tried).toContain('The server answered 200, after 214 ms.');
    const [body] = bodies(call, 'try_bot_action') as [{ action: object; answers: object }];
    expect(body.answers).toEqual({ invoice_number: '4711', customer: 'Mia' });
    expect(body.action).not.toHaveProperty('type');
    await type('action-endpoint', 'https://billing.northwind.example/missing.pdf');
    await user.click(screen.getByTestId('try-it'));
    await waitFor(
      () => expect(screen.getByTestId('tried').textContent).toContain('The endpoint answered 404 Not Found.'),
      WAIT,
    );
  });

  it('says what it does when it fails, and where it goes then', async () => {
    const { call } = await openAction('details');
    await type('failure-text', 'Sorry.');
    await user.selectOptions(screen.getByTestId('way-on_failure'), '1. Message');
    await isSaved();
    expect(saved(call).steps[4]).toMatchObject({ failure_text: 'Sorry.', on_failure: 'hello' });
  });

  // C07
  it('loses a header, and the keyboard is not lost with it', async () => {
    const { call } = await openAction('settings');
    await user.click(screen.getByRole('button', { name: 'Remove header 1' }));
    await waitFor(() => expect(document.activeElement).toBe(screen.getByTestId('header-add')), WAIT);
    await isSaved();
    expect(saved(call).steps[4]).toMatchObject({ action: { headers: [] } });
  });
});

describe('a question', () => {
  // C08
  it('takes numbers within limits, and goes on after so many tries', async () => {
    const { call } = await open(`/admin/bots/${BOT.invoices}`);
    await screen.findAllByTestId('step', {}, WAIT);
    await user.click(card('topic'));
    await user.selectOptions(await byId('answer-format'), 'Number');
    await type('answer-min', '5');
    await type('answer-max', 'many');
    expect(field('answer-max').getAttribute('aria-invalid')).toBe('true');
    await type('answer-max', '3');
    await type('tries', '2');
    await user.selectOptions(await byId('way-otherwise'), '9. End');
    await isSaved();
    expect(saved(call).steps[1]).toMatchObject({
      answer: { type: 'number', min: 5, max: 3 },
      tries: 2,
      otherwise: 'bye',
      // It is used below: it keeps its name.
      variable: 'topic',
    });
    await waitFor(() => expect(screen.getByText('The most is less than the least.')).toBeTruthy(), WAIT);
  });
});

describe('files of flows', () => {
  const give = async (text: string) => {
    await menu('bot-import');
    await free();
    await user.upload(field('import-file'), new File([text], 'mine.json', { type: 'application/json' }));
  };

  it('that are none change nothing, and say why', async () => {
    const { call } = await open(`/admin/bots/${BOT.invoices}`);
    await screen.findAllByTestId('step', {}, WAIT);
    await give('{"format": 1, "steps": [{"id": "a", "type": "script"}]}');
    const dialog = await screen.findByRole('dialog', { name: 'That file cannot be imported' }, WAIT);
    expect(dialog.textContent).toContain('“steps.0.type” should be something this portal knows.');
    expect(dialog.textContent).toContain('Your draft stays as it is.');
    expect(steps()).toHaveLength(9);
    expect(bodies(call, 'save_bot_draft')).toEqual([]);
  });

  it("take the draft's place, without another bot's authorization", async () => {
    const { call } = await open(`/admin/bots/${BOT.fresh}`);
    await byId('canvas');
    await give(JSON.stringify(invoiceFlow()));
    await waitFor(() => expect(steps()).toHaveLength(9), WAIT);
    expect(screen.getByTestId('done').textContent).toMatch(
      /mine\.json is imported: 9 steps\. The authorization of 1 action was left out/,
    );
    await isSaved();
    expect(JSON.stringify(saved(call))).not.toContain('authorization');
    await user.click(screen.getByTestId('undo'));
    expect(steps()).toHaveLength(0);
  });

  it('are written as they are read', async () => {
    const { platform } = await open(`/admin/bots/${BOT.invoices}`);
    const saveText = vi.spyOn(platform, 'saveText');
    await screen.findAllByTestId('step', {}, WAIT);
    await menu('bot-export');
    const [text, name] = saveText.mock.calls[0] ?? ['', ''];
    expect(name).toBe('Invoices.flow.json');
    expect(importFlow(text, () => true)).toEqual({ flow: invoiceFlow(), dropped: 0 });
  });
});

describe('the menu of a bot', () => {
  // C13 C14 C15
  it('sets limits and where files go', async () => {
    const { call } = await open(`/admin/bots/${BOT.invoices}`);
    await menu('bot-settings');
    expect(((await byId('bot-max-bytes')) as HTMLInputElement).value).toBe('20');
    await type('bot-max-bytes', '5');
    await type('bot-max-files', '3');
    await type('types-input', '.docx');
    await user.click(screen.getByTestId('types-add'));
    await type('bot-email', 'nobody');
    await user.click(screen.getByTestId('bot-settings-save'));
    expect(screen.getByText('Type an e-mail address, or leave it empty.')).toBeTruthy();
    await user.clear(field('bot-email'));
    await user.click(screen.getByTestId('bot-settings-save'));
    await waitFor(() => expect(bodies(call, 'update_bot')).toHaveLength(1), WAIT);
    expect(bodies(call, 'update_bot')).toEqual([
      {
        name: 'Invoices',
        settings: {
          limits: { max_bytes: 5 * 1024 * 1024, max_files: 3, allowed_types: ['pdf', 'png', 'docx'] },
        },
      },
    ]);
  });

  it('renames, loads an earlier version, switches off and deletes', async () => {
    const { call } = await open(`/admin/bots/${BOT.invoices}`);
    await menu('bot-rename');
    await type('bot-name', 'Bills');
    await user.click(screen.getByTestId('bot-name-confirm'));
    expect(await screen.findByRole('heading', { level: 1, name: 'Bills' }, WAIT)).toBeTruthy();
    await free();

    await user.click(card('hello'));
    await type('step-text', 'Changed');
    await menu('bot-versions');
    await user.click((await screen.findAllByTestId('version-load', {}, WAIT))[1] as HTMLElement);
    await said('Version 1 is in the draft now.');
    expect(field('step-text').value).toMatch(/^Hello/);
    await free();

    await menu('bot-withdraw');
    await user.click(await byId('question-confirm'));
    await waitFor(() => expect(screen.getByTestId('bot-state').textContent).toBe('Not published'), WAIT);
    await free();

    await menu('bot-delete');
    const dialog = await screen.findByRole('dialog', { name: 'Delete Bills?' }, WAIT);
    expect(dialog.textContent).toContain('This cannot be undone.');
    expect(document.activeElement?.textContent).toContain('Cancel');
    await user.click(screen.getByTestId('question-confirm'));
    expect(await screen.findAllByTestId('bot-row', {}, WAIT)).toHaveLength(2);
    expect(bodies(call, 'delete_bot')).toHaveLength(1);
  });
});

// C01 C08
describe('a test', () => {
  it('is a conversation with the draft as it is, to its end', async () => {
    const { call } = await open(`/admin/bots/${BOT.invoices}`);
    await screen.findAllByTestId('step', {}, WAIT);
    await user.click(card('hello'));
    await type('step-text', 'Hi {{customer}}, not saved yet');
    await user.click(screen.getByTestId('test'));
    const panel = await byId('test-panel');
    expect(await within(panel).findByText('Hi Mia, not saved yet', {}, WAIT)).toBeTruthy();
    // Where it stands is seen on the canvas, and said.
    await waitFor(() => expect(card('topic').textContent).toContain('Here'), WAIT);
    await user.click(screen.getAllByTestId('test-choice')[0] as HTMLElement);
    await screen.findByText(
      /Which number does the invoice have/,
      { selector: '[data-testid="test-bot"] *' },
      WAIT,
    );
    await user.type(await byId('test-input'), 'many{Enter}');
    expect(await within(panel).findByText(/That is no invoice number/, {}, WAIT)).toBeTruthy();
    await user.type(screen.getByTestId('test-input'), '4711{Enter}');
    expect((await byId('test-sent-file')).textContent).toContain('Invoice 4711.pdf');
    await noViolations();
    await user.type(await byId('test-input'), 'signed.pdf');
    await user.click(screen.getByTestId('test-file'));
    await user.click(screen.getByTestId('test-send'));
    await user.click(await byId('test-take'));
    await user.click(await byId('test-back'));
    await waitFor(() => expect(panel.textContent).toContain('The session has ended'), WAIT);
    const events = (bodies(call, 'rehearse_bot') as { event: { type: string }; state?: string }[]).map(
      ({ event, state }) => [event.type, state !== undefined],
    );
    expect(events).toEqual([
      ['begin', false],
      ['said', true],
      ['said', true],
      ['said', true],
      ['said', true],
      ['taken_over', true],
      ['handed_back', true],
    ]);
    expect(bodies(call, 'rehearse_bot')[4]).toMatchObject({ event: { text: '', files: ['signed.pdf'] } });
  });

  it('tells who tests why a file did not come', async () => {
    await open(`/admin/bots/${BOT.invoices}`);
    await screen.findAllByTestId('step', {}, WAIT);
    await user.click(card('send'));
    await user.click(await byId('action-settings'));
    await type('action-endpoint', 'https://billing.northwind.example/missing');
    await user.click(screen.getByTestId('test'));
    await user.click((await screen.findAllByTestId('test-choice', {}, WAIT))[0] as HTMLElement);
    await user.type(await byId('test-input'), '4711{Enter}');
    expect((await byId('test-failed')).textContent.replace(/\s+/g, ' ')).toContain(
      'The endpoint answered 404 Not Found. Customers do not see this.',
    );
    await user.click(await byId('test-nobody'));
    expect(
      await screen.findByText(/Nobody is free right now/, { selector: '[data-testid="test-bot"] *' }, WAIT),
    ).toBeTruthy();
    await user.click(screen.getByTestId('test-restart'));
    await waitFor(() => expect(screen.queryByTestId('test-failed')).toBeNull(), WAIT);
  });

  it('is closed by Escape, and what was typed is not lost when the portal fails', async () => {
    const { platform } = await open(`/admin/bots/${BOT.invoices}`);
    await screen.findAllByTestId('step', {}, WAIT);
    await user.click(screen.getByTestId('test'));
    await screen.findAllByTestId('test-choice', {}, WAIT);
    const refused = vi.spyOn(platform, 'call').mockRejectedValue({ code: 'unavailable', message: '' });
    await user.type(screen.getByTestId('test-input'), 'An invoice{Enter}');
    expect((await screen.findByRole('alert', {}, WAIT)).textContent).toContain(
      'The portal cannot be reached.',
    );
    await waitFor(() => expect(field('test-input').value).toBe('An invoice'), WAIT);
    refused.mockRestore();
    await user.keyboard('{Escape}');
    await waitFor(() => expect(screen.queryByTestId('test-panel')).toBeNull(), WAIT);
    await waitFor(() => expect(document.activeElement).toBe(screen.getByTestId('test')), WAIT);
  });
});
