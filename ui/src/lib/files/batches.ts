/** `all` in pieces of at most `most`, in order; at least one piece, which may be empty. */
export function batches<T>(all: readonly T[], most: number): T[][] {
  const pieces: T[][] = [];
  for (let at = 0; at < all.length || at === 0; at += most) pieces.push(all.slice(at, at + most));
  return pieces;
}
