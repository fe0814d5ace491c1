import { HitherError, toHitherError } from '@hither/core'
import { homePaths } from '@hither/peer'
import { helpOf, overview } from './help.ts'
import { flag, parseOptions, text } from './options.ts'
import { openSession, type Session } from './session.ts'
import { output } from './terminal/output.ts'
import { VERBS } from './verbs.ts'

/** Exit codes: 1 when something failed, 2 when the command itself was wrong, 130 after Ctrl-C. */
const EXIT = { failed: 1, usage: 2, cancelled: 130 } as const

const code = await main(process.argv.slice(2))
// Everything is closed; but libp2p leaves a timer of a second behind, and nobody should wait for that.
process.stdout.write('', () => process.exit(code))

async function main([word, ...argv]: string[]): Promise<number> {
  const out = output(argv.includes('--json'))
  if (word === undefined || word === 'help' || word === '--help' || word === '-h') {
    out.text(await overview())
    return word === undefined ? EXIT.usage : 0
  }
  let session: Session | undefined
  try {
    const { verb } = await loadVerb(word)
    const { args, options } = parseOptions(verb, argv)
    if (flag(options, 'help')) {
      out.text(helpOf(verb))
      return 0
    }
    const home = homePaths(text(options, 'home') ?? process.env['HITHER_HOME'])
    await verb.run({
      args,
      options,
      home,
      out,
      signal: interrupted(),
      session: async ({ bundler = false } = {}) => {
        session ??= await openSession({ home, options, bundler })
        return session.api
      },
    })
    return 0
  } catch (thrown) {
    const error = toHitherError(thrown)
    out.error(error)
    if (error.code === 'usage') return EXIT.usage
    return error.code === 'cancelled' ? EXIT.cancelled : EXIT.failed
  } finally {
    await session?.close()
  }
}

async function loadVerb(word: string): ReturnType<(typeof VERBS)[string]> {
  const load = VERBS[word]
  if (load !== undefined) return load()
  throw new HitherError('usage', `fn has no command "${word}"`, {
    fix: `fn help   lists them: ${Object.keys(VERBS).join(', ')}`,
  })
}

/** Fires at the first SIGINT or SIGTERM; a second one ends the process at once. */
function interrupted(): AbortSignal {
  const controller = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(EXIT.cancelled)
      controller.abort()
    })
  }
  return controller.signal
}
