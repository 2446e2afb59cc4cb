// What of a document goes to paper, and how much of it.
import type { Slide } from '$lib/proto/preview';
import { print } from './print';
import PrintArea from './PrintArea.svelte';
import type { Content } from './viewer.svelte';

/** Rows of a sheet, lines and nodes that are printed at most. */
const ROWS_MAX = 3000;
const LINES_MAX = 20_000;
/** Pages of a PDF, each a picture while it is printed. */
const PAGES_MAX = 100;
/** Dots of a point: 150 per inch. */
const DENSITY = 150 / 72;

/** Prints it; `false` where only its first part was. */
export async function printDocument(content: Content, sheet: number): Promise<boolean> {
  const drawn = () => new Promise<void>((resolve) => requestAnimationFrame(() => setTimeout(resolve, 200)));
  switch (content.kind) {
    case 'flow': {
      await content.flow.all();
      print(PrintArea, { document: content.document, pages: content.flow.pages }, drawn);
      return true;
    }
    case 'slides': {
      const count = content.document.overview.slides?.count ?? 0;
      const slides: Slide[] = [];
      for (let index = 0; index < count; index += 1) {
        await content.slides.load(index);
        const slide = content.slides.get(index);
        if (slide) slides.push(slide);
      }
      print(PrintArea, { document: content.document, slides }, drawn);
      return true;
    }
    case 'sheets': {
      const rows = await content.document.next({ type: 'rows', sheet, from: 0, count: ROWS_MAX });
      for (const [number, style] of rows.styles ?? []) content.styles.set(number, style);
      print(PrintArea, { document: content.document, rows, styles: content.styles }, drawn);
      return rows.complete && rows.known <= ROWS_MAX;
    }
    case 'lines': {
      const lines = await content.document.next({ type: 'lines', from: 0, count: LINES_MAX });
      print(PrintArea, { document: content.document, lines: lines.lines }, drawn);
      return lines.complete && lines.known <= LINES_MAX;
    }
    case 'tree': {
      const nodes = await content.document.next({ type: 'nodes', from: 0, count: LINES_MAX });
      print(PrintArea, { document: content.document, nodes: nodes.nodes }, drawn);
      return nodes.complete && nodes.known <= LINES_MAX;
    }
    case 'pdf': {
      const { pdf } = content.pdf;
      const images: string[] = [];
      for (let number = 1; number <= Math.min(pdf.numPages, PAGES_MAX); number += 1) {
        const page = await pdf.getPage(number);
        const viewport = page.getViewport({ scale: DENSITY });
        const canvas = document.createElement('canvas');
        [canvas.width, canvas.height] = [Math.floor(viewport.width), Math.floor(viewport.height)];
        await page.render({ canvas, viewport, intent: 'print' }).promise;
        const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/jpeg', 0.92));
        if (blob) images.push(URL.createObjectURL(blob));
      }
      print(PrintArea, { document: null, images }, drawn);
      addEventListener('afterprint', () => images.forEach((url) => URL.revokeObjectURL(url)), { once: true });
      return pdf.numPages <= PAGES_MAX;
    }
  }
}
