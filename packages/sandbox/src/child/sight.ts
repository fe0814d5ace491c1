import { existsSync, writeSync } from 'node:fs'
import { networkInterfaces } from 'node:os'

/** Started in place of a sandbox, behind the same walls: says what can be seen from there, so that nobody has to believe in them. */
export interface Sight {
  /** Its own number, as it sees it. */
  pid: number
  /** Whether there are files that are none of a sandbox's business. */
  files: boolean
  /** Network interfaces; or that the kernel did not even let it ask. */
  interfaces: number | 'refused'
}

const PIPE_FD = 3

function interfaces(): Sight['interfaces'] {
  try {
    return Object.keys(networkInterfaces()).length
  } catch {
    // It takes a socket to ask.
    return 'refused'
  }
}

const sight: Sight = {
  pid: process.pid,
  files: ['/etc', '/proc/self', '/home', '/tmp'].some((path) => existsSync(path)),
  interfaces: interfaces(),
}
writeSync(PIPE_FD, JSON.stringify(sight))
