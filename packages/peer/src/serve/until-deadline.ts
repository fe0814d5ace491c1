import { isStreamed, within, type Answer } from '@hither/core'

/** Runs something for so long, and until the signal at the latest. Both are let go of when its answer is here to the last byte. */
export async function untilDeadline(
  ms: number,
  signal: AbortSignal,
  run: (signal: AbortSignal) => Promise<Answer>,
): Promise<Answer> {
  const until = within(ms, signal)
  const over = (): void => until[Symbol.dispose]()
  try {
    const answer = await run(until.signal)
    if (isStreamed(answer)) answer.trailer.then(over, over)
    else over()
    return answer
  } catch (thrown) {
    over()
    throw thrown
  }
}
