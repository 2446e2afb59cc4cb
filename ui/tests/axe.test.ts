// Names, roles and structure of every page in its states. Contrast needs a real layout: contrast.test.ts holds the tokens.
import { render, screen } from '@testing-library/svelte';
import axe from 'axe-core';
import { afterEach, beforeAll, expect, it } from 'vitest';
import App from '$app/App.svelte';
import { router } from '$app/router.svelte';
import { createPlatform } from '$lib/platform/demo';
import { BOT } from '$lib/platform/demo/bots';
import { SESSION } from '$lib/platform/demo/world';

beforeAll(async () => {
  const parts = import.meta.glob(['../src/pages/*.svelte', '../src/app/*.svelte']);
  await Promise.all(Object.values(parts).map((load) => load()));
}, 120_000);
afterEach(() => router.navigate('/'));

const room = `/s/${SESSION.main}`;
it.each([
  ['sign in', '/', 'signed-out', 'Sign in'],
  ['sign in on the desktop', '/', 'signed-out,desktop', 'Sign in'],
  ['set up', '/set-up#token', '', 'Set up your portal'],
  ['sessions', '/', '', 'Sessions'],
  ['no sessions', '/', 'empty', 'Sessions'],
  ['an unreachable portal', '/', 'error', 'The portal does not answer'],
  ['join', '/join', '', 'Join your session'],
  ['join by link', '/join/Qw8fJ2nZ0dT5uYx1Lb3kRg', '', 'Join Northwind Support'],
  ['the waiting room', room, 'customer,lobby', "You're in the waiting room"],
  ['a room', room, '', 'Printer prints blank pages'],
  ["a customer's room", room, 'customer', 'Northwind Support'],
  ['a room with somebody waiting', `/s/${SESSION.waiting}`, '', 'Jonas Weber'],
  ['a new room', `/s/${SESSION.fresh}`, '', 'New session'],
  ['a room offline', room, 'offline,failed', 'Printer prints blank pages'],
  ['files that wait for an answer', room, 'consent', 'Printer prints blank pages'],
  ['files in every state', room, 'states,withdrawn,media,many', 'Printer prints blank pages'],
  ['direct files that are offered', room, 'direct,limit', 'Printer prints blank pages'],
  ['direct files that come', room, 'direct-in', 'Printer prints blank pages'],
  ['direct files that go', room, 'direct-out', 'Printer prints blank pages'],
  [
    'direct files where there is no way to receive them',
    room,
    'direct,no-direct',
    'Printer prints blank pages',
  ],
  ['a room with files to send', room, 'tray,upload', 'Printer prints blank pages'],
  ['a room with many files to send', room, 'tray300,upload,few', 'Printer prints blank pages'],
  ['a room where no files may be sent', room, 'customer,no-files', 'Northwind Support'],
  ['an ended room', `/s/${SESSION.sealed}`, '', 'Outlook asks for the password'],
  ['after the session', `/s/${SESSION.sealed}`, 'customer,failed', 'Thank you. The session has ended.'],
  ['files', '/files', '', 'Files'],
  ['files that are searched', '/files?q=credential&has=files&from=2026-01-01', '', 'Files'],
  ['files that nothing matches', '/files?q=no-such-words', '', 'Files'],
  ['the overview', '/files/overview', '', 'Overview'],
  ['an overview of nothing', '/files/overview', 'empty', 'Overview'],
  [
    'a transcript that is being written',
    `/files/${SESSION.sealed}`,
    'sealing',
    'Outlook asks for the password',
  ],
  ['no files', '/files', 'empty', 'Files'],
  ['a transcript', `/files/${SESSION.sealed}`, '', 'Outlook asks for the password'],
  ['settings', '/settings', '', 'Settings'],
  ['people', '/admin/people', 'mail', 'People'],
  ['nobody else', '/admin', 'empty', 'People'],
  ['devices', '/admin/devices', '', 'Devices'],
  ['policies', '/admin/policies', 'days', 'Policies'],
  ['policies with limits', '/admin/policies', 'few', 'Policies'],
  ['bots', '/admin/bots', '', 'Bots'],
  ['no bots', '/admin/bots', 'empty', 'Bots'],
  ['a bot', `/admin/bots/${BOT.invoices}`, '', 'Invoices'],
  ['a new bot', `/admin/bots/${BOT.fresh}`, '', 'New laptops'],
  ['a bot with problems', `/admin/bots/${BOT.broken}`, '', 'Returns <img src=x onerror=alert(1)>\ufffdfdp'],
  ['the audit log', '/admin/audit', '', 'Audit log'],
  ['an empty audit log', '/admin/audit', 'empty', 'Audit log'],
  ["the admins' pages for a technician", '/admin', 'technician', 'Admin'],
  ['policies for a technician', '/settings/policies', 'technician', 'Policies of Northwind Support'],
  ['an invitation', '/invite#Zk3vQ8', 'signed-out', 'Join Contoso Helpdesk'],
  ['an invitation of somebody who is here', '/invite#known', '', 'Join Contoso Helpdesk'],
  ['an invitation that is used', '/invite#used', '', 'This invitation does not work any more'],
  ['an invitation without its secret', '/invite', '', 'Open your invitation again'],
  ['a forgotten password', '/forgot-password', '', 'Forgot your password?'],
  ['a new password', '/reset-password#Zk3vQ8', '', 'Set a new password'],
  ['a new password without its link', '/reset-password', '', 'This link does not work any more'],
  ['somebody who was signed out', '/', 'revoked', 'Sign in'],
  ['settings of a technician', '/settings', 'technician,desktop', 'Settings'],
  ['nothing', '/nowhere', '', 'There is nothing here'],
])('%s', async (_name, path, flags, heading) => {
  router.navigate(path);
  const options = { delay: 1, flags: new Set(flags.split(',')), desktop: flags.includes('desktop') };
  document.documentElement.lang = 'en';
  render(App, { platform: await createPlatform(options) });
  await screen.findByRole('heading', { level: 1, name: heading }, { timeout: 8000 });
  // Lists and transcripts come a moment after the heading.
  await new Promise((resolve) => setTimeout(resolve, 50));
  const { violations, passes } = await axe.run(document, { rules: { 'color-contrast': { enabled: false } } });
  expect(passes.length).toBeGreaterThan(10);
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([]);
});
