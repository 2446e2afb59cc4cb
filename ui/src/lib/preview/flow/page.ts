// The paper that blocks stand on, for what is placed by it.
import { getContext, setContext } from 'svelte';
import type { Page } from '$lib/proto/preview';

const KEY = Symbol('page');

export const setPage = (page: () => Page): void => void setContext(KEY, page);

/** None where blocks stand on something else: in a cell of a sheet, on a slide. */
export const getPage = (): (() => Page) | undefined => getContext(KEY);
