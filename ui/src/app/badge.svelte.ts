/** Unread messages as the window's title tells them: of the room that is open, or of all sessions in the list. */
class Badge {
  count = $state(0);

  /** Says `count` for as long as its page is open; answers the function that takes it away. */
  show(count: number): () => void {
    this.count = count;
    return () => (this.count = 0);
  }
}

export const badge = new Badge();
