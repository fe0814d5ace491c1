import { createHook } from 'node:async_hooks'
import { readWhole, type Answer } from '@hither/core'
import { expect, test } from 'vitest'
import { answers, network } from './caller.ts'

/** What no clock disturbs, as in the costs of net: whoever makes a call wait more often has to change the number here, and say why. */

/** From the ask to the answer, the runner's own one and those of the test among them. */
const PROMISES_MAX = 20

/** The least of many: what else goes on in the process makes some now and then. */
async function promisesOf(run: () => Promise<unknown>): Promise<number> {
  let made = 0
  const hook = createHook({
    init(_id, type) {
      if (type === 'PROMISE') made += 1
    },
  })
  const counts: number[] = []
  for (let n = 0; n < 50; n++) {
    made = 0
    hook.enable()
    await run()
    hook.disable()
    counts.push(made)
  }
  return Math.min(...counts)
}

test('a call of a known function to a runner with a place makes few promises', async () => {
  let known: Promise<Answer> | undefined
  const { ask } = await network({ near: (header, body) => (known ??= answers('near')(header, body)) })
  const { body } = await ask()
  expect(new TextDecoder().decode(await readWhole(body))).toBe('ok')
  expect(await promisesOf(() => ask())).toBeLessThanOrEqual(PROMISES_MAX)
})
