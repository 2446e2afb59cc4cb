import type { TimelineItem, TimelinePatch } from '$lib/proto';

/**
 * The list after `patches`, in order; an index outside the list is left alone (as `TimelinePatch::apply` in Rust).
 * `onUpdate` hears of each row that has changed.
 */
export function applyPatches(
  items: readonly TimelineItem[],
  patches: readonly TimelinePatch[],
  onUpdate?: (before: TimelineItem, after: TimelineItem) => void,
): TimelineItem[] {
  let list = [...items];
  for (const patch of patches) {
    switch (patch.op) {
      case 'reset':
        list = [...patch.items];
        break;
      case 'insert':
        if (patch.index <= list.length) list = inserted(list, patch.index, patch.items);
        break;
      case 'update': {
        const before = list[patch.index];
        if (!before) break;
        list[patch.index] = patch.item;
        onUpdate?.(before, patch.item);
        break;
      }
      case 'remove':
        if (patch.index < list.length) list.splice(patch.index, 1);
        break;
    }
  }
  return list;
}

function inserted(list: TimelineItem[], index: number, items: TimelineItem[]): TimelineItem[] {
  if (items.length === 1) {
    list.splice(index, 0, ...items);
    return list;
  }
  // A page can be longer than a call may have arguments.
  return [...list.slice(0, index), ...items, ...list.slice(index)];
}
