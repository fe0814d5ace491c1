import { fork, type ForkOptions } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { AtEnd } from './at-end.ts'
import { gone } from './gone.ts'

/** A program that is measured, or measures: one of `bench/programs`, as a process of its own that does what it is asked. */
export interface Program {
  readonly pid: number
  /** Throws what the program threw, or that it ended. */
  ask<T>(task: string, params?: unknown): Promise<T>
  end(): Promise<void>
}

interface Told {
  id: number
  result?: unknown
  error?: string
}

export interface ProgramOptions {
  /** The home folder, and all else of the environment; nothing of the user's own reaches it. */
  env?: Record<string, string>
  flags?: string[]
  args?: string[]
}

/** @param name The file in `bench/programs`, without its ending. */
export async function program(name: string, atEnd: AtEnd, options: ProgramOptions = {}): Promise<Program> {
  const file = fileURLToPath(new URL(`../programs/${name}.ts`, import.meta.url))
  const init: ForkOptions = {
    execArgv: ['--conditions=hither-source', ...(options.flags ?? [])],
    env: { PATH: process.env['PATH'] ?? '', ...options.env },
    serialization: 'advanced',
  }
  const child = fork(file, options.args ?? [], init)
  const ended = gone(child)
  const waiting = new Map<number, PromiseWithResolvers<unknown>>()
  let last = 0
  child.on('message', ({ id, result, error }: Told) => {
    const one = waiting.get(id)
    waiting.delete(id)
    if (error === undefined) one?.resolve(result)
    else one?.reject(new Error(`${name}: ${error}`))
  })
  const lost = (why: string): never => {
    throw new Error(`${name} ended: ${why}`)
  }
  const end = async (): Promise<void> => {
    child.kill('SIGKILL')
    await ended
  }
  atEnd(end)
  return {
    pid: child.pid ?? 0,
    ask<T>(task: string, params?: unknown) {
      const answer = Promise.withResolvers<unknown>()
      waiting.set(++last, answer)
      // Where it cannot be asked any more it has ended, or is about to, which says why.
      child.send({ id: last, task, params }, () => undefined)
      return Promise.race([answer.promise, ended.then(lost)]) as Promise<T>
    },
    end,
  }
}
