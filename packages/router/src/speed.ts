import { sample, type Estimate } from './estimate.ts'
import { SPEED_RATIO_MAX } from './limits.ts'

/** How much longer a peer runs than is usual for what it runs. The added ms keeps tiny runs from speaking loudly. */
export function sampleSpeed(speed: Estimate | undefined, runMs: number, usualMs: number, now: number): Estimate {
  const ratio = (runMs + 1) / (usualMs + 1)
  return sample(speed, Math.min(SPEED_RATIO_MAX, Math.max(1 / SPEED_RATIO_MAX, ratio)), now)
}

/** By what to multiply a service time: 1, unless what was seen excludes it beyond its own scatter. */
export function speedFactor(speed: Estimate | undefined): number {
  if (speed === undefined) return 1
  return Math.max(speed.mean - speed.deviation, Math.min(1, speed.mean + speed.deviation))
}
