import { createRequire } from 'node:module'
import { constants } from 'node:os'
import { HitherError, toHitherError } from '@hither/core'
import { homePaths } from '@hither/peer'
import { commandOf, loadVerb } from './command.ts'
import { flag, homeFolder, parseOptions } from './options.ts'
import { openSession, type Session } from './session.ts'
import { explained } from './terminal/explained.ts'
import { output, ReaderLeft, unwritable } from './terminal/output.ts'

/** Exit codes: 1 when something failed, 2 when the command itself was wrong, 130 after Ctrl-C, 141 where nobody reads on. */
const EXIT = { failed: 1, usage: 2, cancelled: 130, readerLeft: 128 + constants.signals.SIGPIPE } as const

const { version: VERSION } = createRequire(import.meta.url)('../package.json') as { version: string }

let unwritten: Error | undefined
// The console passes over what it could not write; who asked for a result must hear that it is not there.
process.stdout.on('error', (error) => (unwritten ??= error))
const code = await main(process.argv.slice(2))
// Everything is closed; but libp2p leaves a timer of a second behind, and nobody should wait for that.
process.stdout.write('', (error) => {
  const lost = unwritten ?? error
  process.exit(lost instanceof Error ? notWritten(lost, code) : code)
})

/** Gives the exit code. */
function notWritten(error: NodeJS.ErrnoException, before: number): number {
  // Whoever read what was said at the start, as that a peer is up, may have left long before this end.
  if (error.code === 'EPIPE') return before
  // It was told already, where a stream broke by it.
  if (before === 0) output(false).error(unwritable(error))
  return EXIT.failed
}

async function main(argv: string[]): Promise<number> {
  const out = output(argv.includes('--json'))
  let session: Session | undefined
  try {
    const { word, rest } = await commandOf(argv)
    if (word === undefined && rest.includes('--version')) {
      out.result({ version: VERSION }, () => VERSION)
      return 0
    }
    const verb = await loadVerb(word ?? 'help')
    const { args, options } = parseOptions(verb, rest)
    const home = homePaths(homeFolder(options))
    const signal = interrupted()
    // `fn VERB --help` is `fn help VERB`.
    const asked = flag(options, 'help') && word !== undefined && word !== 'help'
    const running = (asked ? await loadVerb('help') : verb).run({
      args: asked ? [word] : args,
      options,
      home,
      out,
      signal,
      session: async ({ bundler = false } = {}) => {
        session ??= await openSession({ home, options, bundler, out })
        return session.api
      },
    })
    await (verb.stopsItself === true ? running : Promise.race([running, cancelled(signal)]))
    return word === undefined && !flag(options, 'help') ? EXIT.usage : 0
  } catch (thrown) {
    if (thrown instanceof ReaderLeft) return EXIT.readerLeft
    const error = toHitherError(thrown)
    out.error(session === undefined ? error : await explained(error, session))
    if (error.code === 'usage') return EXIT.usage
    return error.code === 'cancelled' ? EXIT.cancelled : EXIT.failed
  } finally {
    await session?.close()
  }
}

/** Whatever a verb waits for, Ctrl-C ends it. */
function cancelled(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new HitherError('cancelled', 'interrupted')), { once: true })
  })
}

/** Fires at the first SIGINT or SIGTERM; a second one ends the process at once, with the exit code that shells give it. */
function interrupted(): AbortSignal {
  const controller = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(128 + constants.signals[name])
      controller.abort()
    })
  }
  return controller.signal
}
