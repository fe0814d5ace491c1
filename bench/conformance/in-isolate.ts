import ivm from 'isolated-vm'
import { makeCalls } from '../../packages/sandbox/src/child/guest-calls.ts'
import { makeCell } from '../../packages/sandbox/src/child/guest-cell.ts'
import { loadBundle } from '../../packages/sandbox/src/child/guest-load.ts'
import { makeServices } from '../../packages/sandbox/src/child/services/table.ts'
import { outsideOf } from './outside.ts'
import type { Page } from './page.ts'
import { resultOf, type FileResult, type Told } from './results.ts'
import type { Tree } from './tree.ts'

const MEMORY_MB = 256
const BODY_MAX_BYTES = 64 * 1024 * 1024

/** A call that lasts as long as the page: on its account the scripts run, and its timers are theirs. */
const HANDLER = `export default async ({ body }) => {
  await body.getReader().read()
  await new Promise(() => {})
}`

/** Runs a page in an isolate of its own, booted as for a function, with one call in it. */
export async function runInIsolate(tree: Tree, page: Page): Promise<FileResult> {
  const init = { bundle: 'page', code: HANDLER, name: 'page', memoryMb: MEMORY_MB, env: {}, onLog: () => {} }
  const cell = makeCell({
    ...init,
    services: makeServices({ outside: outsideOf(tree), bodyBytes: BODY_MAX_BYTES }),
    onCatastrophe: () => process.abort(),
  })
  const { promise, resolve } = Promise.withResolvers<FileResult>()
  const calls = makeCalls(cell, init)
  let trouble: string | undefined
  try {
    loadBundle(cell, { ...init, patience: 1 })
    const limits = { cpuMs: page.timeoutMs, patience: 1, bodyBytes: 0 }
    const call = calls.invoke({ id: 1, method: 'POST', url: page.url, headers: [], body: 'streams' }, limits, {
      begin: () => {},
      piece: () => {},
      want: () => {},
      leave: () => {},
      over: () => {},
      done: (outcome) =>
        resolve({ subtests: [], trouble: trouble ?? `it ended before its tests: ${JSON.stringify(outcome)}` }),
    })
    const enter = (act: (timeout: number) => unknown): void => {
      const { broke, thrown } = cell.enter(page.timeoutMs, 1, act)
      if (broke !== undefined) throw new Error(`the isolate broke: ${broke}`)
      trouble ??= thrown === undefined ? undefined : String(thrown.error)
    }
    const report = new ivm.Callback((told: string) => resolve(resultOf(JSON.parse(told) as Told)))
    enter((timeout) => cell.context.evalClosureSync(`${page.furnish}($0, $1)`, [report, page.url], { timeout }))
    for (const { name, code } of page.scripts) {
      enter((timeout) => cell.context.evalSync(code, { filename: name, timeout }))
    }
    // What the scripts have set off goes on in this and later turns.
    call.finish()
    return await promise
  } catch (error) {
    return { subtests: [], trouble: String(error) }
  } finally {
    calls.stop('the page is over')
    cell.dispose()
  }
}
