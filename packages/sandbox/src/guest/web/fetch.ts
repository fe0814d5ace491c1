/** Outbound requests are for the process to make, and it grants none yet. */
export async function fetch(): Promise<never> {
  throw new TypeError(
    'fetch failed: outbound requests are not granted to this function, neither by its manifest (`egress`) nor by the runner',
  )
}
