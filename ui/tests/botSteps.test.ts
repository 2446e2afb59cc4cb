// What stands in a bot's steps, and around its flow: actions, questions, files, the menu, the test (rows C01, C03–C08, C13–C15).
import { screen, waitFor, within } from '@testing-library/svelte';
import { describe, expect, it, vi } from 'vitest';
import { importFlow } from '$lib/bots/transfer';
import { BOT } from '$lib/platform/demo/bots';
import { invoiceFlow } from '$lib/platform/demo/botFlows';
import {
  WAIT,
  user,
  open,
  byId,
  bodies,
  steps,
  card,
  isSaved,
  said,
  free,
  saved,
  menu,
  field,
  type,
  noViolations,
} from './botPages';

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
