// How every transfer of a session stands: what links say, what they said last, and what is yet to begin.
import type { ParticipantId, TransferState, TransferView } from '$lib/proto';
import { type Business, keyOf } from './business';

const isOver = ({ type }: TransferState) => type === 'done' || type === 'cancelled' || type === 'failed';

/** `past`: what was said of each before; answers it anew. */
export function mergedViews(
  business: readonly Business[],
  live: readonly TransferView[],
  past: ReadonlyMap<string, TransferView>,
  online: ReadonlySet<ParticipantId>,
): { views: TransferView[]; past: Map<string, TransferView> } {
  const all = new Map(past);
  const alive = new Set<string>();
  for (const view of live) {
    const key = keyOf(view.attachment, view.peer);
    alive.add(key);
    all.set(key, view);
  }
  for (const one of business) {
    const key = keyOf(one.attachment.id, one.peer);
    const known = all.get(key);
    if (alive.has(key) || (known && isOver(known.state))) continue;
    if (one.open) all.set(key, between(one, known, online.has(one.peer)));
    // The log ended it before anything began.
    else all.delete(key);
  }
  return { views: [...all.values()], past: all };
}

/** Nothing leads to the other side now: what was there stays, nothing moves. */
function between(one: Business, known: TransferView | undefined, isOnline: boolean): TransferView {
  const { attachment, peer, way } = one;
  const { done = 0, state } = known ?? {};
  // What a person did or has to do is not forgotten meanwhile.
  const stays = state?.type === 'paused' || (state?.type === 'stalled' && state.why !== 'unreachable');
  const next: TransferState = isOnline ? { type: 'connecting' } : { type: 'waiting' };
  return {
    attachment: attachment.id,
    peer,
    way,
    state: stays ? state : next,
    done,
    size: attachment.size,
    rate: 0,
  };
}
