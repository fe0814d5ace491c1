/** What something gives, or how it fails, in a form that can be compared with Node's. */
export function attempt(act: () => unknown): unknown {
  try {
    return act()
  } catch (thrown) {
    return failure(thrown)
  }
}

export function failure(thrown: unknown): unknown {
  if (!(thrown instanceof Error)) return { thrown: String(thrown) }
  const { name, code, message } = thrown as Error & { code?: string }
  return { name, code, message }
}
