import type { PickedFile, SessionHandle } from '$lib/platform';
import { mediaTypeOf } from '$lib/util/fileName';
import { isAnimated, type PictureType } from '../details';
import { applied, type Edit } from './edits';
import { type Canvas, draw, encode } from './encode';
import { type Point, type Rect, rectOf, scaled, type Size, within } from './geometry';

export const TOOLS = ['crop', 'blur', 'arrow', 'resize'] as const;
export type Tool = (typeof TOOLS)[number];

/** Steps that can be undone: each one is a picture of its own in memory. */
export const UNDO_MAX = 10;

/** One picture being edited: what is chosen, what was done. */
export class Editing {
  tool = $state<Tool>('crop');
  /** Where the pointer went down and where it is, or what the number fields say. */
  from = $state.raw<Point>({ x: 0, y: 0 });
  to = $state.raw<Point>({ x: 0, y: 0 });
  size = $state.raw<Size>({ width: 1, height: 1 });
  /** Of what moves only the first picture is left. */
  animated = $state(false);
  #canvases = $state.raw<readonly Canvas[]>([]);
  /** Steps in all, those that cannot be undone any more included. */
  #steps = $state(0);
  readonly canvas = $derived(this.#canvases.at(-1) ?? null);
  readonly canUndo = $derived(this.#canvases.length > 1);
  readonly changed = $derived(this.#steps > 0);
  readonly rect = $derived<Rect>(rectOf(this.from, this.to));
  /** What *Apply* does now; `null` while nothing is chosen. */
  readonly edit = $derived.by<Edit | null>(() => {
    const { canvas, tool } = this;
    if (!canvas) return null;
    if (tool === 'resize')
      return this.size.width === canvas.width ? null : { type: 'resize', size: this.size };
    if (tool === 'arrow') {
      const long = Math.hypot(this.to.x - this.from.x, this.to.y - this.from.y) >= 4;
      return long ? { type: 'arrow', from: this.from, to: this.to } : null;
    }
    const rect = within(this.rect, canvas);
    return rect && { type: tool, rect };
  });

  async load(picture: Blob): Promise<void> {
    this.animated = isAnimated(new Uint8Array(await picture.arrayBuffer()));
    this.#canvases = [await draw(picture)];
    this.#clear();
  }

  choose(tool: Tool): void {
    this.tool = tool;
    this.#clear();
  }

  apply(edit: Edit | null = this.edit): void {
    if (!edit || !this.canvas) return;
    this.#canvases = [...this.#canvases, applied(this.canvas, edit)].slice(-1 - UNDO_MAX);
    this.#steps += 1;
    this.#clear();
  }

  undo(): void {
    if (!this.canUndo) return;
    this.#canvases = this.#canvases.slice(0, -1);
    this.#steps -= 1;
    this.#clear();
  }

  /** From the number fields: a rectangle keeps its size while it moves. */
  setRect(change: Partial<Rect>): void {
    const { x, y, width, height } = { ...this.rect, ...change };
    this.from = { x, y };
    this.to = { x: x + Math.max(0, width), y: y + Math.max(0, height) };
  }

  setSize(change: Partial<Size>): void {
    if (this.canvas) this.size = scaled(this.canvas, change);
  }

  /** The picture as a file under its name; where the browser writes another format than asked for, the name says so. */
  async file(original: PickedFile, handle: Pick<SessionHandle, 'adopt'>): Promise<PickedFile> {
    if (!this.canvas) throw new Error('no picture');
    const blob = await encode(this.canvas, mediaTypeOf(original.name) as PictureType);
    const name = nameFor(original.name, blob.type);
    return handle.adopt(new File([blob], name, { type: blob.type }));
  }

  #clear(): void {
    this.from = this.to = { x: 0, y: 0 };
    if (this.canvas) this.size = { width: this.canvas.width, height: this.canvas.height };
  }
}

/** What a canvas reads and writes. */
export const isEditable = ({ name, tree }: PickedFile) =>
  !tree && ['image/jpeg', 'image/png', 'image/webp'].includes(mediaTypeOf(name));

/** `name` with the ending of `type` where it has another one. */
export function nameFor(name: string, type: string): string {
  if (mediaTypeOf(name) === type) return name;
  const dot = name.lastIndexOf('.');
  return `${dot > 0 ? name.slice(0, dot) : name}.${type.replace('image/', '').replace('jpeg', 'jpg')}`;
}
