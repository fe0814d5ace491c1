import type { DeployProgress } from '@hither/core'
import { clean } from './output.ts'
import { bytes, count, ms, shortPeer } from './words.ts'

/** One step of a deploy, a rollback or a removal, as a line. */
export function progressWords(event: DeployProgress): string {
  switch (event.type) {
    case 'build:bundled':
      return `bundled ${bytes(event.bytes)} in ${ms(event.ms)}`
    case 'deploy:stored':
      return `stored ${count(event.blocks, 'block')}`
    case 'deploy:named':
      return `signed record ${event.sequence} of ${event.name}`
    case 'deploy:pushed':
      return `${shortPeer(event.peer)} ${event.kept ? 'holds the function' : 'knows the name'}`
    default:
      return `${shortPeer(event.peer)} did not take it: ${clean(event.message)} (${event.code})`
  }
}

/** Who besides this peer has a function. */
export function heldWords(keptBy: readonly string[], advice: string): string {
  if (keptBy.length === 0) return `no other peer holds it yet: ${advice}`
  return `held by ${count(keptBy.length, 'other peer')}: ${keptBy.map(shortPeer).join(', ')}`
}
