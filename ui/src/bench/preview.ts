// The viewer alone, for measuring and for looking at many documents: `?file=…` is fetched from the same origin.
import '$lib/styles/tokens.css';
import '$lib/styles/base.css';
import '$lib/styles/preview.css';
import { mount } from 'svelte';
import { PreviewDocument, warmUp } from '$lib/preview/document';
import DocumentView from '$lib/preview/DocumentView.svelte';
import { blobSource, type DocumentSource } from '$lib/preview/source';
import './preview.css';

async function fetched(file: string): Promise<DocumentSource> {
  const answer = await fetch(file);
  if (!answer.ok) throw new Error(`${answer.status} ${file}`);
  return blobSource(await answer.blob());
}

const nameOf = (file: string) => decodeURIComponent(file.split('/').pop() ?? file);

/** Milliseconds from a document's bytes to the model of its first screen, with a worker that is ready. */
async function firstScreen(file: string): Promise<{ ms: number; code: string }> {
  const source = await fetched(file);
  warmUp(nameOf(file));
  await new Promise((resolve) => setTimeout(resolve, 60));
  const began = performance.now();
  try {
    const document = await PreviewDocument.open(source, nameOf(file));
    const windows = {
      flow: { type: 'blocks', count: 80 },
      sheets: { type: 'rows', sheet: 0, from: 0, count: 128 },
      slides: { type: 'slide', index: 0 },
      lines: { type: 'lines', from: 0, count: 500 },
      tree: { type: 'nodes', from: 0, count: 2000 },
    } as const;
    await document.next(windows[document.overview.shape]);
    const ms = performance.now() - began;
    document.close();
    return { ms, code: 'ok' };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'failed';
    return { ms: performance.now() - began, code };
  }
}

Object.assign(globalThis, { firstScreen });

const file = new URLSearchParams(location.search).get('file');
const target = document.getElementById('viewer');
if (file && target) {
  mount(DocumentView, {
    target,
    props: { source: () => fetched(file), name: nameOf(file), download: () => {} },
  });
}
