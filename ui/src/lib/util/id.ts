/** When something was made: ids are UUIDv7, whose first 48 bits are Unix milliseconds (RFC 9562 §5.7). */
export function idTime(id: string): number {
  return Number.parseInt(id.slice(0, 12), 16);
}
