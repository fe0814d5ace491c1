import { cidOf, DEFAULT_LIMITS, wholeShare, type Job, type Limits, type Share } from '@hither/core'

export interface JobInit extends Partial<
  Pick<Job, 'cordon' | 'profile' | 'caller' | 'remainingMs' | 'body' | 'secrets'>
> {
  limits?: Partial<Limits>
  share?: Partial<Share>
  env?: Record<string, string>
  needs?: Job['manifest']['needs']
  url?: string
  egress?: string[]
}

/** A job for a bundle's text. The same text is the same function. */
export async function makeJob(text: string, init: JobInit = {}): Promise<Job> {
  const cid = await cidOf(new TextEncoder().encode(text), 'raw')
  return {
    cid,
    manifest: {
      bundle: cid,
      exports: ['default'],
      limits: { ...DEFAULT_LIMITS, ...init.limits },
      egress: init.egress ?? [],
      effects: 'undeclared',
      needs: init.needs ?? [],
      env: init.env ?? {},
      visibility: 'public',
      compat: '2026-11-22',
    },
    code: () => Promise.resolve(text),
    cordon: init.cordon ?? 'publisher',
    profile: init.profile ?? 'trusted',
    caller: init.caller ?? 'caller',
    ...(init.secrets !== undefined && { secrets: init.secrets }),
    share: () => ({ ...wholeShare(init.cordon ?? 'publisher'), ...init.share }),
    request: { method: 'GET', url: init.url ?? 'http://f.test/', headers: [] },
    body: init.body ?? new Uint8Array(0),
    remainingMs: init.remainingMs ?? 60_000,
  }
}

/** A bundle whose handler has this body; `note` makes it another function. */
export function handler(body: string, note = ''): string {
  return `export default { async fetch(request, env, ctx) { ${body} } } // ${note}`
}

/** Limits under which only the test itself ends an endless loop. */
export const ENDLESS: Partial<Limits> = { cpuMs: 120_000, wallMs: 120_000 }
