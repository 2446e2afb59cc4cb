// A document in the viewer: how it opens, what of it is looked at, and how one gets from place to place in it.
import type { CellStyle } from '$lib/proto/preview';
import { PreviewDocument, PreviewFailure, warmUp } from './document';
import { FlowModel } from './flow/flow.svelte';
import type { OpenPdf } from './pdf/pdf';
import { rangesOf } from './highlight';
import type { Hit, Searchable } from './search.svelte';
import { Shown } from './shown.svelte';
import { SlidesModel } from './slide/slides.svelte';
import type { DocumentSource } from './source';

export type Phase = 'opening' | 'open' | 'failed';

/** What is open: one of the worker's documents, or a PDF. */
export type Content =
  | { kind: 'flow'; document: PreviewDocument; shown: Shown; flow: FlowModel }
  | { kind: 'sheets'; document: PreviewDocument; shown: Shown; styles: Map<number, CellStyle> }
  | { kind: 'slides'; document: PreviewDocument; shown: Shown; slides: SlidesModel }
  | { kind: 'lines'; document: PreviewDocument; shown: Shown }
  | { kind: 'tree'; document: PreviewDocument; shown: Shown }
  | { kind: 'pdf'; pdf: OpenPdf; first: { width: number; height: number } };

/** CSS pixels beside a PDF's page, its scroll bar among them. */
const PDF_MARGINS = 40;
const ZOOMS = [0.25, 0.5, 0.67, 0.8, 0.9, 1, 1.1, 1.25, 1.5, 1.75, 2, 2.5, 3, 4];

export class ViewerModel implements Searchable {
  phase = $state<Phase>('opening');
  content = $state.raw<Content | null>(null);
  error = $state.raw<unknown>(null);
  /** Of what must come before it opens. */
  progress = $state.raw<{ sent: number; total: number } | null>(null);
  zoom = $state(1);
  sheet = $state(0);
  /** Slide or page that is looked at. */
  place = $state(0);
  wrap = $state(true);
  /** Where to go: new each time, so that the same place can be asked for again. */
  goTo = $state.raw<{ index: number } | null>(null);
  goToBlock = $state.raw<{ page: number; block?: number } | null>(null);
  goToCell = $state.raw<{ row: number; column: number } | null>(null);
  goToLine = $state.raw<number | null>(null);
  #closed = false;
  #root: () => HTMLElement | undefined = () => undefined;

  /** `root`: what is drawn, for searches over it. */
  constructor(root: () => HTMLElement | undefined) {
    this.#root = root;
  }

