import { once } from 'node:events'
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import { onTestFinished } from 'vitest'
import type { AtEnd } from '../../support/network.ts'

/** `A-B` is the line between two hosts, both ways; `A>B` is one way of it. */
export type Line = `${number}${'-' | '>'}${number}`

/** The lines between the hosts of the lab; `switch.py` says what each command means. Whatever is promised holds from then on. */
export interface Lan {
  /** What a packet takes there and back, in ms. */
  roundTrip(line: Line, ms: number): Promise<void>
  /** What a packet takes longer at most each way, by chance, in ms. */
  jitter(line: Line, ms: number): Promise<void>
  /** Which share of the packets is lost, from 0 to 1. */
  loss(line: Line, share: number): Promise<void>
  /** In kbit/s. */
  rate(line: Line, kbit: number): Promise<void>
  cut(line: Line): Promise<void>
  /** Ends all cuts. */
  heal(): Promise<void>
  /** Makes all lines fast and whole. */
  reset(): Promise<void>
}

/** The LAN, for one test or several: all lines are fast and whole at first. */
export async function lan(atEnd: AtEnd = onTestFinished): Promise<Lan> {
  const socket = connect(process.env['HITHER_LAB_SWITCH'] ?? '')
  await once(socket, 'connect')
  atEnd(() => void socket.destroy())
  const answers = createInterface(socket)[Symbol.asyncIterator]()
  const say = async (command: string): Promise<void> => {
    socket.write(`${command}\n`)
    const { value: answer } = await answers.next()
    if (answer !== 'ok') throw new Error(`the switch: ${answer}`)
  }
  await say('reset')
  return {
    roundTrip: (line, ms) => say(`delay ${line} ${ms / 2}`),
    jitter: (line, ms) => say(`jitter ${line} ${ms}`),
    loss: (line, share) => say(`loss ${line} ${share}`),
    rate: (line, kbit) => say(`rate ${line} ${kbit}`),
    cut: (line) => say(`cut ${line}`),
    heal: () => say('heal'),
    reset: () => say('reset'),
  }
}

/** Runs a command on a host. */
export function on(host: number): { inside: string[] } {
  return { inside: ['ip', 'netns', 'exec', `host${host}`] }
}
