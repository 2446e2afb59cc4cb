// Formatting by button or key: what stands in the field afterwards, and what is selected.

export interface Field {
  text: string;
  start: number;
  end: number;
}

export type Format = 'bold' | 'italic' | 'code' | 'list';

const MARKERS = { bold: '**', italic: '_', code: '`' } as const;

export function formatted(field: Field, format: Format): Field {
  const selected = field.text.slice(field.start, field.end);
  if (format === 'list') return listed(field);
  if (format === 'code' && selected.includes('\n')) return fenced(field);
  return wrapped(field, MARKERS[format]);
}

/** Puts `marker` around what is selected, or takes it away. */
function wrapped({ text, start, end }: Field, marker: string): Field {
  const length = marker.length;
  const around = text.slice(start - length, start) === marker && text.slice(end, end + length) === marker;
  if (around) {
    return {
      text: text.slice(0, start - length) + text.slice(start, end) + text.slice(end + length),
      start: start - length,
      end: end - length,
    };
  }
  return {
    text: text.slice(0, start) + marker + text.slice(start, end) + marker + text.slice(end),
    start: start + length,
    end: end + length,
  };
}

function fenced({ text, start, end }: Field): Field {
  const before = start > 0 && text.charAt(start - 1) !== '\n' ? '\n```\n' : '```\n';
  const after = end < text.length && text.charAt(end) !== '\n' ? '\n```\n' : '\n```';
  return {
    text: text.slice(0, start) + before + text.slice(start, end) + after + text.slice(end),
    start: start + before.length,
    end: end + before.length,
  };
}

/** Every line that is touched becomes a point of a list, or none any more. */
function listed({ text, start, end }: Field): Field {
  const from = text.lastIndexOf('\n', start - 1) + 1;
  const next = text.indexOf('\n', end);
  const to = next < 0 ? text.length : next;
  const lines = text.slice(from, to).split('\n');
  const isList = lines.every((line) => line.startsWith('- '));
  const changed = lines.map((line) => (isList ? line.slice(2) : `- ${line}`)).join('\n');
  const grown = changed.length - (to - from);
  return {
    text: text.slice(0, from) + changed + text.slice(to),
    start: from + changed.length,
    end: end + grown,
  };
}
