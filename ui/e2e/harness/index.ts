// `test` with a portal that has been worked with (one for all tests of a worker), and a page that is signed in to it.
import { type APIRequestContext, type Page, expect, test as base } from '@playwright/test';
import { Portal } from './portal';
import { ADMIN, fill, type Sample } from './sample';

type State = Awaited<ReturnType<APIRequestContext['storageState']>>;

interface Worker {
  sample: Sample;
  /** The browser's side of Ada's sign-in; made once, as the portal counts sign-ins. */
  signedIn: State;
}

interface Each {
  /** Ada, who manages the organisation, is signed in here. */
  page: Page;
}

export const test = base.extend<Each, Worker>({
  sample: [
    // eslint-disable-next-line no-empty-pattern -- Playwright reads what a fixture asks for from its pattern
    async ({}, use) => {
      const portal = await Portal.start();
      try {
        await use(await fill(portal));
      } finally {
        await portal.stop();
      }
    },
    { scope: 'worker', timeout: 120_000 },
  ],
  signedIn: [
    async ({ sample, playwright }, use) =>
      use(await signIn(await playwright.request.newContext(), sample, ADMIN)),
    { scope: 'worker' },
  ],
  storageState: async ({ signedIn }, use) => use(signedIn),
  baseURL: async ({ sample }, use) => use(sample.url),
  page: async ({ page }, use) => {
    const failures = watch(page);
    await use(page);
    expect(failures, 'errors of the page itself').toEqual([]);
  },
});

export { expect };
export { look, expectNoViolations } from './looks';

/** Signs in as the page would; answers the cookies that it leaves. */
export async function signIn(
  request: APIRequestContext,
  { url }: Sample,
  { email, password }: Pick<typeof ADMIN, 'email' | 'password'>,
): Promise<State> {
  const answer = await request.post(`${url}/api/v1/auth/sign-in`, {
    headers: { origin: url },
    data: { email, password, client: 'browser' },
  });
  expect(answer.ok(), await answer.text()).toBe(true);
  return request.storageState();
}

/** What the page throws or its policy refuses; what the network answers is each page's own to show. */
function watch(page: Page): string[] {
  const found: string[] = [];
  page.on('pageerror', (error) => found.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' && /Content Security Policy/.test(message.text()))
      found.push(message.text());
  });
  return found;
}
