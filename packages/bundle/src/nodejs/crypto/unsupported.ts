/** What there is no synchronous way to do here: packages may name it, and find out when they call it. */
export function unsupported(name: string, instead: string): (...args: unknown[]) => never {
  return () => {
    const error = new Error(`crypto.${name} is not there in a function; use ${instead}`)
    throw Object.assign(error, { code: 'ERR_METHOD_NOT_IMPLEMENTED' })
  }
}
