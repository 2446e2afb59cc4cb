import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DEADLINE, PreviewDocument, type PreviewFailure } from './document';
import type { DocumentSource } from './source';
import type { FromWorker, ToWorker } from './worker/protocol';

/** A worker that says what the test tells it to. */
class FakeWorker {
  onmessage: ((event: MessageEvent) => void) | null = null;
  onerror: ((event: ErrorEvent) => void) | null = null;
  readonly heard: ToWorker[] = [];
  readonly terminate = vi.fn();
  postMessage(message: ToWorker) {
    this.heard.push(message);
  }
  say(message: FromWorker) {
    this.onmessage?.({ data: message } as MessageEvent);
  }
  crash() {
    this.onerror?.(new ErrorEvent('error', { message: 'out of memory', cancelable: true }));
  }
}

const OPENED: FromWorker = {
  type: 'answer',
  id: 1,
  answer: { overview: { format: 'text', shape: 'lines' }, warnings: ['cut'] },
};

function asked(more: Partial<DocumentSource> = {}) {
  const worker = new FakeWorker();
  const source: DocumentSource = {
    size: 9,
    read: vi.fn(() => Promise.resolve(new ArrayBuffer(9))),
    release: vi.fn(),
    ...more,
  };
  const onProgress = vi.fn();
  const opening = PreviewDocument.open(source, 'a.txt', onProgress, worker as never);
  return { worker, source, opening, onProgress };
}
async function opened(more: Partial<DocumentSource> = {}) {
  const all = asked(more);
  all.worker.say(OPENED);
  return { ...all, document: await all.opening };
}
/** The code that a promise is rejected with, or that nothing came yet. */
const codeOf = (promise: Promise<unknown>) => {
  const state = { code: 'waiting' };
  promise.then(
    () => (state.code = 'answered'),
    (error: PreviewFailure) => (state.code = error.code),
  );
  return state;
};
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('a document', () => {
  it('opens, and asks for windows, places and pictures', async () => {
    const { worker, document } = await opened();
    expect([document.overview.shape, document.warnings]).toEqual(['lines', ['cut']]);
    const part = document.next({ type: 'lines', from: 0, count: 5 });
    const found = document.find('x', { type: 'line', index: 3 });
    expect(worker.heard.slice(1)).toEqual([
      { type: 'ask', id: 2, ask: { type: 'next', window: '{"type":"lines","from":0,"count":5}' } },
      { type: 'ask', id: 3, ask: { type: 'find', search: '{"text":"x","from":{"type":"line","index":3}}' } },
    ]);
    worker.say({ type: 'answer', id: 2, answer: { part: '{"lines":["a"]}', warnings: [] } });
    worker.say({ type: 'answer', id: 3, answer: { found: '{"places":[]}' } });
    expect(await part).toEqual({ lines: ['a'] });
    expect(document.warnings).toEqual([]);
    expect(await found).toEqual({ places: [] });
  });

  it('hands a Blob over, and brings pieces where there is none', async () => {
    const blob = new Blob(['123456789']);
    expect(asked({ blob }).worker.heard[0]).toMatchObject({
      ask: { type: 'open', name: 'a.txt', size: 9, blob },
    });
    const { worker, source, onProgress } = asked();
    worker.say({ type: 'want', offset: 0, length: 4, all: false });
    await pass(0);
    expect(source.read).toHaveBeenCalledWith(0, 4, expect.any(AbortSignal));
    expect(worker.heard.at(-1)).toEqual({ type: 'bytes', offset: 0, bytes: expect.any(ArrayBuffer) });
    expect(onProgress).not.toHaveBeenCalled();
    worker.say({ type: 'want', offset: 0, length: 4, all: true });
    await pass(0);
    expect(onProgress).toHaveBeenCalledWith({ sent: 9, total: 9 });
  });

  it('that thinks too long is ended', async () => {
    const { worker, source, opening } = asked();
    const state = codeOf(opening);
    await pass(DEADLINE - 1);
    expect([state.code, worker.terminate.mock.calls.length]).toEqual(['waiting', 0]);
    await pass(1);
    expect([state.code, worker.terminate.mock.calls.length]).toEqual(['timed_out', 1]);
    expect(source.release).toHaveBeenCalledOnce();
  });

  it('has its time again with every answer, and none runs while nothing is asked', async () => {
    const { worker, document } = await opened();
    await pass(10 * DEADLINE);
    const states = [codeOf(document.find('a')), codeOf(document.find('b'))];
    await pass(DEADLINE - 1);
    worker.say({ type: 'answer', id: 2, answer: { found: '{}' } });
    await pass(DEADLINE - 1);
    worker.say({ type: 'answer', id: 3, answer: { found: '{}' } });
    await pass(10 * DEADLINE);
    expect(states.map(({ code }) => code)).toEqual(['answered', 'answered']);
    expect(worker.terminate).not.toHaveBeenCalled();
  });

  it('may wait for bytes as long as they take, whatever else is asked meanwhile', async () => {
    let bring: (bytes: ArrayBuffer) => void = () => {};
    const { worker, document } = await opened({ read: () => new Promise((resolve) => (bring = resolve)) });
    const first = codeOf(document.find('a'));
    worker.say({ type: 'want', offset: 0, length: 4, all: false });
    await pass(5 * DEADLINE);
    const second = codeOf(document.find('b'));
    await pass(5 * DEADLINE);
    expect([first.code, second.code]).toEqual(['waiting', 'waiting']);
    bring(new ArrayBuffer(4));
    await pass(DEADLINE - 1);
    expect(first.code).toBe('waiting');
    await pass(1);
    expect([first.code, second.code]).toEqual(['timed_out', 'timed_out']);
  });

  it('tells the worker that bytes cannot be had, and keeps why', async () => {
    const lost = new Error('The portal cannot be reached.');
    const { worker, document } = await opened({ read: () => Promise.reject(lost) });
    codeOf(document.find('a'));
    worker.say({ type: 'want', offset: 0, length: 4, all: false });
    await pass(0);
    expect(worker.heard.at(-1)).toEqual({ type: 'bytes', offset: 0, bytes: null });
    expect(document.sourceError).toBe(lost);
  });

  it.each<[string, (worker: FakeWorker) => void]>([
    ['of the worker', (worker) => worker.crash()],
    [
      'in the module',
      (worker) => worker.say({ type: 'failure', id: 2, failure: { code: 'crashed', message: '' } }),
    ],
  ])('is over after a crash %s', async (_name, crash) => {
    const { worker, document } = await opened();
    const states = [codeOf(document.find('a')), codeOf(document.find('b'))];
    crash(worker);
    await pass(0);
    expect(states.map(({ code }) => code)).toEqual(['crashed', 'crashed']);
    expect(worker.terminate).toHaveBeenCalledOnce();
    await expect(document.find('c')).rejects.toMatchObject({ code: 'crashed' });
  });

  it('goes on after a failure of one part', async () => {
    const { worker, document } = await opened();
    const state = codeOf(document.find('a'));
    worker.say({ type: 'failure', id: 2, failure: { code: 'malformed', message: '' } });
    await pass(10 * DEADLINE);
    expect([state.code, worker.terminate.mock.calls.length]).toEqual(['malformed', 0]);
  });

  it('that does not open lets go of its worker and its source', async () => {
    const { worker, source, opening } = asked();
    worker.say({ type: 'failure', id: 1, failure: { code: 'encrypted', message: '' } });
    await expect(opening).rejects.toMatchObject({ code: 'encrypted' });
    expect(worker.terminate).toHaveBeenCalledOnce();
    expect(source.release).toHaveBeenCalledOnce();
  });

  it('that is closed rejects what is asked, stops fetching and takes its pictures back', async () => {
    const made = vi.spyOn(URL, 'createObjectURL').mockReturnValue('blob:picture');
    const revoked = vi.spyOn(URL, 'revokeObjectURL').mockReturnValue();
    let signal: AbortSignal | undefined;
    const { worker, source, document } = await opened({
      read: (_offset, _length, given) => ((signal = given), new Promise(() => {})),
    });
    const [one, again] = [document.picture(7), document.picture(7)];
    worker.say({ type: 'answer', id: 2, answer: { type: 'image/png', bytes: new Uint8Array(1) } });
    expect([await one, await again]).toEqual(['blob:picture', 'blob:picture']);
    expect(made).toHaveBeenCalledOnce();
    const state = codeOf(document.find('a'));
    worker.say({ type: 'want', offset: 0, length: 4, all: false });
    const never = codeOf(document.picture(8));
    document.close();
    await pass(DEADLINE);
    expect([state.code, never.code, signal?.aborted]).toEqual(['closed', 'closed', true]);
    expect(revoked.mock.calls).toEqual([['blob:picture']]);
    expect(worker.terminate).toHaveBeenCalledOnce();
    expect(source.release).toHaveBeenCalledOnce();
    await expect(document.find('b')).rejects.toMatchObject({ code: 'closed' });
    // What still comes is heard by nobody.
    worker.say({ type: 'answer', id: 3, answer: { found: '{}' } });
  });
});

describe('a module that a worker compiled', () => {
  it('goes to the workers after it', async () => {
    vi.resetModules();
    const workers: FakeWorker[] = [];
    vi.stubGlobal(
      'Worker',
      class extends FakeWorker {
        constructor() {
          super();
          workers.push(this);
        }
      },
    );
    const { PreviewDocument: Fresh, warmUp } = await import('./document');
    const module = {} as WebAssembly.Module;
    warmUp('a.docx');
    workers[0]?.say({ type: 'module', family: 'pages', module });
    void Fresh.open({ size: 1, read: vi.fn() }, 'b.docx').catch(() => {});
    workers[0]?.say({ type: 'module', family: 'tables', module });
    warmUp('c.doc');
    expect(workers.map(({ heard }) => heard[0])).toEqual([
      { type: 'load', family: 'pages', module: undefined },
      { type: 'load', family: 'pages', module },
    ]);
    vi.unstubAllGlobals();
  });
});
