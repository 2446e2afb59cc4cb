import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { call, route, ROUTES } from './http';
import { createPlatform } from './index';

function portal(status: number, body: string, type = 'application/json') {
  const init = { status, headers: { 'Content-Type': type } };
  const fetch = vi.fn((_url: string, _init: RequestInit) => Promise.resolve(new Response(body, init)));
  vi.stubGlobal('fetch', fetch);
  return fetch;
}

const me = { user: { id: 'u', email: 'a@b', name: 'A' }, memberships: [] };

describe('calls of the portal', () => {
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  it('puts path and query together, escaped', () => {
    const path = { org: 'a/../b', session: 's' };
    expect(route('get_transcript', { path })).toBe('/api/v1/orgs/a%2F..%2Fb/files/s/transcript');
    expect(route('list_sessions', { path, query: { state: 'open', before: undefined, limit: 5 } })).toBe(
      '/api/v1/orgs/a%2F..%2Fb/sessions?state=open&limit=5',
    );
    expect(() => route('get_session')).toThrow(/needs session/);
  });

  it('sends JSON with the cookies of this origin', async () => {
    const fetch = portal(200, JSON.stringify(me));
    expect(await call('create_session', { path: { org: 'o' }, body: { title: 't' } })).toEqual(me);
    const [url, init] = fetch.mock.calls[0] ?? [];
    expect(url).toBe('/api/v1/orgs/o/sessions');
    expect(init).toMatchObject({ method: 'POST', credentials: 'same-origin', body: '{"title":"t"}' });
  });

  it('reads texts as texts and nothing as nothing', async () => {
    portal(200, '\u{feff}Transcript\r\n', 'text/plain; charset=utf-8');
    expect(await call('get_transcript', { path: { org: 'o', session: 's' } })).toContain('Transcript');
    portal(200, '');
    expect(await call('sign_out')).toBeUndefined();
  });

  it.each([
    [422, '{"code":"password_too_weak","message":"Weak.","field":"password"}', 'password_too_weak'],
    [404, '<html>', 'not_found'],
    [502, '<html>', 'unavailable'],
    [500, '', 'internal'],
    [429, '{}', 'too_many_requests'],
  ])('takes %i %s for %s', async (status, body, code) => {
    portal(status, body);
    await expect(call('get_me')).rejects.toMatchObject({ code });
  });

  it.each([
    ['a cut answer', '{ half', 'application/json'],
    ['the page of a hotel', '<html>Sign in', 'text/html; charset=utf-8'],
  ])('says of %s that something else answered', async (_name, body, type) => {
    portal(200, body, type);
    await expect(call('get_me')).rejects.toThrow(/Something else answered/);
  });

  it('calls a portal that cannot be reached unavailable', async () => {
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('Failed to fetch')));
    await expect(call('get_info')).rejects.toMatchObject({ code: 'unavailable' });
  });
});

describe('the browser as host', () => {
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  it('signs in and sets up as a browser, so that the portal answers with a cookie', async () => {
    const { portal: access } = await createPlatform();
    const fetch = portal(200, JSON.stringify({ me }));
    expect(await access.signIn({ email: 'a@b', password: 'p' })).toEqual(me);
    const form = { email: 'a@b', password: 'p', token: 't', org_name: 'O', name: 'A' };
    expect(await access.setUp(form)).toEqual(me);
    const bodies = fetch.mock.calls.map(([, init]) => JSON.parse(String(init.body)) as unknown);
    expect(bodies).toEqual([
      { email: 'a@b', password: 'p', client: 'browser' },
      { ...form, client: 'browser' },
    ]);
  });

  it.each([
    ['https://desk.example/join/abcdefghijkl', 'abcdefghijkl'],
    ['/join/abcdefghijkl', 'abcdefghijkl'],
    ['deskside://join/desk.example:8443/abcdefghijkl', 'abcdefghijkl'],
    [' 7KM-3PQ-X9A ', '7KM-3PQ-X9A'],
  ])('joins with %s by its secret', async (link, secret) => {
    const { portal: access } = await createPlatform();
    const fetch = portal(200, JSON.stringify({ session: { id: 's' }, you: { id: 'p' } }));
    await access.join({ link, name: 'Ann' });
    expect(JSON.parse(String(fetch.mock.calls[0]?.[1].body))).toEqual({
      secret,
      name: 'Ann',
      client: 'browser',
    });
  });

  it('is its own portal, and no other', async () => {
    const { portal: access } = await createPlatform();
    portal(200, '{"product":"deskside"}');
    expect(await access.current()).toBe(location.origin);
    expect(await access.set(location.origin)).toEqual({ product: 'deskside' });
    await expect(access.set('https://elsewhere.example')).rejects.toMatchObject({ field: 'url' });
  });

  it('opens no address that could run a script', async () => {
    const { openExternal } = await createPlatform();
    const open = vi.spyOn(window, 'open').mockReturnValue(null);
    await expect(openExternal('javascript:alert(1)')).rejects.toMatchObject({ code: 'invalid_input' });
    expect(open).not.toHaveBeenCalled();
    await openExternal('https://example.org/');
    expect(open).toHaveBeenCalledWith('https://example.org/', '_blank', 'noopener,noreferrer');
  });
});

describe('operations', () => {
  it('go where the portal says', () => {
    const { paths } = JSON.parse(readFileSync('../crates/proto/openapi.json', 'utf8')) as {
      paths: Record<string, Record<string, { operationId?: string }>>;
    };
    const known = Object.fromEntries(
      Object.entries(paths).flatMap(([path, methods]) =>
        Object.entries(methods).flatMap(([method, { operationId }]) =>
          operationId ? [[operationId, [method.toUpperCase(), path.replace('/api/v1', '')]]] : [],
        ),
      ),
    );
    for (const [operation, route] of Object.entries(ROUTES))
      expect(known[operation], operation).toEqual(route);
  });
});
