/** What a program in `bench/programs` can be asked for, by name. */
export type Tasks = Record<string, (params: never) => unknown>

interface Asked {
  id: number
  task: string
  params: never
}

/** Does what the process that started this one asks for, one thing beside the other, until it is ended. */
export function serveTasks(tasks: Tasks): void {
  const answer = async ({ id, task, params }: Asked): Promise<void> => {
    try {
      process.send?.({ id, result: await tasks[task]?.(params) })
    } catch (thrown) {
      process.send?.({ id, error: thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown) })
    }
  }
  process.on('message', (asked: Asked) => void answer(asked))
  // Whoever asked is gone: nobody would end this.
  process.on('disconnect', () => process.exit())
}
