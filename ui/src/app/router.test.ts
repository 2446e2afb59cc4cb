import { afterEach, describe, expect, it } from 'vitest';
import { parseRoute, Router } from './router.svelte';

const id = '0192d3c4b5a67788990011aabbccddee';

describe('routes', () => {
  it.each([
    ['/', { page: 'home' }],
    ['/join', { page: 'join', secret: null }],
    ['/join/Qw8fJ2nZ0d', { page: 'join', secret: 'Qw8fJ2nZ0d' }],
    [`/s/${id}`, { page: 'room', session: id }],
    ['/s/not-an-id', { page: 'notFound' }],
    ['/s', { page: 'notFound' }],
    ['/files', { page: 'files' }],
    ['/files/overview', { page: 'filesOverview' }],
    ['/files/not-an-id', { page: 'notFound' }],
    [`/files/${id}/`, { page: 'filesSession', session: id }],
    ['/settings', { page: 'settings' }],
    ['/settings/more', { page: 'notFound' }],
    ['/settings/policies', { page: 'policies' }],
    ['/admin', { page: 'admin', tab: 'people' }],
    ['/admin/people', { page: 'admin', tab: 'people' }],
    ['/admin/devices', { page: 'admin', tab: 'devices' }],
    [`/admin/devices/${id}`, { page: 'admin', tab: 'devices', person: id }],
    [`/admin/audit/${id}`, { page: 'admin', tab: 'audit', person: id }],
    ['/admin/bots', { page: 'admin', tab: 'bots' }],
    [`/admin/bots/${id}`, { page: 'admin', tab: 'bots', bot: id }],
    ['/admin/bots/not-an-id', { page: 'notFound' }],
    [`/admin/people/${id}`, { page: 'notFound' }],
    ['/admin/devices/not-an-id', { page: 'notFound' }],
    [`/admin/devices/${id}/more`, { page: 'notFound' }],
    ['/admin/else', { page: 'notFound' }],
    ['/forgot-password', { page: 'forgotPassword' }],
    ['/forgot-password/abc', { page: 'notFound' }],
    ['/invite/abc', { page: 'notFound' }],
    ['/nowhere', { page: 'notFound' }],
  ])('%s', (path, route) => expect(parseRoute(path)).toEqual(route));

  it.each([
    ['#m42', { page: 'room', session: id, seq: 42 }],
    ['#m0', { page: 'room', session: id }],
    ['#m4x', { page: 'room', session: id }],
    ['#m99999999999999999999', { page: 'room', session: id }],
  ])('finds the message of %s', (hash, route) => expect(parseRoute(`/s/${id}`, hash)).toEqual(route));

  it('finds the message of a transcript', () =>
    expect(parseRoute(`/files/${id}`, '#m7')).toEqual({ page: 'filesSession', session: id, seq: 7 }));

  it.each([
    ['/set-up', { page: 'setUp', token: 'abc' }],
    ['/invite', { page: 'invite', token: 'abc' }],
    ['/reset-password', { page: 'resetPassword', token: 'abc' }],
  ])('takes the token of %s from the fragment, which no server sees', (path, route) =>
    expect(parseRoute(path, '#abc')).toEqual(route),
  );

  it('narrows the audit log to a session by the fragment', () => {
    expect(parseRoute('/admin/audit', `#${id}`)).toEqual({ page: 'admin', tab: 'audit', session: id });
    expect(parseRoute('/admin/audit', '#else')).toEqual({ page: 'admin', tab: 'audit' });
  });
});

describe('the router', () => {
  it('takes a token out of the address bar once its page has it', () => {
    const router = new Router();
    router.navigate('/invite#abc');
    const before = history.length;
    router.forgetHash();
    expect([location.pathname, location.hash, history.length]).toEqual(['/invite', '', before]);
    expect(router.route).toEqual({ page: 'invite', token: 'abc' });
  });

  let stop = () => {};
  afterEach(() => {
    stop();
    document.body.replaceChildren();
    history.replaceState({}, '', '/');
  });

  function click(html: { href: string; target?: string }, init: MouseEventInit = {}): [Router, MouseEvent] {
    const router = new Router();
    stop = router.listen();
    const link = Object.assign(document.createElement('a'), html);
    link.setAttribute('href', html.href);
    document.body.append(link);
    const event = new MouseEvent('click', { bubbles: true, cancelable: true, button: 0, ...init });
    // jsdom does not navigate; what is not taken must not be prevented.
    link.dispatchEvent(event);
    return [router, event];
  }

  it('follows plain links of this site', () => {
    const [router, event] = click({ href: '/files' });
    expect(router.route).toEqual({ page: 'files' });
    expect(router.moved).toBe(true);
    expect(event.defaultPrevented).toBe(true);
  });
  it('leaves other links, new tabs and downloads to the browser', () => {
    expect(click({ href: 'https://example.com/' })[1].defaultPrevented).toBe(false);
    expect(click({ href: '//example.com/' })[1].defaultPrevented).toBe(false);
    expect(click({ href: '/files', target: '_blank' })[1].defaultPrevented).toBe(false);
    expect(click({ href: '/files' }, { ctrlKey: true })[1].defaultPrevented).toBe(false);
  });
  it('tells what a page shows by its address, and the page by the address', () => {
    const router = new Router();
    stop = router.listen();
    router.navigate('/files');
    router.setSearch('?q=a', { replace: false });
    expect(location.search).toBe('?q=a');
    const { length } = history;
    router.setSearch('?q=ab', { replace: true });
    router.setSearch('?q=ab', { replace: false });
    expect(history.length).toBe(length);
    history.replaceState({}, '', '/files?q=b');
    dispatchEvent(new PopStateEvent('popstate'));
    expect(router.search).toBe('?q=b');
  });
  it('follows the history', () => {
    const router = new Router();
    stop = router.listen();
    history.pushState({}, '', '/settings');
    dispatchEvent(new PopStateEvent('popstate'));
    expect(router.route).toEqual({ page: 'settings' });
  });
});
