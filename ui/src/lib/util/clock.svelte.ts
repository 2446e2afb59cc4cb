/** The time, step by step, for what is shown as "since": only while somebody looks. */
export function ticking(step: number): { readonly now: number } {
  let now = $state(Date.now());
  $effect(() => {
    const timer = setInterval(() => (now = Date.now()), step);
    return () => clearInterval(timer);
  });
  return {
    get now() {
      return now;
    },
  };
}
