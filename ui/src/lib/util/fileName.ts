// File names come from strangers: nothing in them may hide what kind of file it is.

/** Characters that turn the direction of text or take no room (Unicode Bidi_Control, zero-width, C0/C1 controls). */
// eslint-disable-next-line no-control-regex -- controls are just what is looked for
const HIDDEN = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** `name` with every character that would hide something replaced by a visible mark. */
export function visibleName(name: string): string {
  return name.replace(HIDDEN, '\ufffd');
}

/** Where the last extension starts; the whole length where there is none. */
function extensionStart(name: string): number {
  const dot = name.lastIndexOf('.');
  return dot > 0 && dot < name.length - 1 ? dot : name.length;
}

export function extension(name: string): string {
  return visibleName(name)
    .slice(extensionStart(visibleName(name)) + 1)
    .toLowerCase();
}

/** `name` in two parts: `head` may be cut by an ellipsis, `tail` (the end of the stem and the extension) never is. */
export function splitName(name: string, keep = 6): { head: string; tail: string } {
  const characters = [...visibleName(name)];
  const shown = characters.join('');
  const stem = [...shown.slice(0, extensionStart(shown))].length;
  const cut = Math.max(0, stem - keep);
  return { head: characters.slice(0, cut).join(''), tail: characters.slice(cut).join('') };
}

/** At most `max` characters, cut in the middle; the extension stays whole. */
export function middleEllipsis(name: string, max = 40): string {
  const characters = [...visibleName(name)];
  if (characters.length <= max) return characters.join('');
  const { head, tail } = splitName(name);
  const room = Math.max(1, max - [...tail].length - 1);
  return `${[...head].slice(0, room).join('')}…${tail}`;
}

export type FileKind = 'image' | 'text' | 'archive' | 'sheet' | 'audio' | 'video' | 'program' | 'other';

const KINDS: Record<Exclude<FileKind, 'other'>, string[]> = {
  image: ['png', 'jpg', 'jpeg', 'gif', 'webp', 'bmp', 'svg', 'heic', 'tif', 'tiff', 'avif'],
  text: [
    'pdf',
    'txt',
    'log',
    'md',
    'doc',
    'docx',
    'docm',
    'odt',
    'rtf',
    'html',
    'xml',
    'json',
    'eml',
    'msg',
    'ppt',
    'pptx',
    'pptm',
    'odp',
  ],
  archive: ['zip', '7z', 'rar', 'tar', 'gz', 'bz2', 'xz', 'zst'],
  sheet: ['csv', 'tsv', 'xls', 'xlsx', 'xlsm', 'xlsb', 'ods'],
  audio: ['mp3', 'wav', 'ogg', 'm4a', 'flac'],
  video: ['mp4', 'mov', 'webm', 'mkv', 'avi'],
  program: [
    'exe',
    'msi',
    'bat',
    'cmd',
    'com',
    'scr',
    'pif',
    'ps1',
    'psm1',
    'vbs',
    'vbe',
    'js',
    'jse',
    'wsf',
    'wsh',
    'hta',
    'cpl',
    'msp',
    'msix',
    'appx',
    'appinstaller',
    'reg',
    'inf',
    'scf',
    'lnk',
    'url',
    'chm',
    'jar',
    'jnlp',
    'app',
    'dmg',
    'pkg',
    'command',
    'workflow',
    'sh',
    'bash',
    'zsh',
    'csh',
    'py',
    'pyw',
    'pl',
    'rb',
    'desktop',
    'run',
    'appimage',
    'deb',
    'rpm',
    'apk',
    'iso',
    'img',
    'vhd',
    'vhdx',
    'xll',
    'settingcontent-ms',
    'library-ms',
    'msc',
    'gadget',
  ],
};

export function fileKind(name: string): FileKind {
  const ending = extension(name);
  for (const [kind, endings] of Object.entries(KINDS)) {
    if (endings.includes(ending)) return kind as FileKind;
  }
  return 'other';
}