  async open(source: Promise<DocumentSource>, name: string): Promise<void> {
    try {
      const found = await source;
      if (this.#closed) return found.release?.();
      await this.#read(found, name);
    } catch (error) {
      if (this.#closed) return;
      this.error = error;
      this.phase = 'failed';
    }
  }

  async #read(source: DocumentSource, name: string): Promise<void> {
    try {
      const document = await PreviewDocument.open(source, name, (progress) => (this.progress = progress));
      if (this.#closed) return document.close();
      this.content = contentOf(document);
      const { overview } = document;
      this.sheet = Math.max(
        0,
        (overview.sheets ?? []).findIndex(({ hidden }) => !hidden),
      );
      this.phase = 'open';
      // For the next one that is looked at.
      setTimeout(() => warmUp(name), 1000);
    } catch (error) {
      if (!(error instanceof PreviewFailure) || error.code !== 'pdf' || this.#closed) throw error;
      await this.#readPdf(source);
    }
  }

  async #readPdf(source: DocumentSource): Promise<void> {
    const { openPdf } = await import('./pdf/pdf');
    const pdf = await openPdf(source);
    if (this.#closed) return pdf.close();
    const page = await pdf.pdf.getPage(1);
    const { width, height } = page.getViewport({ scale: 96 / 72 });
    // A page is seen whole from side to side where the window is narrower, as on a phone.
    this.zoom = Math.min(1, Math.max(0.25, (globalThis.innerWidth - PDF_MARGINS) / width));
    this.content = { kind: 'pdf', pdf, first: { width, height } };
    this.phase = 'open';
  }

  close(): void {
    this.#closed = true;
    const { content } = this;
    if (content?.kind === 'pdf') content.pdf.close();
    else content?.document.close();
  }

  zoomBy(steps: number): void {
    const nearest = ZOOMS.findIndex((zoom) => zoom >= this.zoom - 0.001);
    const at = Math.min(ZOOMS.length - 1, Math.max(0, (nearest < 0 ? ZOOMS.length - 1 : nearest) + steps));
    this.setZoom(ZOOMS[at] ?? 1);
  }

  setZoom(zoom: number): void {
    this.zoom = zoom;
    const { content } = this;
    if (content && content.kind !== 'pdf') content.shown.zoom = zoom;
  }

  /** Pages, slides or sheets that one goes through one by one; 0 where there is nothing to go through. */
  get count(): number {
    const { content } = this;
    if (content?.kind === 'pdf') return content.pdf.pdf.numPages;
    // As far as it has come: where each of them ends, the document says itself.
    if (content?.kind === 'flow') return content.flow.pages.length;
    if (content?.kind === 'slides') return content.document.overview.slides?.count ?? 0;
    if (content?.kind === 'sheets') return content.document.overview.sheets?.length ?? 0;
    return 0;
  }

  get at(): number {
    return this.content?.kind === 'sheets' ? this.sheet : this.place;
  }

  go(index: number): void {
    if (index < 0 || index >= this.count) return;
    if (this.content?.kind === 'sheets') {
      this.sheet = index;
      this.goToCell = null;
    } else {
      this.place = index;
      if (this.content?.kind === 'flow') this.goToBlock = { page: index };
      else this.goTo = { index };
    }
  }

  async search(text: string, add: (hits: readonly Hit[]) => void, gone: () => boolean): Promise<void> {
    const { content } = this;
    if (content?.kind === 'flow') {
      await content.flow.all();
      // What came is drawn with the next frame.
      await new Promise((drawn) => setTimeout(drawn, 0));
      const root = this.#root();
      if (root && !gone()) add(rangesOf(root, text).map((range) => ({ range })));
    } else if (content?.kind === 'pdf') {
      await searchPdf(content.pdf, text, add, gone);
    } else if (content) {
      let found = await content.document.find(text);
      add(found.places.map((place) => ({ place })));
      while (found.next && !gone()) {
        found = await content.document.find(text, found.next);
        add(found.places.map((place) => ({ place })));
      }
    }
  }

  show(hit: Hit): void {
    if ('range' in hit) return reveal(hit.range);
    if ('page' in hit) return this.go(hit.page);
    const { place } = hit;
    switch (place.type) {
      case 'cell':
        this.sheet = place.sheet;
        this.goToCell = { row: place.row, column: place.column };
        break;
      case 'slide':
        this.go(place.index);
        break;
      default:
        this.goToLine = place.index;
    }
  }
}

function contentOf(document: PreviewDocument): Content {
  const shown = new Shown(document);
  switch (document.overview.shape) {
    case 'flow':
      return { kind: 'flow', document, shown, flow: new FlowModel(document) };
    case 'sheets':
      return { kind: 'sheets', document, shown, styles: new Map() };
    case 'slides':
      return { kind: 'slides', document, shown, slides: new SlidesModel(document) };
    case 'lines':
      return { kind: 'lines', document, shown };
    case 'tree':
      return { kind: 'tree', document, shown };
  }
}

async function searchPdf(
  { pdf }: OpenPdf,
  text: string,
  add: (hits: readonly Hit[]) => void,
  gone: () => boolean,
): Promise<void> {
  const wanted = text.toLowerCase();
  for (let number = 1; number <= pdf.numPages && !gone(); number += 1) {
    const page = await pdf.getPage(number);
    const { items } = await page.getTextContent();
    const words = items.map((item) => ('str' in item ? item.str + (item.hasEOL ? ' ' : '') : '')).join('');
    if (words.toLowerCase().includes(wanted)) add([{ page: number - 1 }]);
  }
}

function reveal(range: Range): void {
  const element = range.startContainer.parentElement;
  // A table or a page may be larger than the window: to the line itself.
  element?.scrollIntoView({ block: 'center', inline: 'nearest' });
}
