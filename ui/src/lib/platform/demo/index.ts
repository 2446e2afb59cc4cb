// An in-memory host with realistic data: for the unit tests, `npm run demo` and screenshots. Never in the production build.
import type { Me } from '$lib/proto';
import type { Attention, NotificationState, Platform } from '../types';
import { answer } from './answers';
import { demoCaptures } from './captures';
import { demoFiles } from './receive';
import { lost } from './sending';
import { DemoSession } from './session';
import { type DemoOptions, demoWorld, optionsFrom } from './world';

export function createPlatform(options: DemoOptions = optionsFrom(location.search)): Promise<Platform> {
  const world = demoWorld(options);
  const later = <T>(value: T) => new Promise<T>((resolve) => setTimeout(() => resolve(value), options.delay));
  const call: Platform['call'] = async (operation, params) => {
    await later(null);
    if (options.flags.has('slow-lists') && operation.startsWith('list_')) return new Promise<never>(() => {});
    return answer(world, operation, params) as never;
  };
  const signIn = async () => {
    await later(null);
    world.signedIn = true;
    return structuredClone(world.me);
  };
  return Promise.resolve({
    host: options.desktop ? 'tauri' : 'web',
    capabilities: {
      signIn: true,
      nativeFiles: false,
      keyring: options.desktop,
      choosePortal: options.desktop,
      deepLinks: options.desktop,
    },
    call,
    portal: {
      current: () => later(options.desktop ? world.portal : location.origin),
      set: async (url) => {
        world.portal = url;
        return call('get_info');
      },
      signIn: ({ email, password }) =>
        password === 'wrong' ? call<Me>('sign_in', { body: { email, password } }) : signIn(),
      signOut: async () => {
        await later(null);
        world.signedIn = false;
      },
      setUp: signIn,
      acceptInvitation: async (form) => {
        await call('accept_invitation', { body: form });
        return signIn();
      },
      join: ({ link, name }) => call('join_session', { body: { secret: link, name } }),
      lookUpJoin: (secret) => call('look_up_join', { body: { secret } }),
      secretStore: () => later({ kind: 'keyring' as const }),
    },
    attention: demoAttention(),
    openSession: async (id, onUpdates) => {
      await later(null);
      return new DemoSession(world, id, onUpdates);
    },
    filesOf: () => demoFiles(options),
    captures: demoCaptures(options),
    saveArchive: ({ name }) =>
      later(options.desktop ? { saved: true, path: `/home/ada/Downloads/${name}` } : { saved: true }),
    saveAudit: () => later({ saved: true }),
    saveText: () => later({ saved: true }),
    lostFiles: {
      keep: () => {},
      take: () => (options.flags.has('lost') ? lost() : []),
    },
    onDeepLink: () => () => {},
    openExternal: () => Promise.resolve(),
  });
}

function demoAttention(): Attention {
  const muted = new Set<string>();
  const watchers = new Set<(muted: ReadonlySet<string>) => void>();
  let state: NotificationState = 'ask';
  return {
    onMuted: (callback) => {
      watchers.add(callback);
      callback(new Set(muted));
      return () => watchers.delete(callback);
    },
    setMuted: (session, quiet) => {
      if (quiet) muted.add(session);
      else muted.delete(session);
      for (const watcher of watchers) watcher(new Set(muted));
      return Promise.resolve();
    },
    permission: () => Promise.resolve(state),
    ask: () => Promise.resolve((state = 'on')),
    onOpen: () => () => {},
  };
}
