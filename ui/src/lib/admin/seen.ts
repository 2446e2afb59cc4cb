import type { Attachment } from 'svelte/attachments';

/** Pixels below the window's edge that count as seen: what comes next is there before it is reached. */
const AHEAD = '400px';

/** Calls `then` when the element comes into view, and again whenever it does anew. */
export function seen(then: () => void): Attachment<Element> {
  return (element) => {
    // Hosts without it have the button.
    if (typeof IntersectionObserver === 'undefined') return;
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some(({ isIntersecting }) => isIntersecting)) then();
      },
      { rootMargin: `0px 0px ${AHEAD} 0px` },
    );
    observer.observe(element);
    return () => observer.disconnect();
  };
}
