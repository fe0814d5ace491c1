import type { TestError } from 'vitest'
import { afterEach } from 'vitest'

/** Vitest prints a failure's message and no more of it; of a HitherError that is only what happened, not why. */
afterEach(({ task }) => {
  for (const error of task.result?.errors ?? []) for (const one of chain(error)) one.message = inFull(one)
})

function* chain(error: TestError): Generator<TestError> {
  const seen = new Set<TestError>()
  for (let one: TestError | undefined = error; one !== undefined && !seen.has(one); one = one.cause) {
    seen.add(one)
    yield one
  }
}

function inFull(error: TestError): string {
  const parts = ['why', 'fix'].flatMap((part) => (typeof error[part] === 'string' ? [`  ${part}: ${error[part]}`] : []))
  return [error.message, ...parts].join('\n')
}
