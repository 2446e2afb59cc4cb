import type { Participant, SessionView } from '$lib/proto';
import { idTime } from '$lib/util/id';

const waitingOf = ({ participants }: SessionView) => participants.filter(({ state }) => state === 'waiting');

/** Who has waited longest in `session`; ids are made when people ask to come in. */
export function firstWaiting(session: SessionView): Participant | null {
  const waiting = waitingOf(session);
  return waiting.reduce<Participant | null>(
    (first, next) => (!first || next.id < first.id ? next : first),
    null,
  );
}

/** Sessions where somebody waits first, the longest wait on top; the others stay newest first. */
export function byWaiting(sessions: readonly SessionView[]): SessionView[] {
  const since = (session: SessionView) => {
    const first = firstWaiting(session);
    return first ? idTime(first.id) : Number.POSITIVE_INFINITY;
  };
  return [...sessions].sort((a, b) => {
    const [left, right] = [since(a), since(b)];
    return left === right ? b.created_at - a.created_at : left - right;
  });
}

export function customerNames({ participants }: SessionView): string {
  return participants
    .filter(({ role, state }) => role === 'customer' && state !== 'removed')
    .map(({ name }) => name)
    .join(', ');
}
