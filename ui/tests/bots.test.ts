// Bots as admins build them: the list, the canvas, the draft and its problems (rows C01, C08).
import { screen, waitFor, within } from '@testing-library/svelte';
import { describe, expect, it, vi } from 'vitest';
import { BOT } from '$lib/platform/demo/bots';
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
  add,
  field,
  type,
  noViolations,
} from './botPages';

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
