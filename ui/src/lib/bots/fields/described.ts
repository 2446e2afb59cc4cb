/** What a control is described by: the hint and the problem that its frame shows. */
export function described(id: string, hint: string | undefined, problem: string | undefined) {
  const ids = [problem && `${id}-problem`, hint && `${id}-hint`].filter(Boolean).join(' ');
  return {
    'aria-describedby': ids === '' ? undefined : ids,
    'aria-invalid': problem ? ('true' as const) : undefined,
  };
}
