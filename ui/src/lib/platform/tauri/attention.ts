// The desktop decides and shows notifications itself (src-tauri/attention); here is what the window draws and asks of it.
import { invoke } from '@tauri-apps/api/core';
import type { SessionId } from '$lib/proto';
import type { Attention } from '../types';
import { subscribe } from './events';

interface State {
  unread: number;
  sessions: { session: SessionId; unread: number; muted: boolean }[];
}

const mutedIn = ({ sessions }: State) =>
  new Set(sessions.filter(({ muted }) => muted).map(({ session }) => session));

export const attention: Attention = {
  onMuted: (callback) => {
    const stop = subscribe<State>('attention-changed', ({ payload }) => callback(mutedIn(payload)));
    invoke<State>('attention_state').then(
      (state) => callback(mutedIn(state)),
      () => callback(new Set()),
    );
    return stop;
  },
  setMuted: (session, muted) => invoke<void>('set_mute', { session, muted }),
  // The system's own settings say which apps may notify.
  permission: () => Promise.resolve('on'),
  ask: () => Promise.resolve('on'),
  onOpen: (callback) => subscribe<SessionId>('attention-open', ({ payload }) => callback(payload)),
};
