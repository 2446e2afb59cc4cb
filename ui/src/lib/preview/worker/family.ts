// Which module most likely reads a document; it says so itself where that is the other one.
import { extension } from '$lib/util/fileName';
import type { Family } from './protocol';

const PAGES = /^(do[ct][xm]?|rtf|p(p[ts]|ot)[xm]?|mht(ml)?)$/;

export const familyOf = (name: string): Family => (PAGES.test(extension(name)) ? 'pages' : 'tables');
