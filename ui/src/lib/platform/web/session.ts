// One open session in the browser: the wasm state machine, its socket, its outbox, its files. Loaded with the room, not before.
import { blobSource } from '$lib/preview/source';
import type { Input, SessionId, ViewUpdate, WireError } from '$lib/proto';
import { isWireError } from '$lib/util/errors';
import type * as WebModule from '$lib/wasm/deskside_web.js';
import type { SessionHandle } from '../types';
import { thisAlarm } from './alarm';
import { Draft } from './draft';
import { canTransfer, SessionDirect } from './direct';
import { coreOf } from './direct/core';
import type { Core } from './direct/machine';
import { Driver, type Machine, type Socket } from './driver';
import { call, partError, route, wireError } from './http';
import { Outbox } from './outbox';
import { localStore } from './local';
import { filesOf, saveAll } from './receive';
import { sweepStashes } from './stash';
import type { LocalStore } from './store';
import { thisTab } from './tab';
import { startUpload } from './upload';

/** Sessions that are being left: what they still keep safe must be there before the next one restores it. */
let leaving: Promise<unknown> = Promise.resolve();

/** Answers that another attempt to connect would get as well. */
const FINAL = ['not_signed_in', 'forbidden', 'not_found', 'removed_from_session', 'wrong_origin'];

export async function openSession(
  id: SessionId,
  onUpdates: (updates: ViewUpdate[]) => void,
): Promise<SessionHandle> {
  void sweepStashes();
  const [module, store, tab] = await Promise.all([loadModule(), localStore(), thisTab()]);
  await leaving;
  const outbox = new Outbox(store, tab, id);
  const machine: Machine = new module.WebSession(JSON.stringify(await outbox.restore()));
  return startSession(id, machine, store, outbox, onUpdates, canTransfer() ? coreOf(module) : null);
}

export function startSession(
  id: SessionId,
  machine: Machine,
  store: LocalStore,
  outbox: Outbox,
  onUpdates: (updates: ViewUpdate[]) => void,
  core: Core | null = null,
): SessionHandle {
  let unsent = 0;
  const direct =
    core &&
    new SessionDirect(
      id,
      () => core,
      (intent) => driver.intent(intent),
    );
  const driver = new Driver(machine, {
    openSocket: () => openSocket(id),
    askWhy: () => askWhy(id),
    persist: (op) => outbox.apply(op),
    alarm: thisAlarm(),
    show: (updates) => {
      for (const update of updates) {
        if (update.type === 'session') outbox.participant = update.you.id;
        if (update.type === 'unsent') unsent = update.count;
        if (update.type === 'roster') direct?.roster(update.entries);
      }
      onUpdates(updates);
    },
    direct: (output) => {
      if (output.type === 'signal') direct?.signal(output.from, output.signal);
      else direct?.files(output.files);
    },
  });
  const draft = new Draft(store, id);
  const stopWatching = watchPage(driver, draft, () => unsent > 0 && !store.durable);
  // A failure here has been shown as the connection's state.
  driver.push({ type: 'start' }).catch(() => {});

  return {
    intent: (intent) => driver.intent(intent),
    pickFiles: () => Promise.resolve([]),
    upload: (file, onProgress, capture) => startUpload(id, file, onProgress, capture),
    adopt: (file) => Promise.resolve({ handle: file, name: file.name, size: file.size }),
    read: ({ handle }) =>
      handle instanceof Blob ? Promise.resolve(handle) : Promise.reject(wireError('attachment_unknown')),
    openPicked: ({ handle }) =>
      handle instanceof Blob
        ? Promise.resolve(blobSource(handle))
        : Promise.reject(wireError('attachment_unknown')),
    ...filesOf(id),
    saveAll: (attachments) => saveAll(id, attachments),
    direct,
    draft: { load: () => draft.load(), save: (text) => draft.save(text) },
    onDurable: (callback) => {
      callback(store.durable);
      return store.onDurable(callback);
    },
    close: () => {
      stopWatching();
      // Its goodbyes go through the driver.
      const closed = direct ? direct.close().finally(() => driver.close()) : driver.close();
      leaving = Promise.all([leaving, draft.flush(), closed]);
    },
  };
}

function openSocket(session: SessionId): Socket {
  const url = new URL(route('session_socket', { path: { session } }), location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return new WebSocket(url);
}

/** Asks for the session in the ordinary way, since a refused socket gives no reason. */
export async function askWhy(session: SessionId): Promise<Input> {
  try {
    await call('get_session', { path: { session } });
  } catch (error) {
    if (isWireError(error) && FINAL.includes(error.code)) return refusal(error);
  }
  return { type: 'disconnected' };
}

const refusal = ({ code, message }: WireError): Input => ({ type: 'refused', code, message });

/** Network back, page shown, page left: each is a reason to act before the next timer. */
function watchPage(driver: Driver, draft: Draft, mayLose: () => boolean): () => void {
  const stop = new AbortController();
  const { signal } = stop;
  const hurry = () => {
    // After a sleep the connection may have died long ago: look first, then connect.
    driver.push({ type: 'tick' }).catch(() => {});
    driver.intent({ type: 'reconnect' }).catch(() => {});
  };
  const shown = () => document.visibilityState === 'visible' && hurry();
  const hidden = () => {
    void draft.flush();
    driver.suspend();
  };
  const leaving = (event: BeforeUnloadEvent) => {
    if (mayLose()) event.preventDefault();
  };
  window.addEventListener('online', hurry, { signal });
  window.addEventListener('pageshow', (event) => event.persisted && hurry(), { signal });
  window.addEventListener('pagehide', hidden, { signal });
  window.addEventListener('beforeunload', leaving, { signal });
  document.addEventListener('visibilitychange', shown, { signal });
  return () => stop.abort();
}

type Module = typeof WebModule;
let loading: Promise<Module> | undefined;

/** The client core, fetched once for the page; after a failure the next session tries again. */
function loadModule(): Promise<Module> {
  loading ??= fetchModule().catch((error: unknown) => {
    loading = undefined;
    throw partError(error);
  });
  return loading;
}

async function fetchModule(): Promise<Module> {
  const module = await import('$lib/wasm/deskside_web.js');
  await module.default();
  return module;
}
