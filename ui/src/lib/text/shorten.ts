/** A message longer than this is shown in part until somebody asks for all of it. */
const LINES_MAX = 40;
const CHARS_MAX = 3_000;
/** No sense in hiding the last few lines. */
const SLACK = 1.25;

/** The beginning of a long text, or `null` where all of it can be shown. */
export function shortened(text: string): string | null {
  let lines = 0;
  let cut = -1;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) {
    lines += 1;
    if (lines === LINES_MAX) cut = at;
  }
  if (lines <= LINES_MAX * SLACK) cut = -1;
  if (text.length > CHARS_MAX * SLACK) cut = cut < 0 ? CHARS_MAX : Math.min(cut, CHARS_MAX);
  if (cut < 0) return null;
  // Not between the halves of one character.
  return text.slice(0, /[\ud800-\udbff]/.test(text.charAt(cut - 1)) ? cut - 1 : cut);
}
