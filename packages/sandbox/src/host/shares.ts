import { TAKEN_BY_ONE } from './limits.ts'

/**
 * How many of so many places one may take where others may come: all but one, an eighth of them where there are many, and of a
 * single one that one.
 */
export function mostOf(places: number): number {
  if (places <= 0) return 0
  return Math.max(1, Math.ceil((places - 1) * TAKEN_BY_ONE))
}
