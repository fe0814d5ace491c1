/** What one file of tests came to in one engine. */
export interface FileResult {
  subtests: Subtest[]
  /** Why there are no subtests, or not all. */
  trouble?: string
}

export interface Subtest {
  name: string
  passed: boolean
  /** Why it failed. */
  message: string
}

export type Engine = 'isolate' | 'node'

/** As the page tells it: name, the harness's status, message. */
export type Told = [name: string, status: number, message: string | null][]

export function resultOf(told: Told): FileResult {
  const STATUSES = ['passed', 'failed', 'timed out', 'never ran', 'an optional feature is missing']
  const subtests = told.map(([name, status, message]) => {
    return { name, passed: status === 0, message: message ?? STATUSES[status] ?? `status ${status}` }
  })
  return { subtests }
}
