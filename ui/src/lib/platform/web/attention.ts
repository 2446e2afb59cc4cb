// What calls a person back to the browser: notifications while they look elsewhere, and which sessions are quiet.
import { t } from '$lib/i18n';
import type { Alert, SessionId } from '$lib/proto';
import { visibleName } from '$lib/util/fileName';
import type { Attention, NotificationState } from '../types';

const KEY = 'deskside.muted';
/** Sessions that are remembered as muted; the oldest are forgotten, they ended long ago. */
const MUTED_MAX = 200;
/** A notification is glanced at: the message is in the session. */
const BODY_MAX_CHARS = 160;

export function createAttention(): Attention {
  let muted: ReadonlySet<SessionId> = new Set(recall());
  const watchers = new Set<(muted: ReadonlySet<SessionId>) => void>();
  const openers = new Set<(session: SessionId) => void>();

  return {
    onMuted: (callback) => {
      watchers.add(callback);
      callback(muted);
      return () => watchers.delete(callback);
    },
    setMuted: (session, quiet) => {
      const others = [...muted].filter((one) => one !== session);
      muted = new Set(quiet ? [...others, session].slice(-MUTED_MAX) : others);
      remember([...muted]);
      for (const watcher of watchers) watcher(muted);
      return Promise.resolve();
    },
    permission: () => Promise.resolve(permission()),
    ask: async () => {
      if (permission() === 'ask') await Notification.requestPermission();
      return permission();
    },
    onOpen: (callback) => {
      openers.add(callback);
      return () => openers.delete(callback);
    },
    tell: (session, alerts) => {
      if (permission() !== 'on' || isLooking()) return;
      const newest = alerts.findLast((alert) => alert.kind === 'waiting' || !muted.has(session));
      if (!newest) return;
      const shown = new Notification(titleOf(newest), {
        body: bodyOf(newest),
        // A newer one takes its place.
        tag: `deskside.${session}.${newest.kind === 'waiting' ? 'door' : 'talk'}`,
        icon: '/favicon.svg',
      });
      shown.onclick = () => {
        window.focus();
        shown.close();
        for (const open of openers) open(session);
      };
    },
  };
}

function permission(): NotificationState {
  if (typeof Notification === 'undefined') return 'off';
  return { granted: 'on' as const, denied: 'off' as const, default: 'ask' as const }[Notification.permission];
}

const isLooking = () => document.visibilityState === 'visible' && document.hasFocus();

function titleOf({ kind, sender_name: name, mentions_you, private: isPrivate }: Alert): string {
  if (kind === 'waiting') return t('notify.waiting', { name });
  if (mentions_you) return t('notify.mention', { name });
  return isPrivate ? t('notify.private', { name }) : name;
}

/** One plain line: no line breaks, nothing that turns the direction of what follows. */
function bodyOf({ kind, text, files }: Alert): string {
  const words = text !== '' ? text : files.map((file) => `📎 ${visibleName(file)}`).join(', ');
  const line = words.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim();
  const short = [...line].length > BODY_MAX_CHARS ? `${[...line].slice(0, BODY_MAX_CHARS).join('')}…` : line;
  return kind === 'edited' ? t('notify.edited', { text: short }) : short;
}

function recall(): SessionId[] {
  try {
    return (localStorage.getItem(KEY) ?? '').split(' ').filter((id) => id !== '');
  } catch {
    return [];
  }
}

function remember(muted: SessionId[]): void {
  try {
    localStorage.setItem(KEY, muted.join(' '));
  } catch {
    // Storage can be refused: it then lasts as long as the page.
  }
}
