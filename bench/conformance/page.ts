import { furnish } from './furnish.ts'
import { isLong, scriptsOf, type TestFile } from './tests.ts'
import type { Tree } from './tree.ts'

/** All that an engine needs to run one file of tests. */
export interface Page {
  url: string
  /** A function of what takes the results as JSON, and of the address. To be called first. */
  furnish: string
  /** To be run one after the other, as scripts. */
  scripts: { name: string; code: string }[]
  /** After that the page breaks off what has not ended. */
  timeoutMs: number
}

const TIMEOUT_MS = 20_000
const LONG_TIMEOUT_MS = 120_000

/** In a shell, the harness believes after one microtask that all scripts have run; isolates drain those between scripts. */
const LOADED_SOON = 'Promise.resolve().then(function() {\n            this.all_loaded = true;'
const LOADED_WHEN_TOLD = 'globalThis.__loaded = (function() {\n            this.all_loaded = true;'

export function pageOf(tree: Tree, { path, variant }: TestFile): Page {
  const url = `http://web-platform.test:8000/${path.replace(/\.js$/, '.html')}${variant}`
  const timeoutMs = isLong(tree, path) ? LONG_TIMEOUT_MS : TIMEOUT_MS
  const scripts = [
    { name: 'testharness.js', code: harness(tree) },
    { name: 'begin', code: `__begin(${timeoutMs})` },
    ...scriptsOf(tree, path).map((script) => ({ name: script, code: tree.text(script) })),
    { name: 'end', code: '__loaded()' },
  ]
  return { url, furnish: `(${furnish.toString()})`, scripts, timeoutMs }
}

function harness(tree: Tree): string {
  const source = tree.text('resources/testharness.js')
  if (!source.includes(LOADED_SOON)) throw new Error('testharness.js is another than this runner knows how to start')
  return source.replace(LOADED_SOON, LOADED_WHEN_TOLD)
}
