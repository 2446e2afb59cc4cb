/** Whether this browser knows the format at all; what is inside shows when it is played. */
export function canPlay(mediaType: string, shape: 'video' | 'audio'): boolean {
  return document.createElement(shape).canPlayType(mediaType) !== '';
}
