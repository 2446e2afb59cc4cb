// Until the generated types carry all of `model.ts`: what an older core tells, in the model's form, and the other way round.
import type {
  Intent as WireIntent,
  TimelineItem as WireItem,
  TimelinePatch as WirePatch,
  ViewUpdate as WireUpdate,
} from '$lib/proto';
import type { Intent, TimelineItem, TimelinePatch, ViewUpdate } from './model';

export function fromWire(updates: WireUpdate[]): ViewUpdate[] {
  return updates.map((update) =>
    update.type === 'timeline' ? { type: 'timeline', patches: update.patches.map(patch) } : update,
  );
}

export function toWire(intent: Intent): WireIntent {
  return intent as WireIntent;
}

function patch(from: WirePatch): TimelinePatch {
  switch (from.op) {
    case 'reset':
      return { op: 'reset', items: from.items.map(item) };
    case 'insert':
      return { op: 'insert', index: from.index, items: [item(from.item)] };
    case 'update':
      return { op: 'update', index: from.index, item: item(from.item) };
    case 'remove':
      return from;
  }
}

function item(from: WireItem): TimelineItem {
  const { kind } = from;
  switch (kind.type) {
    case 'message': {
      const reply = kind.reply ? { deleted: false, ...kind.reply } : undefined;
      const added = { private: false, mentions: [], reactions: [] };
      return { ...from, kind: { ...added, ...kind, ...(reply ? { reply } : {}) } as TimelineItem['kind'] };
    }
    case 'deleted':
      return { ...from, kind: { deleted_by_own: false, deleted_at: from.at, ...kind } };
    default:
      return from as TimelineItem;
  }
}
