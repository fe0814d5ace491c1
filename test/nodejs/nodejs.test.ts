import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { deployed } from '../support/deployed.ts'

/** Each file here is a script that runs in Node.js, and with `nodejs_compat` in an isolate: both must answer the same. */
const SCRIPTS = readdirSync(new URL('.', import.meta.url)).filter(
  (name) => /^\w+\.ts$/.test(name) && name !== 'attempt.ts',
)

interface Script {
  default: () => Response | Promise<Response>
}

test.each(SCRIPTS)('%s behaves as in Node.js', async (name) => {
  const { built, fetch } = await deployed(`nodejs/${name}`)
  expect(built.manifest.flags).toEqual(['nodejs_compat'])
  const { default: script } = (await import(new URL(name, import.meta.url).href)) as Script
  const theirs: unknown = await (await script()).json()
  expect(await (await fetch()).json()).toEqual(theirs)
})
