import { EventEmitter } from 'node:events'
import { PassThrough } from 'node:stream'
import type { ChildProcess } from 'node:child_process'
import type { Sight } from '../../../src/child/sight.ts'
import type { Spawn } from '../../../src/host/launch/command.ts'
import type { Machine } from '../../../src/host/launch/machine.ts'
import { NODE_FLOOR } from '../../../src/host/launch/floor.ts'

/** How a trial ends: with what was seen, or with a launcher's complaint. */
type Ending = { sees: Sight } | { complains: string }

export const SEES: Record<'everything' | 'nothing' | 'nothingFiltered', Sight> = {
  everything: { pid: 100, files: true, interfaces: 2 },
  nothing: { pid: 2, files: false, interfaces: 0 },
  nothingFiltered: { pid: 2, files: false, interfaces: 'refused' },
}

export interface Played extends Machine {
  /** The commands of the trials, as far as the program that looks around. */
  trials: string[][]
}

export interface PlayedInit extends Partial<Omit<Machine, 'find' | 'spawn'>> {
  /** Found in /usr/bin. */
  tools?: string[]
  /** How a trial ends, by its command. */
  ends?: (command: string[]) => Ending
}

/** A machine that is not there: up to date, on Linux, and by default without a single tool. */
export function played({ tools = [], ends = honest, ...more }: PlayedInit = {}): Played {
  const trials: string[][] = []
  const spawn: Spawn = (file, args) => {
    trials.push([file, ...args])
    return ending(ends([file, ...args]))
  }
  return {
    platform: 'linux',
    arch: 'x64',
    nodeVersion: `v${NODE_FLOOR}`,
    isRoot: false,
    cores: 4,
    find: (tool) => (tools.includes(tool) ? `/usr/bin/${tool}` : undefined),
    code: () => ({
      node: '/home/ann/node',
      addon: '/home/ann/ivm.node',
      runtime: '/home/ann/dist/guest/runtime.js',
      programs: { main: '/home/ann/dist/jail/main.mjs', sight: '/home/ann/dist/jail/sight.mjs' },
      worker: '/home/ann/dist/jail/worker.mjs',
      snapshot: '/home/ann/dist/jail/snapshot.mjs',
      libraries: ['/lib/libc.so.6'],
    }),
    snapshot: async () => undefined,
    run: async () => undefined,
    cgroups: () => {
      throw new Error('no control groups here')
    },
    ...more,
    spawn,
    trials,
  }
}

/** Every layer keeps what it promises. */
function honest(command: string[]): Ending {
  if (command.includes('--seccomp')) return { sees: SEES.nothingFiltered }
  return { sees: command.some((word) => /bwrap$|unshare$/.test(word)) ? SEES.nothing : SEES.everything }
}

function ending(end: Ending): ChildProcess {
  const stdio = Array.from({ length: 5 }, () => new PassThrough())
  const child = Object.assign(new EventEmitter(), {
    pid: 100,
    stdin: stdio[0],
    stderr: stdio[2],
    stdio,
    kill: () => true,
  })
  setImmediate(() => {
    if ('sees' in end) stdio[3]?.write(JSON.stringify(end.sees))
    else stdio[2]?.write(end.complains)
    setImmediate(() => child.emit('close', 'sees' in end ? 0 : 1, null))
  })
  return child as unknown as ChildProcess
}
