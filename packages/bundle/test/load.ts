import type { Block } from '@hither/core'

/** Runs a bundle as the sandbox will: as one module, with nothing to import from. */
export async function load(bundle: Block | undefined): Promise<Record<string, unknown>> {
  const code = Buffer.from(bundle?.bytes ?? []).toString('base64')
  return (await import(`data:text/javascript;base64,${code}`)) as Record<string, unknown>
}
