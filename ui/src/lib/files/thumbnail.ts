import type { ThumbnailSize } from '$lib/proto';

const MAX = { width: 320, height: 280 };
const MIN = 44;

/** The room a thumbnail takes in the timeline, kept free before it is loaded; at least a finger wide and high. */
export function thumbnailBox({ width, height }: ThumbnailSize): ThumbnailSize {
  const scale = Math.min(1, MAX.width / Math.max(1, width), MAX.height / Math.max(1, height));
  return {
    width: Math.max(MIN, Math.round(width * scale)),
    height: Math.max(MIN, Math.round(height * scale)),
  };
}
