/** What a runner's owner lends to a publisher, and for one caller of it. What is absent has no bound but the runner's own. */
export interface Share {
  /** Who has it: a publisher that was named alone, or all those together whom one rule admits without naming them. */
  group: string
  /** How much this group gets, against the weights of the others that want something at the same time. */
  weight: number
  /** Calls of the publisher at once, those that wait included. */
  calls?: number
  /** Calls of the caller at once, whosever functions they are for. */
  callerCalls?: number
  /** What the publisher's functions may hold together, in MB, beyond what empty processes do. */
  memoryMb?: number
  /** How many of the publisher's calls may burn at once. */
  cores?: number
  /** Functions of the publisher that may be warm at once. */
  functions?: number
}

/** What anybody has where the owner says nothing of it. */
export const USUAL_WEIGHT = 1

/** All that there is, for somebody who is no group's. */
export function wholeShare(group: string): Share {
  return { group, weight: USUAL_WEIGHT }
}
