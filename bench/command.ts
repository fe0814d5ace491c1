import { constants } from 'node:os'
import { ends, type AtEnd } from './measure/at-end.ts'

/** A command of the benchmarks: whatever it starts is ended with it, whichever way that comes. */
export interface Command<Options> {
  usage: string
  /** Throws an error with a text for the user. */
  read: (args: readonly string[]) => Options
  /** Gives whether all is well. When the signal aborts, all that it started is being ended, and this process with it. */
  run: (options: Options, atEnd: AtEnd, signal: AbortSignal) => Promise<boolean>
}

const EXIT = { failed: 1, usage: 2 } as const
/** Ctrl-C, whoever stops it, and a terminal that is closed. */
const INTERRUPTIONS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

export async function command<Options>({ usage, read, run }: Command<Options>): Promise<void> {
  const args = process.argv.slice(2)
  if (args.includes('--help')) return console.log(usage)
  let options: Options
  try {
    options = read(args)
  } catch (error) {
    if (!(error instanceof Error)) throw error
    console.error(`${error.message}\n\n${usage}`)
    process.exitCode = EXIT.usage
    return
  }
  try {
    if (!(await endingAll((atEnd, signal) => run(options, atEnd, signal)))) process.exitCode = EXIT.failed
  } catch (error) {
    console.error(error)
    process.exitCode = EXIT.failed
  }
}

async function endingAll<Result>(run: (atEnd: AtEnd, signal: AbortSignal) => Promise<Result>): Promise<Result> {
  const { atEnd, end } = ends()
  const over = new AbortController()
  let leaving: Promise<never> | undefined
  // More than once, as npm passes on what the terminal has sent already.
  const interrupted = (signal: (typeof INTERRUPTIONS)[number]): void => void (leaving ??= leave(signal))
  const broken = (error: unknown): void => void (leaving ??= leave(error))
  async function leave(why: unknown): Promise<never> {
    const signal = INTERRUPTIONS.find((one) => one === why)
    over.abort()
    if (signal === undefined) console.error(why)
    try {
      await end()
      if (signal !== undefined) console.error(`interrupted by ${signal}; all that was started has ended`)
    } catch (error) {
      console.error('not all that was started has ended:', error)
    }
    process.exit(signal === undefined ? EXIT.failed : 128 + constants.signals[signal])
  }
  for (const signal of INTERRUPTIONS) process.on(signal, interrupted)
  process.on('uncaughtException', broken)
  try {
    return await run(atEnd, over.signal)
  } finally {
    await leaving
    await end()
    for (const signal of INTERRUPTIONS) process.off(signal, interrupted)
    process.off('uncaughtException', broken)
  }
}
