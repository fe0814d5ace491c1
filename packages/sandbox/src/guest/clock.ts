import { dateNow } from './primordials.ts'

let last = dateNow()
let skew = 0

/** Ms since some moment, never going back even where the machine's clock does. No finer, so that nothing can be timed by it. */
export function now(): number {
  const time = dateNow()
  if (time < last) skew += last - time
  last = time
  return time + skew
}
