// Colleagues: people who came by an invitation of Ada's.
import type { Browser, BrowserContext, Page } from '@playwright/test';
import type { OrgRole, SecretLink, SignInResponse } from '../../src/lib/proto';
import { Api } from './api';
import type { Sample } from './sample';

export interface Colleague {
  name: string;
  email: string;
  password: string;
  id: string;
  api: Api;
}

/** Invites somebody and takes the invitation for them; their program is signed in. */
export async function colleague(
  { admin, org, url }: Sample,
  name: string,
  role: OrgRole,
): Promise<Colleague> {
  const email = `${name.split(' ')[0]?.toLowerCase() ?? ''}@northwind.example`;
  const password = 'a lamp beside the window';
  const { link } = await admin.ask<SecretLink>('POST', `/orgs/${org}/invitations`, {
    email,
    role,
    mail: false,
  });
  const answer = await new Api(url).ask<SignInResponse>('POST', '/invitations/accept', {
    token: new URL(link).hash.slice(1),
    name,
    password,
    client: 'desktop',
  });
  return { name, email, password, id: answer.me.user.id, api: new Api(url, answer.token ?? null) };
}

/** A browser of its own, with nobody signed in. */
export const anotherBrowser = (browser: Browser): Promise<BrowserContext> =>
  browser.newContext({ storageState: { cookies: [], origins: [] } });

/** Types address and password on the sign-in page that is open. */
export async function typeSignIn(page: Page, { email, password }: Pick<Colleague, 'email' | 'password'>) {
  await page.getByTestId('sign-in-email').fill(email);
  await page.getByTestId('sign-in-password').fill(password);
  await page.getByTestId('sign-in-submit').click();
}
