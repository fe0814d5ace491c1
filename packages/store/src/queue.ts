/** Runs tasks one after another, each whatever became of those before. */
export class Queue {
  private tail: Promise<void> = Promise.resolve()

  run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.tail.then(task)
    this.tail = result.then(noop, noop)
    return result
  }
}

/** The caller of `run` has the result and the error; the queue only waits for either. */
function noop(): void {}
