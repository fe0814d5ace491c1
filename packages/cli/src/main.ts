import { createRequire } from 'node:module'
import { constants } from 'node:os'
import { HitherError, toHitherError } from '@hither/core'
import { homePaths } from '@hither/peer'
import { helpOf, overview } from './help.ts'
import { flag, parseOptions, text } from './options.ts'
import { openSession, type Session } from './session.ts'
import { explained } from './terminal/explained.ts'
import { output, type Output } from './terminal/output.ts'
import type { Verb } from './verb.ts'
import { VERBS } from './verbs.ts'

/** Exit codes: 1 when something failed, 2 when the command itself was wrong, 130 after Ctrl-C. */
const EXIT = { failed: 1, usage: 2, cancelled: 130 } as const

const { version: VERSION } = createRequire(import.meta.url)('../package.json') as { version: string }

const code = await main(process.argv.slice(2))
// Everything is closed; but libp2p leaves a timer of a second behind, and nobody should wait for that.
process.stdout.write('', () => process.exit(code))

async function main(argv: string[]): Promise<number> {
  const out = output(argv.includes('--json'))
  const at = argv.findIndex((word) => Object.hasOwn(VERBS, word))
  const word = argv[at] ?? argv[0]
  if (at < 0 && argv.some((one) => one === '--version')) return show(out, 'version', VERSION)
  if (at < 0 && (word === undefined || ['help', '--help', '-h'].includes(word))) {
    show(out, 'help', await overview())
    return word === undefined ? EXIT.usage : 0
  }
  let session: Session | undefined
  try {
    const verb = await loadVerb(word)
    const { args, options } = parseOptions(verb, argv.toSpliced(at, 1))
    if (flag(options, 'help')) return show(out, 'help', helpOf(verb))
    const home = homePaths(text(options, 'home') ?? process.env['HITHER_HOME'])
    const signal = interrupted()
    const running = verb.run({
      args,
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
    return 0
  } catch (thrown) {
    const error = toHitherError(thrown)
    out.error(session === undefined ? error : await explained(error, session))
    if (error.code === 'usage') return EXIT.usage
    return error.code === 'cancelled' ? EXIT.cancelled : EXIT.failed
  } finally {
    await session?.close()
  }
}

function show(out: Output, what: 'help' | 'version', words: string): number {
  out.result({ [what]: words }, () => words)
  return 0
}

async function loadVerb(word: string | undefined): Promise<Verb> {
  const load = word !== undefined && Object.hasOwn(VERBS, word) ? VERBS[word] : undefined
  if (load !== undefined) return (await load()).verb
  throw new HitherError('usage', `fn has no command "${word ?? ''}"`, {
    fix: `fn help   lists them: ${Object.keys(VERBS).join(', ')}`,
  })
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