/** Formats of Office that can carry macros; the old binary ones do not say whether they do. */
const MACROS = [
  ...['doc', 'dot', 'docm', 'dotm', 'xls', 'xlt', 'xlm', 'xlsb', 'xlsm', 'xltm', 'xlam', 'xla'],
  ...['ppt', 'pot', 'pps', 'pptm', 'potm', 'ppsm', 'ppam', 'sldm', 'odb', 'mdb', 'accdb', 'accde'],
];
/** Sniffed types of programs and scripts, whatever the name says. */
const PROGRAM_TYPE =
  /^application\/(x-(ms(download|dos-program|i)|executable|mach-binary|sh|sharedlib|elf)|vnd\.(microsoft\.portable-executable|android\.package-archive)|java-archive)$|^text\/x-(shellscript|msdos-batch)$/;
const MACRO_TYPE = /macroenabled/i;

/** What a file can do to whoever opens it: `program` runs, `macros` may run something. */
export function dangerOf(name: string, mediaType = ''): 'program' | 'macros' | null {
  // Windows drops dots and spaces at the end, and what is hidden there would hide the real ending.
  const bare = visibleName(name).replace(/[\s.\ufffd]+$/, '');
  const ending = extension(bare);
  if (KINDS.program.includes(ending) || PROGRAM_TYPE.test(mediaType)) return 'program';
  return MACROS.includes(ending) || MACRO_TYPE.test(mediaType) ? 'macros' : null;
}

/** What the preview reads (crates/preview/src/format.rs), and source code, which is text whatever its ending. */
const DOCUMENTS = new Set(
  (
    'docx docm dotx dotm doc dot rtf xlsx xlsm xltx xltm xlsb xls xlt xlw ods ots sxc stc csv tsv tab pptx pptm ppsx ppsm ' +
    'potx potm ppt pps pot xml xsl xslt xsd rss kml gpx pdf html htm txt text log md markdown rst tex json jsonl yaml yml ' +
    'toml ini cfg conf env properties diff patch sql srt vtt eml ics vcf c h cc cpp cxx hpp cs java kt kts swift m mm go ' +
    'rs py rb php pl pm lua r jl sh bash zsh fish bat cmd ps1 psm1 vbs js mjs cjs jsx ts mts cts tsx vue svelte css scss ' +
    'sass less svg graphql proto gradle groovy scala clj ex exs erl hs ml fs f90 pas asm s v vhd tcl awk sed make cmake ' +
    'dockerfile gitignore reg inf'
  ).split(' '),
);
/** Sniffed types that the preview reads; some are families, and any may have parameters. */
const DOCUMENT_TYPE =
  /^text\/|^application\/((pdf|rtf|xml|json|msword|x-ole-storage|vnd\.sun\.xml\.calc)(;|$)|vnd\.(ms-(excel|powerpoint|word)|openxmlformats-|oasis\.opendocument\.spreadsheet))/;

/** Whether a file may be looked at as a document. */
export const isDocument = (name: string, mediaType = ''): boolean =>
  DOCUMENTS.has(extension(name)) || DOCUMENT_TYPE.test(mediaType);

/** Pictures that browsers draw and that can be edited; SVG is a document and is none of them. */
const PICTURES: Partial<Record<string, string>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  webp: 'image/webp',
  gif: 'image/gif',
};

/** The media type of a picture by its name, and of nothing else: `application/octet-stream`. */
export function mediaTypeOf(name: string): string {
  return PICTURES[extension(name)] ?? 'application/octet-stream';
}

/** What browsers play; `canPlay` asks them whether they do. */
const PLAYED: Partial<Record<string, string>> = {
  mp4: 'video/mp4',
  m4v: 'video/mp4',
  webm: 'video/webm',
  ogv: 'video/ogg',
  mov: 'video/quicktime',
  mp3: 'audio/mpeg',
  m4a: 'audio/mp4',
  aac: 'audio/aac',
  wav: 'audio/wav',
  ogg: 'audio/ogg',
  oga: 'audio/ogg',
  opus: 'audio/ogg',
  flac: 'audio/flac',
};

/** The media type of a picture, film or sound by its name: of a direct file, which nobody sniffed, there is nothing else. */
export function shownTypeOf(name: string): string {
  return PLAYED[extension(name)] ?? mediaTypeOf(name);
}
