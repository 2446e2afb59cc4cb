const two = (value: number) => String(value).padStart(2, '0');

/** What a snapshot of `at` is called: sorts by time, and is a plain name on every system. */
export function snapshotName(at: Date): string {
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  const time = `${two(at.getHours())}.${two(at.getMinutes())}.${two(at.getSeconds())}`;
  return `Snapshot ${day} ${time}.png`;
}
