// Uploads with the real tus client against a portal that lives in an XMLHttpRequest.
import type * as Tus from 'tus-js-client';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { release } from './places';
import { startUpload, STALLED_AFTER } from './upload';

const forgetHeld = () => release(new URL('/api/v1/uploads/u1', location.href).href);

const ID = '04'.repeat(16);
const ATTACHMENT = '0a'.repeat(16);

interface Answer {
  status: number;
  headers?: Record<string, string>;
  body?: string;
}

/** What the portal does with a request; `null`: the network is gone, `stall`: nothing ever comes. */
type Portal = (
  method: string,
  url: string,
  headers: Map<string, string>,
  body: Blob | null,
) => Answer | null | 'stall';

function stubNetwork(portal: Portal): void {
  class FakeXhr extends EventTarget {
    method = '';
    url = '';
    status = 0;
    responseText = '';
    upload: { onprogress?: (event: { lengthComputable: boolean; loaded: number }) => void } = {};
    onload?: () => void;
    onerror?: (error: unknown) => void;
    #headers = new Map<string, string>();
    #answer: Record<string, string> = {};
    #aborted = false;

    open(method: string, url: string) {
      this.method = method;
      this.url = url;
    }
    setRequestHeader(name: string, value: string) {
      this.#headers.set(name.toLowerCase(), value);
    }
    getResponseHeader(name: string) {
      return this.#answer[name.toLowerCase()] ?? null;
    }
    abort() {
      this.#aborted = true;
    }
    send(body: Blob | null = null) {
      const answer = portal(this.method, this.url, this.#headers, body);
      if (answer === 'stall') return;
      setTimeout(() => {
        if (this.#aborted) return;
        if (answer === null) return this.onerror?.(new Event('error'));
        this.status = answer.status;
        this.responseText = answer.body ?? '';
        this.#answer = answer.headers ?? {};
        this.upload.onprogress?.({ lengthComputable: true, loaded: body?.size ?? 0 });
        this.onload?.();
      });
    }
  }
  vi.stubGlobal('XMLHttpRequest', FakeXhr);
}

/** A portal that keeps one upload; `fail` may answer in its place. */
function tusPortal(fail: Portal = () => ({ status: 0 })) {
  const seen: string[] = [];
  const state = { offset: 0, length: 0, metadata: '' };
  const portal: Portal = (method, url, headers, body) => {
    seen.push(`${method} ${new URL(url, location.href).pathname}`);
    const instead = fail(method, url, headers, body);
    if (instead === null || instead === 'stall' || instead.status !== 0) return instead;
    if (method === 'POST') {
      state.offset = 0;
      state.length = Number(headers.get('upload-length'));
      state.metadata = headers.get('upload-metadata') ?? '';
      const created = { upload_id: 'u1', attachment_id: ATTACHMENT };
      return { status: 201, headers: { location: '/api/v1/uploads/u1' }, body: JSON.stringify(created) };
    }
    if (method === 'HEAD') {
      return {
        status: 200,
        headers: { 'upload-offset': `${state.offset}`, 'upload-length': `${state.length}` },
      };
    }
    if (method === 'DELETE') return { status: 204 };
    state.offset += body?.size ?? 0;
    return { status: 204, headers: { 'upload-offset': `${state.offset}` } };
  };
  stubNetwork(portal);
  return { seen, state };
}

// Under node the package's name leads to its build for node.
const BROWSER_BUILD = 'tus-js-client/lib.es5/browser/index.js';
let tus: typeof Tus;

const start = (bytes: number, progress = vi.fn()) => {
  const handle = new File([new Uint8Array(bytes)], 'naïve 📎.png', { lastModified: 1 });
  const file = { handle, name: handle.name, size: bytes };
  return startUpload(ID, file, progress, undefined, () => Promise.resolve(tus));
};

describe('uploads', () => {
  beforeAll(async () => {
    tus = (await import(/* @vite-ignore */ BROWSER_BUILD)) as typeof tus;
  });
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    localStorage.clear();
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  async function outcome(done: Promise<string>, millis = 600_000): Promise<unknown> {
    const seen = done.catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(millis);
    return Promise.race([seen, Promise.resolve('still running')]);
  }

  it('creates, sends in pieces of 4 MiB and names the attachment', async () => {
    const { seen, state } = tusPortal();
    const progress = vi.fn();
    expect(await outcome(start(9 * 1024 * 1024, progress).done)).toBe(ATTACHMENT);
    const patch = 'PATCH /api/v1/uploads/u1';
    expect(seen).toEqual([`POST /api/v1/sessions/${ID}/uploads`, patch, patch, patch]);
    expect(atob(state.metadata.replace('filename ', ''))).toContain('.png');
    expect(progress).toHaveBeenLastCalledWith({ sent: 9 * 1024 * 1024, total: 9 * 1024 * 1024 });
  });

  it('goes on where the portal stands after the network went', async () => {
    let cuts = 2;
    const { seen } = tusPortal((method) => (method === 'PATCH' && cuts-- > 0 ? null : { status: 0 }));
    expect(await outcome(start(10).done)).toBe(ATTACHMENT);
    expect(seen.filter((request) => request.startsWith('HEAD'))).toHaveLength(2);
  });

  it('takes up again what stands still', async () => {
    let stalls = 1;
    const { seen } = tusPortal((method) => (method === 'PATCH' && stalls-- > 0 ? 'stall' : { status: 0 }));
    const { done } = start(10);
    expect(await outcome(done, STALLED_AFTER - 1)).toBe('still running');
    expect(await outcome(done)).toBe(ATTACHMENT);
    expect(seen.at(-2)).toBe('HEAD /api/v1/uploads/u1');
  });

  it.each([
    [413, '{"code":"file_too_large","message":"Too large."}', 'file_too_large', 1],
    [507, '{"code":"storage_full","message":"Full."}', 'storage_full', 1],
    [403, '', 'forbidden', 1],
  ])('gives up at %i %s with %s', async (status, body, code, requests) => {
    const { seen } = tusPortal(() => ({ status, body }));
    expect(await outcome(start(10).done)).toMatchObject({ code });
    expect(seen).toHaveLength(requests);
  });

  it('gives up in the end where the network stays away', async () => {
    const { seen } = tusPortal(() => null);
    expect(await outcome(start(10).done)).toMatchObject({ code: 'unavailable' });
    expect(seen.length).toBeGreaterThan(5);
  });

  it('ends at the portal what is cancelled', async () => {
    const { seen } = tusPortal((method) => (method === 'PATCH' ? 'stall' : { status: 0 }));
    const { done, cancel } = start(10);
    expect(await outcome(done, 1_000)).toBe('still running');
    cancel();
    expect(await outcome(done)).toMatchObject({ name: 'AbortError' });
    expect(seen.at(-1)).toBe('DELETE /api/v1/uploads/u1');
    expect(Object.keys(localStorage)).toEqual([]);
  });

  it('takes back at the portal what was done already', async () => {
    const { seen } = tusPortal();
    const { done, cancel } = start(10);
    expect(await outcome(done)).toBe(ATTACHMENT);
    cancel();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(seen.at(-1)).toBe('DELETE /api/v1/uploads/u1');
  });

  it('sends nothing while paused and goes on where it was', async () => {
    let first = true;
    const { seen } = tusPortal((method) => {
      const stall = method === 'PATCH' && first;
      if (stall) first = false;
      return stall ? 'stall' : { status: 0 };
    });
    const upload = start(10);
    await vi.advanceTimersByTimeAsync(1_000);
    upload.pause();
    const requests = seen.length;
    // Longer than the watchdog waits for what stands still.
    expect(await outcome(upload.done, STALLED_AFTER * 20)).toBe('still running');
    expect(seen).toHaveLength(requests);
    upload.resume();
    expect(await outcome(upload.done)).toBe(ATTACHMENT);
    expect(seen.slice(requests)).toEqual(['HEAD /api/v1/uploads/u1', 'PATCH /api/v1/uploads/u1']);
  });

  it('goes on with the same file after a reload', async () => {
    const { seen } = tusPortal((method) => (method === 'PATCH' ? 'stall' : { status: 0 }));
    const cut = start(10);
    await vi.advanceTimersByTimeAsync(1_000);
    // The page goes: what it held is free again.
    cut.pause();
    forgetHeld();
    const { seen: later } = tusPortal();
    expect(await outcome(start(10).done)).toBe(ATTACHMENT);
    expect(seen[0]).toMatch(/^POST/);
    expect(later[0]).toBe('HEAD /api/v1/uploads/u1');
    expect(Object.keys(localStorage)).toEqual([]);
  });

  it('sends the same file twice as two', async () => {
    let created = 0;
    const { seen } = tusPortal((method) => {
      if (method === 'POST') created += 1;
      return method === 'PATCH' ? 'stall' : { status: 0 };
    });
    const uploads = [start(10), start(10)];
    await vi.advanceTimersByTimeAsync(1_000);
    expect(created).toBe(2);
    for (const upload of uploads) {
      upload.cancel();
      void upload.done.catch(() => {});
    }
    await vi.advanceTimersByTimeAsync(1_000);
    expect(seen.some((request) => request.startsWith('HEAD'))).toBe(false);
  });

  it.each(['HEAD', 'PATCH'])('begins anew where the portal gave it up (404 to %s)', async (when) => {
    let gone = 1;
    const { seen } = tusPortal((method) => {
      if (method === 'PATCH' && when === 'HEAD' && seen.length === 2) return null;
      return method === when && gone-- > 0
        ? { status: 404, body: '{"code":"not_found","message":""}' }
        : { status: 0 };
    });
    expect(await outcome(start(10).done)).toBe(ATTACHMENT);
    expect(seen.filter((request) => request.startsWith('POST')).length).toBeGreaterThan(0);
    expect(seen.at(-1)).toBe('PATCH /api/v1/uploads/u1');
  });

  it('does not begin anew at a portal that restarts', async () => {
    let [cut, busy] = [true, true];
    const { seen } = tusPortal((method) => {
      if (method === 'PATCH' && cut) return ((cut = false), null);
      if (method === 'HEAD' && busy) return ((busy = false), { status: 503 });
      return { status: 0 };
    });
    expect(await outcome(start(10).done)).toBe(ATTACHMENT);
    expect(seen.filter((request) => request.startsWith('POST'))).toHaveLength(1);
  });
});
