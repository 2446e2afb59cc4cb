/** Whether it looks like an e-mail address; what it leads to only an e-mail can tell. */
export const isEmail = (text: string): boolean => /^\S+@\S+$/.test(text.trim());
