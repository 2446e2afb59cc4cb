/** A UUIDv7 made at `at`. */
export function idAt(at: number, tail: string): string {
  return at.toString(16).padStart(12, '0') + tail.padStart(20, '7').slice(-20);
}
