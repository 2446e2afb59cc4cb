// What admins do with people, devices and the audit log, and what those do who come by a link; on the in-memory host.
import { render, screen, waitFor, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import App from '$app/App.svelte';
import { router } from '$app/router.svelte';
import { createPlatform } from '$lib/platform/demo';
import { SESSION } from '$lib/platform/demo/world';

const WAIT = { timeout: 8000 };
const user = userEvent.setup();

async function open(path: string, ...flags: string[]) {
  router.navigate(path);
  const platform = await createPlatform({ delay: 1, flags: new Set(flags), desktop: false });
  const call = vi.spyOn(platform, 'call');
  render(App, { platform });
  return { platform, call };
}

const byId = (id: string) => screen.findByTestId(id, {}, WAIT);
const rowOf = async (name: string, row = 'person-row') => {
  const rows = await screen.findAllByTestId(row, {}, WAIT);
  return (
    rows.find(({ textContent }) => textContent.includes(name)) ?? expect.unreachable(`no row of ${name}`)
  );
};
/** Dialogs keep the pointer to themselves until they are gone. */
const free = () => waitFor(() => expect(document.body.style.pointerEvents).not.toBe('none'), WAIT);
const said = (words: string) => screen.findByText((text) => text.replace('\u00a0', '') === words, {}, WAIT);

async function choose(name: string, item: string) {
  await user.click(within(await rowOf(name)).getByTestId('person-menu'));
  await user.click(await byId(item));
}

beforeAll(async () => {
  const parts = import.meta.glob(['../src/pages/*.svelte', '../src/app/*.svelte']);
  await Promise.all(Object.values(parts).map((load) => load()));
}, 120_000);

afterEach(() => {
  router.navigate('/');
  localStorage.clear();
});

// Z22: the four roles, and who may give them.
describe('people', () => {
  it('stand with what they may do, and names of theirs break nothing', async () => {
    await open('/admin');
    const own = await rowOf('Ada Berger');
    expect(within(own).getByText('You')).toBeTruthy();
    expect(within(own).getByTestId('person-role').textContent).toBe('Admin');
    const hostile = await rowOf('HYPERLINK');
    expect(hostile.querySelector('b')).toBeNull();
    expect(hostile.textContent).not.toContain('\u202e');
    expect((await rowOf('Peer van Dijk')).textContent).toContain('Deactivated');
  });

  it('are found by name, e-mail and role', async () => {
    await open('/admin/people');
    await user.type(await byId('people-search'), 'jonas technician');
    await waitFor(() => expect(screen.getAllByTestId('person-row')).toHaveLength(1), WAIT);
    await user.type(screen.getByTestId('people-search'), ' nobody');
    await user.click(await screen.findByRole('button', { name: 'Show everybody' }, WAIT));
    await waitFor(() => expect(screen.getAllByTestId('person-row')).toHaveLength(7), WAIT);
  });

  it('are invited by a link that is shown once', async () => {
    const { call } = await open('/admin/people');
    await user.click(await byId('invite'));
    await waitFor(() => expect(document.activeElement).toBe(screen.getByTestId('invite-email')), WAIT);
    // An admin makes no super admin.
    expect(screen.queryByTestId('role-super_admin')).toBeNull();
    expect(screen.getByText(/cannot send e-mail/)).toBeTruthy();
    await user.type(screen.getByTestId('invite-email'), 'nobody');
    await user.click(screen.getByTestId('invite-submit'));
    expect(screen.getByText('Type an e-mail address.')).toBeTruthy();
    await user.type(screen.getByTestId('invite-email'), '@northwind.example');
    await user.click(screen.getByRole('radio', { name: /own sessions only/ }));
    await user.keyboard('{Tab}');
    await user.click(screen.getByTestId('invite-submit'));
    const link = (await byId('secret-link')) as HTMLInputElement;
    expect(link.value).toMatch(/\/invite#\w+/);
    expect(document.activeElement).toBe(link);
    expect(call).toHaveBeenCalledWith('invite_person', {
      path: { org: expect.any(String) as string },
      body: { email: 'nobody@northwind.example', role: 'technician_own', mail: false },
    });
    await user.click(screen.getByTestId('invite-done'));
    await free();
    expect(screen.queryByDisplayValue(link.value)).toBeNull();
    expect(await rowOf('nobody@northwind.example', 'invitation-row')).toBeTruthy();
  });

  it('are invited by e-mail where the portal can', async () => {
    await open('/admin/people', 'mail');
    await user.click(await byId('invite'));
    await user.type(await byId('invite-email'), 'lena@northwind.example');
    await user.click(screen.getByTestId('invite-submit'));
    expect(await screen.findByText('It is on its way to lena@northwind.example.', {}, WAIT)).toBeTruthy();
  });

  it('say why an invitation was not made, and keep what was typed', async () => {
    await open('/admin/people');
    await user.click(await byId('invite'));
    await user.type(await byId('invite-email'), 'tina@northwind.example');
    await user.click(screen.getByTestId('invite-submit'));
    await waitFor(
      () => expect(screen.getByTestId('invite-email').getAttribute('aria-invalid')).toBe('true'),
      WAIT,
    );
    expect((screen.getByTestId('invite-email') as HTMLInputElement).value).toBe('tina@northwind.example');
  });

  it('lose an invitation after a question, and the keyboard is not lost with it', async () => {
    await open('/admin/people');
    const row = await rowOf('lena.brandt', 'invitation-row');
    await user.click(within(row).getByTestId('invitation-withdraw'));
    await user.click(await byId('question-confirm'));
    await said('The invitation of lena.brandt@northwind.example is withdrawn');
    await free();
    expect(screen.getAllByTestId('invitation-row')).toHaveLength(1);
    await waitFor(() => expect(document.activeElement).toBe(screen.getByRole('heading', { level: 1 })), WAIT);
  });

  it('get another role', async () => {
    await open('/admin/people');
    await choose('Jonas Lindqvist', 'person-change-role');
    const dialog = await screen.findByRole('dialog', { name: 'Role of Jonas Lindqvist' }, WAIT);
    await user.click(within(dialog).getByRole('radio', { name: 'Admin' }));
    await user.click(screen.getByTestId('question-confirm'));
    await said('Jonas Lindqvist now has the role Admin');
    await free();
    expect(within(await rowOf('Jonas Lindqvist')).getByTestId('person-role').textContent).toBe('Admin');
  });

  it('are deactivated after a question that says what happens, and come back', async () => {
    await open('/admin/people');
    await choose('Jonas Lindqvist', 'person-deactivate');
    const dialog = await screen.findByRole('dialog', { name: 'Deactivate Jonas Lindqvist?' }, WAIT);
    expect(dialog.textContent).toContain('signed out everywhere at once');
    expect(dialog.textContent).toContain('stays under their name');
    // The answer that changes nothing is under the finger.
    expect(document.activeElement?.textContent).toContain('Cancel');
    await user.click(screen.getByTestId('question-confirm'));
    await waitFor(async () => expect((await rowOf('Jonas')).dataset.state).toBe('deactivated'), WAIT);
    await free();
    await choose('Jonas Lindqvist', 'person-reactivate');
    await user.click(await byId('question-confirm'));
    await waitFor(async () => expect((await rowOf('Jonas')).dataset.state).toBe('active'), WAIT);
  });

  it('get a link for a new password, shown once', async () => {
    await open('/admin/people');
    await choose('Jonas Lindqvist', 'person-reset');
    expect(screen.queryByTestId('secret-link')).toBeNull();
    await user.click(await byId('question-confirm'));
    expect(((await byId('secret-link')) as HTMLInputElement).value).toMatch(/\/reset-password#\w+/);
    await user.click(screen.getByTestId('question-done'));
    await free();
    expect(screen.queryByTestId('secret-link')).toBeNull();
  });

  it('who stand above, and oneself, cannot be changed', async () => {
    await open('/admin/people');
    for (const name of ['Tina Okonkwo', 'Ada Berger']) {
      await user.click(within(await rowOf(name)).getByTestId('person-menu'));
      await screen.findByText('Show devices', {}, WAIT);
      expect(screen.queryByTestId('person-deactivate')).toBeNull();
      expect(screen.queryByTestId('person-change-role')).toBeNull();
      await user.keyboard('{Escape}');
      await free();
    }
  });

  it('are no matter of technicians', async () => {
    const { call } = await open('/admin/people', 'technician');
    expect(await screen.findByText('These pages are for admins', {}, WAIT)).toBeTruthy();
    expect(screen.queryByRole('link', { name: 'Admin' })).toBeNull();
    expect(call.mock.calls.map(([operation]) => operation)).not.toContain('list_people');
  });

  it('are not lost from sight when the portal does not answer', async () => {
    const { platform } = await open('/admin/people');
    await rowOf('Jonas Lindqvist');
    vi.spyOn(platform, 'call').mockRejectedValue({ code: 'unavailable', message: '' });
    await choose('Jonas Lindqvist', 'person-deactivate');
    await user.click(await byId('question-confirm'));
    expect((await screen.findByRole('alert', {}, WAIT)).textContent).toContain(
      'The portal cannot be reached.',
    );
    await user.click(screen.getByRole('button', { name: 'Cancel' }));
    await free();
    expect((await rowOf('Jonas Lindqvist')).dataset.state).toBe('active');
  });
});

describe('devices', () => {
  it('of everybody are found and signed out', async () => {
    await open('/admin/devices');
    expect((await screen.findAllByTestId('device-row', {}, WAIT)).length).toBe(7);
    await user.type(screen.getByTestId('device-search'), 'jonas desktop');
    await waitFor(() => expect(screen.getAllByTestId('device-row')).toHaveLength(1), WAIT);
    await user.click(
      screen.getByRole('button', { name: 'Sign out Deskside 0.1.0 on Linux of Jonas Lindqvist' }),
    );
    const dialog = await screen.findByRole('dialog', { name: 'Sign out this device?' }, WAIT);
    expect(dialog.textContent).toContain('is signed out at once');
    await user.click(screen.getByTestId('device-revoke-confirm'));
    await said('Deskside 0.1.0 on Linux of Jonas Lindqvist is signed out');
    expect(await screen.findByText('No device is like that', { selector: 'h2' }, WAIT)).toBeTruthy();
  });

  it('of one person are a click away, and the way back too', async () => {
    await open('/admin/people');
    await user.click(within(await rowOf('Tina Okonkwo')).getByRole('link', { name: '2 devices' }));
    expect(await screen.findByText('Only devices of Tina Okonkwo', {}, WAIT)).toBeTruthy();
    expect(screen.getAllByTestId('device-row')).toHaveLength(2);
    // She stands above: the portal would refuse.
    await waitFor(() => expect(screen.queryByTestId('device-revoke')).toBeNull(), WAIT);
    await user.click(screen.getByRole('link', { name: 'Show all' }));
    await waitFor(() => expect(screen.getAllByTestId('device-row')).toHaveLength(7), WAIT);
  });

  it('of oneself stand in Settings; the one in use cannot be cut off there', async () => {
    await open('/settings');
    const rows = await screen.findAllByTestId('device-row', {}, WAIT);
    expect(rows).toHaveLength(2);
    expect(within(rows[0] as HTMLElement).queryByTestId('device-revoke')).toBeNull();
    await user.click(within(rows[1] as HTMLElement).getByTestId('device-revoke'));
    await user.click(await byId('device-revoke-confirm'));
    await waitFor(() => expect(screen.getAllByTestId('device-row')).toHaveLength(1), WAIT);
  });
});

// Z17: who saw what.
describe('the audit log', () => {
  it('says in sentences who did what, with the way to the session', async () => {
    await open('/admin/audit');
    const rows = await screen.findAllByTestId('audit-row', {}, WAIT);
    expect(rows).toHaveLength(50);
    const read = rows.find(({ dataset }) => dataset.action === 'file_read') as HTMLElement;
    expect(read.textContent).toContain('Tina Okonkwo opened invoice.pdf');
    expect(within(read).getByRole('link').getAttribute('href')).toBe(`/files/${SESSION.sealed}`);
    const deleted = rows.find(({ dataset }) => dataset.action === 'session_deleted') as HTMLElement;
    expect(deleted.textContent).toContain('The portal deleted');
    expect(within(deleted).queryByRole('link')).toBeNull();
  });

  it('goes on to the very first entry', async () => {
    await open('/admin/audit');
    await user.click(await byId('audit-more'));
    await waitFor(() => expect(screen.getAllByTestId('audit-row')).toHaveLength(100), WAIT);
    await user.click(screen.getByTestId('audit-more'));
    await waitFor(() => expect(screen.getAllByTestId('audit-row')).toHaveLength(120), WAIT);
    expect(screen.getByText('That is all of it.')).toBeTruthy();
    expect(screen.queryByTestId('audit-more')).toBeNull();
  });

  it('is narrowed by what, whom and when, and saved as it is narrowed', async () => {
    const { platform } = await open('/admin/audit');
    const saveAudit = vi.spyOn(platform, 'saveAudit');
    await screen.findAllByTestId('audit-row', {}, WAIT);
    await user.selectOptions(screen.getByTestId('audit-action'), 'Files opened');
    await waitFor(
      () =>
        expect(
          screen.getAllByTestId('audit-row').every(({ dataset }) => dataset.action === 'file_read'),
        ).toBe(true),
      WAIT,
    );
    await user.selectOptions(screen.getByTestId('audit-actor'), 'Tina Okonkwo');
    await waitFor(() => expect(screen.getAllByTestId('audit-row')).toHaveLength(7), WAIT);
    await user.click(screen.getByTestId('audit-export'));
    expect(saveAudit).toHaveBeenCalledWith(
      expect.objectContaining({
        filter: expect.objectContaining({
          action: 'file_read',
          actor: expect.any(String) as string,
        }) as object,
      }),
    );
    await user.type(screen.getByTestId('audit-to'), '2020-01-01');
    await user.click(await screen.findByRole('button', { name: 'Clear the filter' }, WAIT));
    await waitFor(() => expect(screen.getAllByTestId('audit-row')).toHaveLength(50), WAIT);
  });

  it('of one person and of one session have an address', async () => {
    await open('/admin/people');
    await user.click(within(await rowOf('Tina Okonkwo')).getByTestId('person-menu'));
    await user.click(await screen.findByText('Show what they did', {}, WAIT));
    await waitFor(
      () =>
        expect((screen.getByTestId('audit-actor') as HTMLSelectElement).selectedOptions[0]?.textContent).toBe(
          'Tina Okonkwo',
        ),
      WAIT,
    );
    router.navigate(`/admin/audit#${SESSION.sealed}`);
    expect(await screen.findByText('Only one session', {}, WAIT)).toBeTruthy();
  });
});

it('says what the rules will delete, and asks again when they change', async () => {
  const { call } = await open('/admin/policies', 'days');
  expect((await byId('forecast')).textContent).toMatch(/this frees 1\.8 GB: 41 files and 2 whole sessions/);
  const asked = () => call.mock.calls.filter(([operation]) => operation === 'get_statistics').length;
  const before = asked();
  await user.selectOptions(screen.getByTestId('policy-copy'), 'When they ask for it');
  await user.selectOptions(screen.getByTestId('kept-files'), 'For ever');
  await waitFor(() => expect(asked()).toBe(before + 1), WAIT);
});

describe('an invitation', () => {
  it('brings somebody new in, and its secret is nowhere in the address', async () => {
    const { call } = await open('/invite#Zk3vQ8', 'signed-out');
    expect(await screen.findByRole('heading', { name: 'Join Contoso Helpdesk' }, WAIT)).toBeTruthy();
    expect([location.pathname, location.search, location.hash]).toEqual(['/invite', '', '']);
    expect(call).toHaveBeenCalledWith('look_up_invitation', { body: { token: 'Zk3vQ8' } });
    await waitFor(() => expect(document.activeElement).toBe(screen.getByTestId('invite-name')), WAIT);
    await user.type(screen.getByTestId('invite-name'), 'Lena Brandt');
    await user.type(screen.getByTestId('invite-password'), 'short');
    await user.click(screen.getByTestId('invite-accept'));
    expect(screen.getByText('The password needs at least 12 characters.')).toBeTruthy();
    await user.type(screen.getByTestId('invite-password'), ' no longer');
    await user.click(screen.getByTestId('invite-accept'));
    expect(await screen.findByRole('heading', { name: 'Sessions' }, WAIT)).toBeTruthy();
    expect(screen.getByTestId('user-menu').textContent).toContain('Contoso Helpdesk');
  });

  it('asks somebody who is here already for their password only', async () => {
    await open('/invite#known', 'signed-out');
    await byId('invite-password');
    expect(screen.queryByTestId('invite-name')).toBeNull();
    expect(screen.getByRole('link', { name: 'Forgot your password?' })).toBeTruthy();
  });

  it('says whose sign-in ends by it', async () => {
    await open('/invite#Zk3vQ8');
    expect(await screen.findByText(/Ada Berger is signed in on this browser/, {}, WAIT)).toBeTruthy();
  });

  it('that does not work any more says so and what to do', async () => {
    await open('/invite#used');
    expect((await byId('invite-dead')).textContent).toContain('ask whoever invited you');
  });

  it('whose secret is gone with a reload asks for the link', async () => {
    const { call } = await open('/invite');
    expect((await byId('invite-dead')).textContent).toContain('Open the link that you were given once more');
    expect(call.mock.calls.map(([operation]) => operation)).not.toContain('look_up_invitation');
  });
});

describe('passwords', () => {
  it('that are forgotten lead to the same answer, whoever asks', async () => {
    await open('/', 'signed-out');
    await byId('sign-in-submit');
    await user.click(screen.getByRole('link', { name: 'Forgot your password?' }));
    await user.type(await byId('forgot-email'), 'whoever@northwind.example');
    await user.click(screen.getByTestId('forgot-submit'));
    expect((await byId('forgot-sent')).textContent).toContain(
      'If whoever@northwind.example belongs to somebody here',
    );
  });

  it('are set anew by a link', async () => {
    const { call } = await open('/reset-password#Zk3vQ8');
    await user.type(await byId('reset-new'), 'correct horse battery');
    expect(location.hash).toBe('');
    await user.click(screen.getByTestId('reset-submit'));
    await byId('reset-done');
    expect(call).toHaveBeenCalledWith('reset_password', {
      body: { token: 'Zk3vQ8', password: 'correct horse battery' },
    });
  });

  it('are not set by a link that was used', async () => {
    await open('/reset-password#used');
    await user.type(await byId('reset-new'), 'correct horse battery');
    await user.click(screen.getByTestId('reset-submit'));
    expect((await byId('reset-dead')).textContent).toContain('Ask for a new one');
    expect(screen.getByRole('link', { name: 'Ask for a new link' })).toBeTruthy();
  });

  it('are changed with the one until now', async () => {
    const { call } = await open('/settings');
    await user.click(await byId('password-change'));
    await user.type(await byId('password-current'), 'wrong');
    await user.type(screen.getByTestId('password-new'), 'correct horse battery');
    await user.click(screen.getByTestId('password-save'));
    expect(
      await screen.findByText('That is not your password. Check it and try again.', {}, WAIT),
    ).toBeTruthy();
    await user.clear(screen.getByTestId('password-current'));
    await user.type(screen.getByTestId('password-current'), 'right');
    const before = call.mock.calls.filter(([operation]) => operation === 'list_own_devices').length;
    await user.click(screen.getByTestId('password-save'));
    await said('Your password is changed. Your other devices are signed out.');
    await waitFor(
      () =>
        expect(call.mock.calls.filter(([operation]) => operation === 'list_own_devices').length).toBe(
          before + 1,
        ),
      WAIT,
    );
  });
});

describe('a sign-in that was ended', () => {
  it('is said on the sign-in page, and forgotten with the next one', async () => {
    const { platform } = await open('/admin/people');
    await rowOf('Jonas Lindqvist');
    const call = vi.spyOn(platform, 'call').mockRejectedValue({ code: 'not_signed_in', message: '' });
    await user.click(screen.getByRole('link', { name: 'Devices' }));
    expect((await byId('signed-out')).textContent).toContain('You were signed out');
    call.mockRestore();
    await user.type(screen.getByTestId('sign-in-email'), 'ada@northwind.example');
    await user.type(screen.getByTestId('sign-in-password'), 'right');
    await user.click(screen.getByTestId('sign-in-submit'));
    // Back where they were.
    expect(await screen.findByRole('heading', { name: 'Devices' }, WAIT)).toBeTruthy();
    expect(screen.queryByTestId('signed-out')).toBeNull();
  });

  it('shows as soon as somebody looks at the page again', async () => {
    const { platform } = await open('/admin/policies');
    await byId('policy-send');
    vi.spyOn(platform, 'call').mockRejectedValue({ code: 'not_signed_in', message: '' });
    document.dispatchEvent(new Event('visibilitychange'));
    expect(await byId('signed-out')).toBeTruthy();
  });

  it('is not said to who signs out', async () => {
    await open('/');
    await user.click(await byId('user-menu'));
    await user.click(await screen.findByText('Sign out', {}, WAIT));
    await byId('sign-in-submit');
    expect(screen.queryByTestId('signed-out')).toBeNull();
  });
});
