/** Keys of a message that has the focus, as keyboards print them. */
export const MESSAGE_KEYS = {
  reply: 'R',
  react: '+',
  copy: 'C',
  edit: 'E',
  delete: 'Del',
  menu: 'Enter',
} as const;
