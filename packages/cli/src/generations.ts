import { setFlagsFromString } from 'node:v8'

/**
 * Has V8 make all objects young, before there are any of calls. It would make them old from the start where most that came from the same line
 * of code have lasted, as what is kept of calls until it is written does while calls are few. An old one keeps all that it points to until the
 * whole heap is collected, even if it was needed for a moment only: with many calls, moving and marking that took up to half of a
 * peer's processor time.
 */
export function makeAllYoung(): void {
  setFlagsFromString('--no-allocation-site-pretenuring')
}
